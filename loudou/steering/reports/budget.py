"""Budget against what was spent (M74, P25): control cards by unit, category and month, and the expense ratio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from loudou.insight.lens import InsightLens
from loudou.insight.queries.achieved import never_told
from loudou.insight.reports._plain import missing, money, ratio, when
from loudou.insight.reports.aiming import wanted_period
from loudou.insight.reports.aims import asked_of
from loudou.kernel.numbers import Ratio
from loudou.kernel.periods import Fiscal, Grain, Period
from loudou.steering.figures.budget import Card, expense_ratio
from loudou.steering.models import Budget
from loudou.steering.queries.budgets import by_month, touching, whole
from loudou.steering.reports.whose import Results, Subject
from loudou.targets.models import Metric


@dataclass(frozen=True)
class Spent:
    """A budget with its control cards in the period looked at, and what its unit earned meanwhile."""

    budget: Budget
    months: Mapping[tuple[str, date], Card]
    invoiced: Decimal | None
    bookings: Decimal
    span: Period  # the part of the budget's period that is looked at

    @property
    def asked(self) -> str:
        """What its unit and time are asked for with on pages of its results."""
        return asked_of(Metric.INVOICED, self.span, self.budget.unit, None)

    @property
    def booked(self) -> str:
        """The same of bookings."""
        return asked_of(Metric.BOOKINGS, self.span, self.budget.unit, None)

    def part(self, category: str = "", month: date | None = None, state: str = "") -> str:
        """What a part of its card is opened with: of a category or a month, what is approved or committed."""
        span = Fiscal().of(month, Grain.MONTH) if month is not None else self.span
        asked = {
            "from": span.start.isoformat(),
            "to": span.end.isoformat(),
            "category": category,
            "state": state,
        }
        return "?" + urlencode({name: text for name, text in asked.items() if text})

    @property
    def cards(self) -> dict[str, Card]:
        """By category."""
        found: dict[str, Card] = {}
        for (category, _month), card in self.months.items():
            found[category] = found.get(category, Card()) + card
        return found

    @property
    def whole(self) -> Card:
        """All categories together."""
        return whole(self.cards)

    @property
    def ratio(self) -> Ratio:
        """费用率: approved expense ÷ what was invoiced."""
        return expense_ratio(self.whole.approved, self.invoiced)

    @property
    def ratio_to_bookings(self) -> Ratio:
        """The same against bookings, where nothing is invoiced yet."""
        return expense_ratio(self.whole.approved, self.bookings)


@dataclass(frozen=True)
class BudgetReport:
    """The budgets of a lens, units from the top of the tree."""

    lens: InsightLens
    period: Period
    rows: Sequence[Spent]

    def plain(self) -> dict[str, Any]:
        """As JSON: a row a unit and category, then the units with their ratios."""
        return {
            "as_of": when(self.lens.instant),
            "from": when(self.period.start),
            "to": when(self.period.end),
            "currency": self.lens.company.base_currency,
            "rows": [
                {"unit": one.budget.unit.code, "category": category, **_card(card)}
                for one in self.rows
                for category, card in sorted(one.cards.items())
            ],
            "months": [
                {"unit": one.budget.unit.code, "category": category, "month": f"{month:%Y-%m}", **_card(card)}
                for one in self.rows
                for (category, month), card in sorted(one.months.items())
            ],
            "units": [_unit(one) for one in self.rows],
        }


def budget_vs_actual(lens: InsightLens) -> BudgetReport:
    """The budgets that have a part of the lens' period, as far as they may be seen."""
    period = wanted_period(lens)
    found = Budget.objects.visible_to(lens.user).filter(touching(period)).select_related("unit")
    if lens.unit is not None:
        found = found.filter(unit__path__startswith=lens.unit.path)
    budgets = list(found.order_by("unit__path", "starts_on"))
    return BudgetReport(lens, period, spent(lens, budgets, period))


def spent(lens: InsightLens, budgets: Sequence[Budget], period: Period | None = None) -> list[Spent]:
    """The budgets with their cards in a period, else each over its own."""
    if not budgets:
        return []
    spans = {one.pk: (one.period.overlap(period) if period else one.period) or one.period for one in budgets}
    whose = {one.pk: Subject(one.unit) for one in budgets}
    days = [day for span in spans.values() for day in (span.start, span.end)]
    results = Results(replace(lens, period=None), whose.values(), days)
    unknown = never_told([Metric.INVOICED])
    through = lens.today if lens.known is not None else None
    return [
        Spent(
            one,
            by_month(one, spans[one.pk], through),
            None if unknown else results.of(whose[one.pk], Metric.INVOICED, spans[one.pk]),
            results.of(whose[one.pk], Metric.BOOKINGS, spans[one.pk]),
            spans[one.pk],
        )
        for one in budgets
    ]


def _card(card: Card) -> dict[str, Any]:
    return {
        "budget": money(card.budget),
        "approved": money(card.approved),
        "committed": money(card.committed),
        "left": money(card.left),
        **ratio("usage", card.usage),
        "status": card.status,
    }


def _unit(one: Spent) -> dict[str, Any]:
    invoiced = (
        {"revenue": money(one.invoiced)} if one.invoiced is not None else missing("revenue", "not_recorded")
    )
    return {
        "unit": one.budget.unit.code,
        "unit_name": one.budget.unit.name,
        **_card(one.whole),
        **invoiced,
        **ratio("expense_ratio", one.ratio),
        "bookings": money(one.bookings),
        **ratio("expense_ratio_to_bookings", one.ratio_to_bookings),
    }
