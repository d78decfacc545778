"""Open deals by days in their stage and amount, counted, and the deals of one cell."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    Case,
    Count,
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    IntegerField,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)

from loudou.insight.figures.flow import Amounts
from loudou.insight.figures.heat import DAYS, SIZES, HeatMap
from loudou.insight.figures.scope import Scope
from loudou.insight.queries.scope import which, whose
from loudou.pipeline.models import Deal
from loudou.pipeline.models.deal import Outcome

MOST = 50
RESTING = -1  # the column of deals on hold, which have no place on the map


def heat_map(scope: Scope, now: datetime, funnel: int | None) -> HeatMap:
    """Where open deals stand now, what is on hold apart; time on hold is no time in the stage. One query."""
    rows = (
        _placed(scope, now, funnel).values("row", "column").annotate(n=Count("pk"), total=Sum("base_amount"))
    )
    cells = {(row["row"], row["column"]): Amounts(row["n"], row["total"]) for row in rows}
    apart = {
        name: sum((one for (_row, column), one in cells.items() if column == name), Amounts())
        for name in (None, RESTING)
    }
    placed = {key: one for key, one in cells.items() if key[1] not in apart}
    return HeatMap(placed, apart[None], apart[RESTING])


def deals_of(
    scope: Scope, now: datetime, funnel: int | None, row: int | None, column: int | None
) -> QuerySet[Deal]:
    """The deals of one cell, of a row or a column where only that is told, whoever may see them, the largest first."""
    asked = {"row": row, "column": column}
    told = {name: place for name, place in asked.items() if place is not None}
    found = _placed(scope, now, funnel).filter(column__gte=0).filter(**told)
    return (
        found.select_related("spec", "owner").defer("search", "extra", "note").order_by("-base_amount", "-id")
    )


def _placed(scope: Scope, now: datetime, funnel: int | None) -> QuerySet[Any]:
    deals = Deal.objects.live().filter(whose(scope, at=now), which(scope, deal="")).order_by()
    if funnel is not None:
        deals = deals.filter(funnel=funnel)
    edges = [
        When(began__gte=now - timedelta(days=days), then=Value(place)) for place, days in enumerate(DAYS)
    ]
    sizes = [When(base_amount__lt=size, then=Value(place)) for place, size in enumerate(SIZES)]
    return deals.annotate(began=_began()).annotate(
        column=Case(
            When(outcome=Outcome.ON_HOLD, then=Value(RESTING)),
            When(began=None, then=None),
            *edges,
            default=Value(len(DAYS)),
            output_field=IntegerField(),
        ),
        row=Case(*sizes, default=Value(len(SIZES)), output_field=IntegerField()),
    )


def _began() -> Any:
    """When the stay would have begun had the deal never rested: holds have moved the stage's limit by their time."""
    allowed = ExpressionWrapper(F("spec__max_days") * Value(timedelta(days=1)), DurationField())
    limited = ExpressionWrapper(F("stage_limit_at") - allowed, DateTimeField())
    counted = Q(stage_limit_at__isnull=False, spec__max_days__isnull=False)
    return Case(When(counted, then=limited), default=F("stage_since"), output_field=DateTimeField())
