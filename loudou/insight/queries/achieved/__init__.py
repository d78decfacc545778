"""What people have achieved of what targets count, by person, unit and stretch of time (`domain.md` M30, B0.4, B0.8).

Of single stages in `reached`, of product families in `families`; with books as they were closed in `settled`, what was
written for closed months since in `posted`; the records that are counted in `behind`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, Sum

from loudou.fieldwork.queries.activities import counted_visits
from loudou.insight.figures.flow import Span
from loudou.insight.figures.winrate import LOST, standing_close
from loudou.insight.queries.achieved._late import Late
from loudou.insight.queries.achieved._places import FIRST, Sums, last_instant, place_of
from loudou.insight.queries.achieved.reached import add_reached
from loudou.insight.queries.closes import not_after
from loudou.insight.queries.known import Otherwise
from loudou.kernel.numbers import ZERO
from loudou.pipeline.models import Visit
from loudou.targets.figures.goals import apart
from loudou.targets.models import TOLD, Actual
from loudou.ui.prepared import among

WINS = ("bookings", "deals", "quantity", "new_customers")
CLOSES = "closes"  # won and lost ones, what a conversion is a share of (M05)
LONG = timedelta(days=200)  # of a longer stretch the first win of everybody is quicker found than win by win
KNOWN_OTHERWISE = ("bookings", "deals", CLOSES)  # what is counted of single ends of deals


@dataclass(frozen=True)
class Achieved:
    """What somebody achieved while in a unit, in `[since, until)`."""

    owner: int | None
    unit: int | None
    since: datetime
    until: datetime
    amount: Decimal


@dataclass(frozen=True)
class Stay:
    """A unit that counts for another one from one instant to another; None leaves that side open."""

    unit: int
    since: datetime | None
    until: datetime | None


@dataclass(frozen=True)
class Whose:
    """Owners, and units, of whom alone something is asked."""

    owners: frozenset[int] = frozenset()
    units: frozenset[int] = frozenset()

    def rows(self, owner: str, unit: str) -> Q:
        """Rows that are some owner's, or were some unit's."""
        those = (self.owners, owner), (self.units, unit)
        named = [Q(among(sorted(keys), column)) for keys, column in those if keys]
        return reduce(or_, named) if named else Q(pk__in=[])


def achieved(
    counted: str,
    edges: Sequence[datetime],
    span: Span,
    otherwise: Collection[Otherwise] = (),
    late: Late | None = None,
    whose: Whose | None = None,
) -> list[Achieved]:
    """What of a metric was achieved, cut at these edges (sorted, at least two): one query.

    Of `whose` owners and units, where not everybody's is wanted; what is told of others is not all of theirs.

    `counted` is the metric, of a single stage with its key (`figures.goals.counted_as`).

    A win counts for its owner and their unit at the win, with its amount then; new customers are those whose first
    standing win it is. Facts known otherwise at the span's instant are counted as known then (bookings, deals and
    closes). A visit that counts (M40) is who made it's, what other systems tell belongs to whom they name. What came
    `late` for closed books counts at the first edge, and so does what a frozen end is another by (C20).
    """
    sums: Sums = defaultdict(lambda: ZERO)
    metric, stage = apart(counted)
    if stage is not None:
        add_reached(sums, metric, stage, edges, span, otherwise, late)
    elif metric == "visits":
        _add_visits(sums, edges, span, late, whose)
    elif metric in TOLD:
        _add_told(sums, metric, edges, span, whose)
    else:
        _add_closes(sums, metric, edges, span, late, whose)
        if metric in KNOWN_OTHERWISE:
            _add_otherwise(sums, metric, edges, span, otherwise)
    return placed(sums, edges)


def placed(sums: Sums, edges: Sequence[datetime]) -> list[Achieved]:
    """Sums by place as stretches of time."""
    return [
        Achieved(owner, unit, edges[place - 1], edges[place], amount)
        for (owner, unit, place), amount in sums.items()
    ]


def never_told(metrics: Iterable[str]) -> set[str]:
    """Those of the metrics that no other system has told anything of yet: nothing is known, which is not nothing."""
    asked = set(metrics) & set(TOLD)
    if not asked:
        return set()
    told = Actual.objects.filter(metric__in=asked).order_by("metric").values_list("metric", flat=True)
    return asked - set(told.distinct())


def _add_closes(
    sums: Sums, metric: str, edges: Sequence[datetime], span: Span, late: Late | None, whose: Whose | None
) -> None:
    ways = ("won", *LOST) if metric == CLOSES else ("won",)
    if metric == "new_customers" and whose is None and edges[-1] - edges[0] > LONG:
        _add_first_wins(sums, edges, span)
    else:
        mine = whose.rows("left_owner", "left_unit") if whose is not None else Q()
        closes = Visit.objects.filter(
            mine, standing(span, ways), left_at__gte=edges[0], left_at__lt=last_instant(edges, span)
        )
        grouped = closes.annotate(place=place_of("left_at", edges)).order_by()
        for row in _measured(grouped.values("left_owner", "left_unit", "place"), metric, span):
            sums[row["left_owner"], row["left_unit"], row["place"]] += row["n"] or ZERO
    if late is not None:
        _add_late(sums, metric, ways, span, late)


def _add_first_wins(sums: Sums, edges: Sequence[datetime], span: Span) -> None:
    """Everybody's of a `LONG` stretch: the first of each customer of every win there ever was, cut by the edges."""
    wins = Visit.objects.filter(standing(span), left_at__lt=last_instant(edges, span))
    firsts = wins.filter(deal__customer__isnull=False).order_by("deal__customer", "left_at", "pk")
    told = firsts.distinct("deal__customer").values_list("left_owner", "left_unit", "left_at")
    sql, values = told.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_FIRSTS.format(wins=sql), [list(edges), *values, edges[0]])
        for owner, unit, place, count in cursor.fetchall():
            sums[owner, unit, place] += count


