"""Reading what cohorts were worth when they reached a stage, and when they went on (M02, amount converted)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import Case, DecimalField, IntegerField, OuterRef, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from loudou.insight.figures.conversion import Converted, conversion_of
from loudou.insight.figures.flow import Span
from loudou.insight.figures.scope import Scope
from loudou.insight.queries.courses import cohort, known_courses
from loudou.insight.queries.known import Otherwise
from loudou.pipeline.figures.courses import Course as Way
from loudou.pipeline.figures.history import History
from loudou.pipeline.models import Course, Visit

_MONEY: Any = DecimalField(max_digits=22, decimal_places=2)


def converted(
    stages: Sequence[int], scope: Scope, span: Span, otherwise: Sequence[Otherwise] = ()
) -> dict[int, Converted]:
    """The amounts of these stages' cohorts, given in order; one query. The last stage goes on to the win."""
    found: dict[int, Converted] = defaultdict(Converted)
    place: Any = Case(
        *(When(stage=stage, then=Value(number)) for number, stage in enumerate(stages)),
        default=Value(-1),
        output_field=IntegerField(),
    )
    mine = cohort(stages, scope, span).exclude(deal__in=[other.deal.pk for other in otherwise])
    after = Course.objects.filter(deal=OuterRef("deal")).annotate(later=place).order_by("later")
    win = Visit.objects.filter(deal=OuterRef("deal"), left_by="won", left_at=OuterRef("passed_at"))
    onward: Any = Coalesce(
        Subquery(after.filter(later__gt=OuterRef("place")).values("amount")[:1]),
        Subquery(win.values("left_amount")[:1]),
    )
    rows = mine.order_by().annotate(
        place=place, onward=Case(When(advanced=True, then=onward), output_field=_MONEY)
    )
    zero: Any = Value(0, output_field=_MONEY)
    summed = rows.values("stage").annotate(entered=Sum("amount"), went=Coalesce(Sum("onward"), zero))
    for row in summed:
        found[row["stage"]] += Converted(row["entered"], row["went"])
    for other in otherwise:
        ways = list(known_courses(other))
        for number, way in enumerate(ways):
            if way.stage in stages and conversion_of(way, span, scope).cohort:
                found[way.stage] += _one(way, ways[number + 1 :], other.known)
    return found


def _one(way: Way, after: Sequence[Way], history: History | None) -> Converted:
    if way.passed_at is None or history is None:
        return Converted(way.amount)
    if after:
        return Converted(way.amount, after[0].amount)
    won = next(stay for stay in history.stays if stay.left_by == "won")
    assert won.left_amount is not None
    return Converted(way.amount, won.left_amount)
