"""Reading budgets: control cards by category and by month, over a budget's whole period or a part of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncMonth

from loudou.kernel.periods import Period
from loudou.people.access import Owned
from loudou.people.models import User
from loudou.steering.figures.budget import Card
from loudou.steering.models import Adjustment, Budget, BudgetLine, Cost
from loudou.targets.models import Closing

Month = tuple[str, date]
Costs = Owned[Cost]


def cards(budget: Budget, within: Period | None = None) -> dict[str, Card]:
    """The control card of each category; two queries."""
    found: dict[str, Card] = defaultdict(Card)
    for (category, _month), card in by_month(budget, within).items():
        found[category] += card
    return dict(found)


def by_month(budget: Budget, within: Period | None = None, through: date | None = None) -> dict[Month, Card]:
    """The control card of each category and month. Costs are those of the unit and of all below it; two queries.

    With `through` costs of later days are left out; the budget of later months stands.
    """
    period = budget.period.overlap(within) if within is not None else budget.period
    if period is None:
        return {}
    found: dict[Month, Card] = defaultdict(Card)
    lines = BudgetLine.objects.filter(budget=budget, month__gte=period.start, month__lt=period.end)
    for line in lines:
        found[line.category, line.month] += Card(budget=line.amount)
    costs = Cost.objects.filter(
        unit__path__startswith=budget.unit.path, counts_on__gte=period.start, counts_on__lt=period.end
    )
    if through is not None:
        costs = costs.filter(counts_on__lte=through)
    rows = costs.order_by().annotate(month=TruncMonth("counts_on")).values_list("category", "month", "state")
    for category, month, state, amount in rows.annotate(n=Sum("amount")):
        found[category, month] += Card(**{state: amount})
    return dict(found)


def whole(found: dict[str, Card]) -> Card:
    """All categories together."""
    return sum(found.values(), Card())


def adjustments(budget: Budget) -> list[Adjustment]:
    """How a budget's lines were changed, newest first."""
    rows = Adjustment.objects.filter(line__budget=budget).select_related("line", "by")
    return list(rows[:100])


def latest_costs(budget: Budget, most: int = 12) -> Sequence[Cost]:
    """The latest costs of a budget's unit and what is below it."""
    rows = Cost.objects.filter(
        unit__path__startswith=budget.unit.path, counts_on__gte=budget.starts_on, counts_on__lt=budget.ends_on
    )
    return list(rows.select_related("unit").order_by("-counts_on", "-id")[:most])


def costs_of(budget: Budget, within: Period, category: str = "", state: str = "") -> Costs:
    """The costs of a budget's unit and what is below it that count in a period, of a category and in a state or of any."""
    rows = Cost.objects.filter(
        unit__path__startswith=budget.unit.path, counts_on__gte=within.start, counts_on__lt=within.end
    )
    rows = rows.filter(category=category) if category else rows
    return rows.filter(state=state) if state else rows


def lines_of(budget: Budget, within: Period, category: str = "") -> list[BudgetLine]:
    """A budget's lines of a period, of a category or of any."""
    lines = BudgetLine.objects.filter(budget=budget, month__gte=within.start, month__lt=within.end)
    lines = lines.filter(category=category) if category else lines
    return list(lines.order_by("month", "category"))


def late_costs(closing: Closing, user: User | None, most: int = 100) -> list[Cost]:
    """The costs that came late for a closing, as this person may see them, newest first."""
    seen = Cost.objects.visible_to(user).filter(relates_to=closing).select_related("unit")
    return list(seen.order_by("-id")[:most])


def late_spending(closings: Sequence[Closing], user: User | None) -> dict[int, tuple[int, Decimal]]:
    """By closing how many costs came late for it, as this person may see them, and what they come to (one query)."""
    rows = Cost.objects.visible_to(user).filter(relates_to__in=closings).order_by("relates_to")
    summed = rows.values_list("relates_to").annotate(n=Count("pk"), total=Sum("amount"))
    return {key: (n, total) for key, n, total in summed}


def touching(period: Period) -> Q:
    """Budgets that share a day with a period."""
    return Q(starts_on__lt=period.end, ends_on__gt=period.start)
