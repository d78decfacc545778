"""Reading what became of cohorts in the end, and how fast (M02, M05), from the courses and wins of deals."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    Count,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
)
from django.db.models.functions import Cast

from loudou.insight.figures.conversion import Conversion
from loudou.insight.figures.flow import Amounts, Span
from loudou.insight.figures.scope import Scope
from loudou.insight.figures.through import DAYS, NEXT, Grown, grown_of, through_of
from loudou.insight.queries.by_period import edges_of, hull_of, stretch_of
from loudou.insight.queries.closes import wins
from loudou.insight.queries.conditions import together
from loudou.insight.queries.courses import (
    cohort,
    cohort_apart,
    conversion_in,
    keys_of,
    known_courses,
    known_ways,
)
from loudou.insight.queries.known import Otherwise
from loudou.pipeline.models import Visit

# What became of a cohort in the end; which of it had got there within so many days.
FATES = ("through_won", "through_lost", "through_open")
WITHIN = {"passed_within": "next", "won_within": "won"}
_DAY = timedelta(days=1)


class Bucket(Func):
    """After how many of the `DAYS` a deal got there; the last moment of a number of days belongs to it."""

    function = "width_bucket"
    output_field = IntegerField()

    def __init__(self, since: str, until: str) -> None:
        length: Any = ExpressionWrapper(F(until) - F(since), DurationField())
        edges = [timedelta(days=days, microseconds=1) for days in DAYS]
        super().__init__(length, Cast(Value(edges), ArrayField(DurationField())))


def through(
    stage: int, scope: Scope, spans: Sequence[Span], otherwise: Sequence[Otherwise] = ()
) -> list[Conversion]:
    """What the cohorts of a stage came to in the end, in each span; one query."""
    arms = []
    for place, span in enumerate(spans):
        for rows in cohort_apart([stage], scope, span):
            rows = rows.exclude(deal__in=keys_of(otherwise)).order_by()
            told = rows.annotate(place=Value(place, IntegerField()))
            counted = told.values("place", "won", "lost", been=F("was_in"), back=F("went_back"))
            arms.append(counted.annotate(n=Count("*"), total=Sum("amount")))
    found = [Conversion()] * len(spans)
    for row in together(arms):
        found[row["place"]] += conversion_in({**row, "advanced": row["won"], "exited": row["lost"]})
    for other, way in known_ways(otherwise, [stage]):
        for place, span in enumerate(spans):
            if other.known is not None:
                found[place] += through_of(way, other.known, span, scope)
    return found


def whole_way(
    first: int,
    stages: Collection[int],
    scope: Scope,
    spans: Sequence[Span],
    otherwise: Sequence[Otherwise] = (),
) -> tuple[list[Conversion], Amounts]:
    """What the cohorts of a first stage came to, and what was won out of these stages in the first span; two queries."""
    return through(first, scope, spans, otherwise), wins(scope, spans[0], stages, otherwise=otherwise)


def grown(
    stage: int, goal: str, scope: Scope, spans: Sequence[Span], otherwise: Sequence[Otherwise] = ()
) -> list[Grown]:
    """The cohorts of a stage cumulated, in each span; the spans share no moment. One query, two to the win."""
    found = [Grown()] * len(spans)
    edges, places = edges_of(spans)
    hull = hull_of(spans)
    rows = _courses(stage, scope, hull, otherwise).annotate(stretch=stretch_of("reached_at", edges))
    for stretch, passed, count in _counted(rows, goal, hull):
        if stretch in places:
            after = tuple(count if passed <= place else 0 for place in range(len(DAYS)))
            found[places[stretch]] += Grown(0, after) if passed >= 0 else Grown(count)
    for other, way in known_ways(otherwise, [stage]):
        for place, span in enumerate(spans):
            if other.known is not None:
                found[place] += grown_of(way, other.known, goal, span, scope)
    return found


def _counted(rows: QuerySet[Any, Any], goal: str, hull: Span) -> Iterator[tuple[int, int, int]]:
    """Stretch, after how many of the days they got there (below zero: the cohort itself), how many."""
    for stretch, count in rows.values_list("stretch").annotate(n=Count("*")):
        yield stretch, -1, count
    there = "passed_at"
    if goal == NEXT:
        rows = rows.filter(advanced=True)
    else:
        there = "deal__visits__left_at"
        rows = rows.filter(_standing(hull, "deal__visits__"))
    told = rows.annotate(after=Bucket("reached_at", there)).values_list("stretch", "after")
    yield from told.annotate(n=Count("*"))


def _courses(stage: int, scope: Scope, span: Span, otherwise: Sequence[Otherwise]) -> QuerySet[Any, Any]:
    return cohort([stage], scope, span).exclude(deal__in=keys_of(otherwise)).order_by()


def _standing(span: Span, visit: str = "") -> Q:
    """Wins that stand, as known at an instant; no cohort is won before it begins."""
    known = span.known
    undone = Q(**{f"{visit}reopened_at": None})
    wanted = Q(**{f"{visit}left_by": "won"})
    if span.since is not None:
        wanted &= Q(**{f"{visit}left_at__gte": span.since})
    if known is None:
        return wanted & undone
    return wanted & Q(**{f"{visit}left_at__lt": known}) & (undone | Q(**{f"{visit}reopened_at__gte": known}))


def _won_within(days: int, span: Span) -> Exists:
    """Courses whose deal was won within so many days of reaching the stage."""
    wins = Visit.objects.filter(_standing(span), deal=OuterRef("deal"))
    return Exists(wins.filter(left_at__lte=OuterRef("reached_at") + Value(days * _DAY)))


def rows_of(
    what: str, stages: Collection[int] | None, scope: Scope, span: Span, days: int
) -> QuerySet[Any, Any]:
    """The courses that one of the `FATES` counts, or that had got there `WITHIN` so many days."""
    rows = cohort(stages, scope, span)
    if what == "passed_within":
        some = Q(advanced=True, passed_at__lte=F("reached_at") + Value(days * _DAY))
    elif what == "won_within":
        some = Q(_won_within(days, span))
    else:
        some = Q(won=what == "through_won", lost=what == "through_lost")
    told: QuerySet[Any, Any] = rows.filter(some)
    return told


def late(
    what: str, other: Otherwise, stages: Collection[int] | None, scope: Scope, span: Span, days: int
) -> Amounts:
    """What a deal, as it was known, contributes to such a number."""
    found = Amounts()
    for way in known_courses(other):
        if other.known is None or (stages is not None and way.stage not in stages):
            continue
        if what in WITHIN:
            counts = grown_of(way, other.known, WITHIN[what], span, scope).after[DAYS.index(days)]
        else:
            one = through_of(way, other.known, span, scope)
            counts = {"through_won": one.advanced, "through_lost": one.exited}.get(what, one.inflight)
        found += Amounts(counts, counts * way.amount)
    return found
