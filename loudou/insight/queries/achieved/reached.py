"""What reached a stage of the funnel, and what stands there: targets of single stages (`domain.md` R010).

A deal reaches a stage when it first stands in it or beyond it, as in the cohorts of M02: it counts for its owner and
their unit then, with its amount then. A new prospect is a customer none of whose deals had reached the stage before.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, Sum

from loudou.insight.figures.flow import Span
from loudou.insight.figures.scope import Scope
from loudou.insight.queries.achieved._late import Late
from loudou.insight.queries.achieved._places import FIRST, Sums, last_instant, place_of
from loudou.insight.queries.conditions import apart, together
from loudou.insight.queries.courses import known_courses, sound
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.live import LiveDeals, past, stands
from loudou.kernel.numbers import ZERO
from loudou.pipeline.models import Course, State, Stock

AMOUNT, PROSPECTS = "bookings", "new_customers"


def add_reached(
    sums: Sums,
    metric: str,
    stage: int,
    edges: Sequence[datetime],
    span: Span,
    otherwise: Collection[Otherwise] = (),
    late: Late | None = None,
) -> None:
    """Add what reached a stage between each two edges, by owner and unit then; one query, and one for what came late.

    Deals known otherwise at the span's instant are counted as known then, but for new prospects.
    """
    without = () if metric == PROSPECTS else [other.deal.pk for other in otherwise]
    for _stage, key, amount in _counted(metric, edges, span, late, [stage], without):
        sums[key] += amount
    if metric != PROSPECTS:
        _add_otherwise(sums, metric, stage, edges, span, otherwise)


def reached_by_stage(
    metric: str, edges: Sequence[datetime], span: Span, late: Late | None = None
) -> dict[int, Sums]:
    """What reached each stage there is, as `add_reached` counts it; one query, and one for what came late."""
    found: dict[int, Sums] = defaultdict(lambda: defaultdict(lambda: ZERO))
    for stage, key, amount in _counted(metric, edges, span, late):
        found[stage][key] += amount
    return found


def _counted(
    metric: str,
    edges: Sequence[datetime],
    span: Span,
    late: Late | None,
    stages: Collection[int] | None = None,
    without: Collection[int] = (),
) -> Iterator[tuple[int, tuple[int | None, int | None, int], Decimal]]:
    """By stage, and by owner, unit and place between the edges."""
    until = last_instant(edges, span)
    rows: Any = Course.objects.filter(sound(span.known), reached_at__gte=edges[0], reached_at__lt=until)
    rows = rows.exclude(deal__in=without).annotate(place=place_of("reached_at", edges))
    rows = rows.filter(stage__in=stages) if stages is not None else rows
    rows = first_of_customer(rows, span) if metric == PROSPECTS else rows
    for row in _measured(rows, metric, "place"):
        yield row["stage"], (row["owner"], row["unit"], row["place"]), row["n"]
    for stage, owner, unit, amount in _late(metric, late) if late is not None else ():
        if stages is None or stage in stages:
            yield stage, (owner, unit, FIRST), amount


def _measured(rows: Any, metric: str, *by: str) -> Any:
    grouped = rows.order_by().values("stage", "owner", "unit", *by)
    return grouped.annotate(n=Sum("amount") if metric == AMOUNT else Count("pk"))


def _late(metric: str, late: Late) -> Iterator[tuple[int, int | None, int | None, Decimal]]:
    """What came late, and by what that is frozen is another now, by stage, owner and unit (C20)."""
    if metric == PROSPECTS:
        for sign, stage, first in late.new_prospects():
            yield stage, first.owner, first.unit, Decimal(sign)
        return
    if late.of_deals:
        for row in _measured(late.reached(), metric):
            yield row["stage"], row["owner"], row["unit"], row["n"]
    for one in late.amended:
        for sign, reach in one.reaches:
            each = reach.amount if metric == AMOUNT else Decimal(1)
            yield reach.stage, reach.owner, reach.unit, sign * each


def first_of_customer(rows: Any, span: Span) -> Any:
    """Those of the ways to a stage before which no other deal of the same customer had reached it."""
    earlier = Course.objects.filter(
        sound(span.known),
        Q(reached_at__lt=OuterRef("reached_at"))
        | Q(reached_at=OuterRef("reached_at"), pk__lt=OuterRef("pk")),
        stage=OuterRef("stage"),
        deal__customer=OuterRef("deal__customer"),
    )
    return rows.filter(deal__customer__isnull=False).exclude(Exists(earlier))


def _add_otherwise(
    sums: Sums,
    metric: str,
    stage: int,
    edges: Sequence[datetime],
    span: Span,
    otherwise: Iterable[Otherwise],
) -> None:
    for other in otherwise:
        for way in known_courses(other):
            inside = edges[0] <= way.reached_at < last_instant(edges, span)
            if way.stage == stage and inside and way.void_at is None:
                key = way.owner, way.unit, bisect_right(edges, way.reached_at)
                sums[key] += way.amount if metric == AMOUNT else Decimal(1)


@dataclass(frozen=True)
class Standing:
    """Live deals in a stage and their amount."""

    count: int = 0
    amount: Decimal = ZERO

    def __add__(self, other: Standing) -> Standing:
        return Standing(self.count + other.count, self.amount + other.amount)


def standing_by_owner(
    stages: Collection[int], wanted: LiveDeals, otherwise: Iterable[Otherwise] = ()
) -> dict[tuple[int, int | None, int], Standing]:
    """What stands in each of these stages, by owner, unit and stage; one query."""
    found: dict[tuple[int, int | None, int], Standing] = defaultdict(Standing)
    if not stages:
        return found
    parts: list[Any]
    if wanted.known is None:
        rows = Stock.objects.filter(spec__stage__in=stages).order_by()
        told = rows.values("owner", "unit", at=F("spec__stage"))
        parts = [told.annotate(n=Sum("count"), total=Sum("amount"))]
    else:
        stood = State.objects.filter(past(wanted), stage__in=stages).order_by()
        parts = [
            part.values("owner", "unit", at=F("stage")).annotate(n=Count("*"), total=Sum("base_amount"))
            for part in apart(stood, wanted.known, wanted.scope.owner)
        ]
    for row in together(parts):
        found[row["owner"], row["unit"], row["at"]] += Standing(row["n"], row["total"])
    for other in otherwise:
        for history, sign in ((other.told, -1), (other.known, 1)):
            stand = stands(history, wanted)
            if stand is not None and stand.stage in stages:
                key = stand.owner, stand.unit, stand.stage
                found[key] += Standing(sign, sign * stand.base_amount)
    return found


def everywhere(known: datetime | None, now: datetime, today: Any) -> LiveDeals:
    """Live deals of all, now or as known at an instant."""
    return LiveDeals(Scope(), now, today, known)
