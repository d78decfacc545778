"""Cohorts and times of several periods at once (M15): each course is told by a search after which edges it lies."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    BooleanField,
    Count,
    DateTimeField,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    Q,
    Sum,
    Value,
)
from django.db.models.functions import Cast

from loudou.insight.figures.conversion import Conversion, conversion_of
from loudou.insight.figures.flow import Span
from loudou.insight.figures.scope import Scope
from loudou.insight.figures.times import Times, times_of
from loudou.insight.queries.conditions import together
from loudou.insight.queries.courses import cohort_apart, conversion_in, keys_of, known_ways
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.times import first_entries, gathered


def paces(
    stages: Collection[int], scope: Scope, spans: Sequence[Span], *, otherwise: Sequence[Otherwise] = ()
) -> list[dict[int, tuple[Conversion, Times]]]:
    """The cohorts of these stages, and the times in them (those that ended and those that go on), of several spans.

    The spans are of one instant and share no moment. Two queries, however many they are.
    """
    reached = cohorts_in(stages, scope, spans, otherwise=otherwise)
    lasted = times_in(stages, scope, spans, otherwise=otherwise)
    return [
        {stage: (conversions[stage], times[stage]) for stage in stages}
        for conversions, times in zip(reached, lasted, strict=True)
    ]


def cohorts_in(
    stages: Collection[int], scope: Scope, spans: Sequence[Span], *, otherwise: Sequence[Otherwise] = ()
) -> list[dict[int, Conversion]]:
    """The cohorts of these stages in each span, as `paces` tells them; one query."""
    found = [dict.fromkeys(stages, Conversion()) for _span in spans]
    edges, places = edges_of(spans)
    passed = after("reached_at", edges)
    arms = []
    for rows in cohort_apart(stages, scope, hull_of(spans)):
        rows = rows.exclude(deal__in=keys_of(otherwise)).order_by().annotate(**passed)
        counted = rows.values(*passed, "stage", "advanced", "exited", been=F("was_in"), back=F("went_back"))
        arms.append(counted.annotate(n=Count("*"), total=Sum("amount")))
    for row in together(arms):
        stretch = sum(row[name] for name in passed)
        if stretch in places:
            found[places[stretch]][row["stage"]] += conversion_in(row)
    for _other, way in known_ways(otherwise, stages):
        for here, span in zip(found, spans, strict=True):
            here[way.stage] += conversion_of(way, span, scope)
    return found


def times_in(
    stages: Collection[int], scope: Scope, spans: Sequence[Span], *, otherwise: Sequence[Otherwise] = ()
) -> list[dict[int, Times]]:
    """The times in these stages in each span, as `paces` tells them; one query."""
    found = [dict.fromkeys(stages, Times()) for _span in spans]
    hull, (edges, places) = hull_of(spans), edges_of(spans)
    rows = first_entries(stages, scope, hull).exclude(deal__in=keys_of(otherwise))
    passed = after("entered_at", edges)
    told = gathered(rows.annotate(**passed), hull, (*passed, "stage"))
    for (*before, stage, here), some in told.items():
        stretch = sum(before)
        if stretch in places:
            times = Times(waiting=some.times) if here else Times(ended=some.times)
            found[places[stretch]][stage] += times
    for _other, way in known_ways(otherwise, stages):
        for each, span in zip(found, spans, strict=True):
            each[way.stage] += times_of(way, span, scope)
    return found


def hull_of(spans: Sequence[Span]) -> Span:
    """From the first to the last moment of all of them."""
    begins = [span.since for span in spans if span.since is not None]
    ends = [span.until for span in spans if span.until is not None]
    return replace(
        spans[0],
        since=min(begins) if len(begins) == len(spans) else None,
        until=max(ends) if len(ends) == len(spans) else None,
    )


def edges_of(spans: Sequence[Span]) -> tuple[list[datetime], dict[int, int]]:
    """The moments at which spans begin and end, in order, and after how many of them each span runs.

    Nothing that `hull_of` takes lies before the first moment of all or after the last: these two are left out.
    """
    begins, ends = [span.since for span in spans], [span.until or span.known for span in spans]
    edges = {edge for edge in (*begins, *ends) if edge is not None}
    first, last = [at for at in begins if at is not None], [at for at in ends if at is not None]
    if len(first) == len(spans):
        edges.discard(min(first))
    if len(last) == len(spans):
        edges.discard(max(last))
    inner = sorted(edges)
    return inner, {bisect_right(inner, at) if at else 0: place for place, at in enumerate(begins)}


def after(column: str, edges: Sequence[datetime]) -> dict[str, Any]:
    """Whether another moment lies at or after each of some, by names to group by: as many as are so say what `Stretch` says.

    The database takes a grouping by a function of moments for one into as many groups as there are moments, which is
    never read in parallel; of truths it knows that there are two.
    """
    return {
        f"after_{place}": ExpressionWrapper(Q(**{f"{column}__gte": edge}), BooleanField())
        for place, edge in enumerate(edges)
    }


class Stretch(Func):
    """After how many of some moments another lies; one search a row."""

    function = "width_bucket"
    output_field = IntegerField()

    def __init__(self, column: str, edges: Sequence[datetime]) -> None:
        super().__init__(F(column), Cast(Value(list(edges)), ArrayField(DateTimeField())))


def stretch_of(column: str, edges: Sequence[datetime]) -> Any:
    """The same; without moments it is the same for all rows, which the database is told."""
    return Stretch(column, edges) if edges else Value(0, IntegerField())
