"""Targets and what belongs to them as files: results of other systems, budgets, costs, seasons."""

from __future__ import annotations

from datetime import tzinfo
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy

from loudou.exchange.exporting.cells import Cell
from loudou.exchange.exporting.sheet import Filters, Rows, Sheet
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.steering.models import Budget, BudgetLine, Cost
from loudou.targets.models import WORDS, Actual, SeasonalIndex, SellingCalendar, Target


def _targets(user: User | None, filters: Filters) -> Rows:
    return Target.objects.visible_to(user).select_related("unit", "person", "stage__funnel").order_by("id")


def _target(target: Target, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    return (
        target.unit.code if target.unit else None,
        target.person.username if target.person else None,
        target.metric,
        organisation().fiscal.name(target.period),
        target.amount,
        target.currency or None,
        target.family or None,
        target.segment or None,
        target.kind if target.rate is not None else None,
        _per_cent(target.asked_rate),
        organisation().fiscal.name(target.base_period) if target.base_period is not None else None,
        target.base_value,
        target.stage.funnel.code if target.stage is not None else None,
        target.stage.code if target.stage is not None else None,
        *(getattr(target, name) or None for name in WORDS),
    )


def _per_cent(rate: Decimal | None) -> str | None:
    """A growth or a share as files write it."""
    return f"{rate * 100:f}%" if rate is not None else None


def _actuals(user: User | None, filters: Filters) -> Rows:
    """As they are told by now: what was posted for one in a later month is part of it."""
    told = Actual.objects.visible_to(user).filter(corrects=None).select_related("unit", "person")
    return told.prefetch_related("postings").order_by("id")


def _actual(actual: Actual, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    return (
        actual.unit.code if actual.unit else None,
        actual.person.username if actual.person else None,
        actual.metric,
        actual.day,
        actual.as_told,
        actual.currency,
        actual.source_system,
        actual.source_id,
        *_counted(actual),
    )


def _counted(told: Any) -> tuple[Cell, Cell]:
    """On which day what is late for its books counts, and what was posted for it on later days still."""
    posted = sorted(told.postings.all(), key=lambda posting: posting.counts_on)
    said = "; ".join(f"{posting.counts_on} {posting.amount:f}" for posting in posted)
    return told.counts_on if told.counts_on != told.day else None, said or None


def _budgets(user: User | None, filters: Filters) -> Rows:
    seen = Budget.objects.visible_to(user)
    rows = BudgetLine.objects.filter(budget__in=seen).select_related("budget__unit")
    return rows.order_by("budget_id", "month", "category")


def _budget(line: BudgetLine, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    fiscal = organisation().fiscal
    period = fiscal.name(line.budget.period)
    return line.budget.unit.code, period, line.category, f"{line.month:%Y-%m}", line.amount


def _costs(user: User | None, filters: Filters) -> Rows:
    told = Cost.objects.visible_to(user).filter(corrects=None).select_related("unit")
    return told.prefetch_related("postings").order_by("id")


def _cost(cost: Cost, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    told = (cost.unit.code, cost.category, cost.day, cost.as_told, cost.state, cost.note)
    return *told, cost.source_system, cost.source_id, *_counted(cost)


def _seasons(user: User | None, filters: Filters) -> Rows:
    return SeasonalIndex.objects.order_by("year", "month")


def _season(season: SeasonalIndex, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    return season.name, season.index.normalize()


def _selling(user: User | None, filters: Filters) -> Rows:
    return SellingCalendar.objects.select_related("unit", "funnel").order_by("id")


def _selling_days(row: SellingCalendar, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    unit = row.unit.code if row.unit is not None else None
    return unit, row.funnel.code if row.funnel is not None else None, *row.weekdays, row.holiday


AIM_SHEETS = (
    Sheet(
        "targets",
        gettext_lazy("Targets"),
        (
            *("unit_code", "username", "metric", "period", "amount", "currency", "family", "segment"),
            *("kind", "rate", "base_period", "base", "funnel", "stage"),
            *WORDS,
        ),
        "targets.see",
        _targets,
        _target,
    ),
    Sheet(
        "actuals",
        gettext_lazy("Results of other systems"),
        (
            *("unit_code", "username", "metric", "date", "amount", "currency"),
            *("source_system", "source_id", "counts_on", "posted"),
        ),
        "targets.see",
        _actuals,
        _actual,
    ),
    Sheet(
        "budgets",
        gettext_lazy("Budgets"),
        ("unit_code", "period", "category", "month", "amount"),
        "steering.budget_see",
        _budgets,
        _budget,
    ),
    Sheet(
        "costs",
        gettext_lazy("Costs"),
        (
            *("unit_code", "category", "date", "amount", "state", "note"),
            *("source_system", "source_id", "counts_on", "posted"),
        ),
        "steering.budget_see",
        _costs,
        _cost,
    ),
    Sheet(
        "seasonal-index",
        gettext_lazy("Seasonal indices"),
        ("month", "index"),
        "targets.see",
        _seasons,
        _season,
    ),
    Sheet(
        "selling-days",
        gettext_lazy("Selling days"),
        ("unit_code", "funnel", "mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday"),
        "targets.see",
        _selling,
        _selling_days,
    ),
)