_FIRSTS = """
SELECT owner, unit, width_bucket(at, %s::timestamptz[]) AS place, count(*)
FROM ({wins}) AS firsts (owner, unit, at) WHERE at >= %s GROUP BY 1, 2, 3
"""


def _add_late(sums: Sums, metric: str, ways: Sequence[str], span: Span, late: Late) -> None:
    """What came late, and by what the ends that are frozen are others now (C20)."""
    if metric == "new_customers":
        for sign, first in late.new_customers():
            sums[first.owner, first.unit, FIRST] += sign
        return
    if late.of_deals:
        rows = late.closes(ways).order_by().values("left_owner", "left_unit")
        for row in _measured(rows, metric, span):
            sums[row["left_owner"], row["left_unit"], FIRST] += row["n"] or ZERO
    ordered = late.ordered if metric == "quantity" else {}
    for one in late.amended:
        for sign, end in one.ends:
            if end.by in ways:
                each = {"bookings": end.amount, "quantity": ordered.get(one.deal, ZERO)}
                sums[end.owner, end.unit, FIRST] += sign * each.get(metric, Decimal(1))


def _add_visits(
    sums: Sums, edges: Sequence[datetime], span: Span, late: Late | None, whose: Whose | None
) -> None:
    made = counted_visits(edges[0], last_instant(edges, span), span.known).annotate(
        place=place_of("at", edges)
    )
    made = made.filter(whose.rows("owner", "unit")) if whose is not None else made
    for row in made.order_by().values("owner", "unit", "place").annotate(n=Count("*")):
        sums[row["owner"], row["unit"], row["place"]] += row["n"]
    for sign, one in late.visits if late is not None else ():
        sums[one.owner_id, one.unit_id, FIRST] += sign


def _add_told(sums: Sums, metric: str, edges: Sequence[datetime], span: Span, whose: Whose | None) -> None:
    told = Actual.objects.filter(metric=metric, at__gte=edges[0], at__lt=last_instant(edges, span))
    told = told.filter(whose.rows("person", "unit")) if whose is not None else told
    grouped = told.annotate(place=place_of("at", edges)).order_by().values("person", "unit", "place")
    for row in grouped.annotate(n=Sum("base_amount")):
        sums[row["person"], row["unit"], row["place"]] += row["n"]


def _add_otherwise(
    sums: Sums, metric: str, edges: Sequence[datetime], span: Span, otherwise: Iterable[Otherwise]
) -> None:
    ways = ("won", *LOST) if metric == CLOSES else ("won",)
    for other in otherwise:
        for history, sign in ((other.told, -1), (other.known, 1)):
            close = standing_close(history, span.known) if history is not None else None
            if close is None or close.left_by not in ways or close.left_at is None:
                continue
            if not edges[0] <= close.left_at < last_instant(edges, span):
                continue
            assert close.left_owner is not None and close.left_amount is not None
            key = close.left_owner, close.left_unit, bisect_right(edges, close.left_at)
            sums[key] += sign * (close.left_amount if metric == "bookings" else Decimal(1))


def _measured(grouped: Any, metric: str, span: Span) -> Any:
    if metric == "bookings":
        return grouped.annotate(n=Sum("left_amount"))
    if metric in ("deals", CLOSES):
        return grouped.annotate(n=Count("*"))
    if metric == "quantity":
        funnel = Q(deal__lines__system_of_record="funnel")
        return grouped.annotate(n=Sum("deal__lines__quantity", filter=funnel))
    return first_wins(grouped, span).annotate(n=Count("pk"))


def first_wins(wins: Any, span: Span) -> Any:
    """Those of the wins before which no other one of the same customer stands."""
    earlier = Visit.objects.filter(
        standing(span),
        Q(left_at__lt=OuterRef("left_at")) | Q(left_at=OuterRef("left_at"), pk__lt=OuterRef("pk")),
        deal__customer=OuterRef("deal__customer"),
    )
    return wins.filter(deal__customer__isnull=False).exclude(Exists(earlier))


def standing(span: Span, ways: Sequence[str] = ("won",)) -> Q:
    """Closes in one of these ways that stand, as known at the span's instant."""
    return Q(left_by__in=ways) & not_after(span, "void_at") & not_after(span, "reopened_at")


class Ledger:
    """What was achieved, to be added up by whom and where."""

    def __init__(self, found: Iterable[Achieved]) -> None:
        self._owners: dict[int | None, list[Achieved]] = defaultdict(list)
        self._units: dict[int | None, list[Achieved]] = defaultdict(list)
        for one in found:
            self._owners[one.owner].append(one)
            self._units[one.unit].append(one)

    def of_person(self, owner: int, since: datetime, until: datetime) -> Decimal:
        """What somebody achieved in `[since, until)`."""
        return _sum(one for one in self._owners[owner] if since <= one.since and one.until <= until)

    def of_units(self, stays: Iterable[Stay], since: datetime, until: datetime) -> Decimal:
        """What was achieved in units while they stood below one, in `[since, until)`."""
        return _sum(
            one
            for stay in stays
            for one in self._units[stay.unit]
            if max(since, stay.since or since) <= one.since and one.until <= min(until, stay.until or until)
        )


def _sum(found: Iterable[Achieved]) -> Decimal:
    return sum((one.amount for one in found), ZERO)
