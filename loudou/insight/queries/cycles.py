"""Closes with how long they took (M05, M07), of everything or part by part.

A median is no sum: a deal whose past was known otherwise is left out of the rows, and its close as it was known put
among them, before anything is counted.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    Func,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from loudou.insight.figures.cycle import A_DAY, Closing, Cycle
from loudou.insight.figures.flow import LIVE, Amounts, Span
from loudou.insight.figures.scope import Scope
from loudou.insight.figures.winrate import LOST, WinRate, born_of, close_in, cycle_of, standing_close
from loudou.insight.queries.closes import born, closed, fate, shut
from loudou.insight.queries.courses import Key, by_product, flag, keys_of
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.rivals import NAMED, Rivals, against, rivals_of
from loudou.insight.queries.scope import branch_of
from loudou.insight.queries.times import Microseconds
from loudou.pipeline.figures.courses import MICROSECOND
from loudou.pipeline.models import Visit


@dataclass(frozen=True)
class Parts:
    """What the parts of the whole are: of a unit, owner, source, product or competitor, or of the times from `edges` on.

    A part of time is keyed by its place among the edges, all the rest as `conversions` are.
    """

    by: str = ""
    edges: Sequence[datetime] = ()

    @property
    def kind(self) -> str:
        """Of what kind its keys are, as the database calls it."""
        return "text" if self.by in ("source", RIVALS) else "bigint"


WHOLE = Parts()
RIVALS = "competitor"


def closings(
    scope: Scope,
    span: Span,
    parts: Parts = WHOLE,
    *,
    funnels: Collection[int] | None = None,
    otherwise: Sequence[Otherwise] = (),
) -> dict[Key, Closing]:
    """What was closed in a span and how long it took, and what became of what was created in it; two queries.

    Two more where pasts were known otherwise.
    """
    found: dict[Key, Closing] = defaultdict(Closing)
    named = rivals_of(keys_of(otherwise))
    for key, *row in _closed(scope, span, parts, funnels, otherwise, named):
        found[key] = _with(found[key], *row)
    for key, created in _created(scope, span, parts, funnels, otherwise, named):
        found[key] = replace(found[key], rate=found[key].rate + created)
    return found


def _with(
    told: Closing,
    won: bool,
    count: int,
    amount: Decimal,
    timed: int,
    took: Decimal | None,
    half: float | None,
    quick: int,
    rivals: int,
) -> Closing:
    # A half of microseconds: exact in a double for all lengths below 140 years.
    cycle = Cycle(timed, int(took or 0), None if half is None else Decimal(half), quick)
    if not won:
        lost = WinRate(lost=count, lost_amount=amount)
        return replace(told, rate=told.rate + lost, lost=cycle, rivals=rivals)
    rate = WinRate(won=count, won_amount=amount, cycle=cycle.took * MICROSECOND, cycles=timed)
    return replace(told, rate=told.rate + rate, won=cycle)


# A row a close: its deal, the part it counts in, whether it is a win, its amount, how many microseconds it took,
# whether it came within a day, whether it was lost to a competitor that was named.
_COUNTED = """
SELECT part, won, count(*), sum(amount), count(took), sum(took),
  percentile_cont(0.5) WITHIN GROUP (ORDER BY took), count(*) FILTER (WHERE quick), count(*) FILTER (WHERE rival)
FROM (
  SELECT part::{kind}, won, amount, took, quick, rival
  FROM ({rows}) AS told (deal, part, won, amount, took, quick, rival) WHERE deal <> ALL(%s::bigint[])
  UNION ALL
  SELECT * FROM unnest(
    %s::{kind}[], %s::boolean[], %s::numeric[], %s::bigint[], %s::boolean[], %s::boolean[]
  )
) AS closes (part, won, amount, took, quick, rival) GROUP BY part, won
"""


# The deals behind these numbers: closes that count among cycles, within a day, to a rival; and what was created.
YOUNG = Q(left_at__lte=F("deal__created_at") + A_DAY)
# Who won it instead is written on the deal, for the close that stands.
RIVAL = Q(left_by="lost", reopened_at=None) & ~Q(deal__lost_to="")
_CLOSED: Mapping[str, Q] = {
    "won_timed": Q(left_by="won", deal__created_at__isnull=False),
    "lost_timed": Q(left_by__in=LOST, deal__created_at__isnull=False),
    "won_quick": Q(left_by="won") & YOUNG,
    "lost_quick": Q(left_by__in=LOST) & YOUNG,
    "lost_to_rivals": RIVAL,
}
_BORN: Mapping[str, Q] = {
    "born": ~Q(then="invalid") | Q(then=None),
    "born_won": Q(then="won"),
    "born_open": Q(then__in=LIVE) | Q(then=None),
}
OF_CYCLES = (*_CLOSED, *_BORN)


def rows_of(
    what: str,
    scope: Scope,
    span: Span,
    funnels: Collection[int] | None,
    stages: Collection[int] | None,
    rival: str = "",
) -> tuple[QuerySet[Any, Any], str, str]:
    """The rows that one of `OF_CYCLES` counts, with what they call their deal and its amount."""
    if what in _BORN:
        rows: QuerySet[Any, Any] = born(scope, span, funnels).filter(_BORN[what], against(rival, "pk"))
        return rows, "pk", "base_amount"
    rows = Visit.objects.filter(closed(scope, span, funnels), _CLOSED[what], against(rival, "deal"))
    if rival and what == "lost_to_rivals":
        rows = rows.filter(deal__lost_to__iexact=rival)
    return rows if stages is None else rows.filter(stage__in=stages), "deal", "left_amount"


def late(
    what: str,
    other: Otherwise,
    scope: Scope,
    span: Span,
    stages: Collection[int] | None,
    named: Rivals,
    rival: str = "",
) -> Amounts:
    """What a deal's known past contributes to one of them; `named` are the competitors on the deal.

    With a `rival` (as names are told apart) lost to a competitor is lost to this one.
    """
    if what in _BORN:
        one = WinRate()
        if other.known is not None:
            one = born_of(other.known, other.deal.created_at, scope, span)
        counts = {"born": one.created, "born_won": one.created_won, "born_open": one.created_open}[what]
        return Amounts(counts, counts * other.deal.base_amount)
    close = _known_close(other, scope, span, named)
    if close is None or (stages is not None and close.stage not in stages):
        return Amounts()
    lost = close.lost_to == rival if rival else bool(close.lost_to)
    kind, _mark, which = what.partition("_")
    counted = {"timed": close.took is not None, "quick": close.quick, "to_rivals": lost}[which]
    return Amounts(1, close.amount) if counted and close.won == (kind == "won") else Amounts()


# The same, a row for each competitor that is named on the deal: lost to a competitor is lost to this one.
_OF_RIVALS = """
SELECT told.deal, named.name, won, amount, took, quick, rival AND won_it
FROM ({rows}) AS told (deal, part, won, amount, took, quick, rival)
JOIN ({named}) AS named (deal, name, won_it) ON named.deal = told.deal
"""
_BORN_OF_RIVALS = """
SELECT named.name, told.fate, count(*) FROM ({rows}) AS told (deal, fate)
JOIN ({named}) AS named (deal, name, won_it) ON named.deal = told.deal GROUP BY 1, 2
"""


def _closed(
    scope: Scope,
    span: Span,
    parts: Parts,
    funnels: Collection[int] | None,
    otherwise: Sequence[Otherwise],
    named: Mapping[int, Rivals],
) -> list[tuple[Any, ...]]:
    rows = Visit.objects.filter(closed(scope, span, funnels)).order_by()
    rows = by_product(rows) if parts.by == "product" else rows
    key = _part(scope, parts, {"unit": "left_unit", "owner": "left_owner"}, at="left_at", deal="deal__")
    rows = rows.annotate(
        part=key, is_won=flag(Q(left_by="won")), took=_took(), quick=flag(YOUNG), rival=flag(RIVAL)
    )
    told = rows.values_list("deal", "part", "is_won", "left_amount", "took", "quick", "rival")
    sql, values = told.query.sql_with_params()
    if parts.by == RIVALS:
        sql = _OF_RIVALS.format(rows=sql, named=NAMED)
    late = list(_known_closes(otherwise, scope, span, parts, named))
    columns = [list(column) for column in zip(*late, strict=True)] if late else [[]] * 6
    with connection.cursor() as cursor:
        statement = _COUNTED.format(rows=sql, kind=parts.kind)
        cursor.execute(statement, [*values, keys_of(otherwise), *columns])
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _took() -> Any:
    """How many microseconds passed from the first day to the close, without the time it was closed in between."""
    cycle: Any = ExpressionWrapper(F("left_at") - F("deal__created_at"), DurationField())
    whole: Any = Microseconds(cycle)
    between: Any = Coalesce(Microseconds(shut()), 0)
    again = When(deal__reopen_count__gt=0, then=whole - between)
    return Case(again, default=whole, output_field=BigIntegerField())


def _part(scope: Scope, parts: Parts, columns: dict[str, str], *, at: str, deal: str) -> Any:
    """The part a row counts in, as an expression; `deal` is the path to its deal, `at` when it counts."""
    if parts.edges:
        edges = Value(list(parts.edges), ArrayField(DateTimeField()))
        place: Any = Func(F(at), edges, function="width_bucket", output_field=BigIntegerField())
        return place - 1
    if parts.by == "unit" and scope.units is not None:
        return branch_of(scope.units, unit=columns["unit"], at=columns.get("at", at))
    if parts.by == RIVALS:
        return Value("", CharField())
    told = {**columns, "source": f"{deal}source", "product": f"{deal}lines__product"}
    return F(told[parts.by]) if parts.by else Value(None, BigIntegerField())


class _Close(NamedTuple):
    """The close of a deal as it was known: when, at which stage, for whom, how, and to whom it was lost."""

    at: datetime
    stage: int
    owner: int | None
    unit: int | None
    won: bool
    amount: Decimal
    took: int | None
    quick: bool
    lost_to: str


def _known_close(other: Otherwise, scope: Scope, span: Span, named: Rivals) -> _Close | None:
    """The close of a deal as it was known, where it counts."""
    close = close_in(other.known, scope, span) if other.known is not None else None
    if other.known is None or close is None or close.left_at is None or close.left_amount is None:
        return None
    at, created_at, won = close.left_at, other.deal.created_at, close.left_by == "won"
    took, quick = None, False
    if created_at is not None:
        took = cycle_of(close, other.known, created_at) // MICROSECOND
        quick = at <= created_at + A_DAY
    # Who won it instead is written on the deal, for the close that stands.
    stands = standing_close(other.told, None)
    still = close.left_by == "lost" and stands is not None and stands.left_at == at
    lost_to = named.lost_to if still else ""
    return _Close(
        at, close.stage, close.left_owner, close.left_unit, won, close.left_amount, took, quick, lost_to
    )


def _known_closes(
    otherwise: Sequence[Otherwise], scope: Scope, span: Span, parts: Parts, named: Mapping[int, Rivals]
) -> Iterator[tuple[Key, bool, Decimal, int | None, bool, bool]]:
    """The closes of deals as they were known, a row for each part they count in."""
    for other in otherwise:
        rivals = named[other.deal.pk]
        close = _known_close(other, scope, span, rivals)
        if close is None:
            continue
        mine = _Whose(close.at, close.owner, close.unit, close.at)
        for key in _parts_of(mine, other, scope, parts, rivals):
            lost_to = close.lost_to == key if parts.by == RIVALS else bool(close.lost_to)
            yield key, close.won, close.amount, close.took, close.quick, lost_to


class _Whose(NamedTuple):
    """When something counts, and who had the deal then: of what was created, when it first stood on the funnel."""

    at: datetime
    owner: int | None
    unit: int | None
    since: datetime


def _parts_of(mine: _Whose, other: Otherwise, scope: Scope, parts: Parts, named: Rivals) -> Collection[Key]:
    """The parts in which something of a deal counts."""
    if parts.by == RIVALS:
        return named.names
    if parts.edges:
        return [bisect_right(parts.edges, mine.at) - 1]
    if parts.by == "unit":
        belonging = scope.belonging(mine.unit, mine.since)
        return [belonging.branch if belonging is not None else mine.unit]
    if parts.by == "product":
        return other.products
    if parts.by == "owner":
        return [mine.owner]
    return [other.deal.source if parts.by == "source" else None]


def _created_against(rows: QuerySet[Any, Any]) -> Iterator[tuple[Key, WinRate]]:
    """Deals that were created, by the competitors named on them."""
    sql, values = rows.values_list("pk", "then").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_BORN_OF_RIVALS.format(rows=sql, named=NAMED), values)
        for key, then, count in cursor.fetchall():
            yield key, fate(then, count)


def _created(
    scope: Scope,
    span: Span,
    parts: Parts,
    funnels: Collection[int] | None,
    otherwise: Sequence[Otherwise],
    named: Mapping[int, Rivals],
) -> Iterator[tuple[Key, WinRate]]:
    """What became of the deals created in a span, by the parts they were created in."""
    rows: Any = born(scope, span, funnels, visited=parts.by in ("unit", "owner"))
    rows = rows.exclude(pk__in=keys_of(otherwise))
    rows = rows.filter(lines__isnull=False) if parts.by == "product" else rows
    if parts.by == RIVALS:
        yield from _created_against(rows)
    else:
        columns = {"unit": "visits__unit", "owner": "visits__owner", "at": "visits__entered_at"}
        rows = rows.annotate(part=_part(scope, parts, columns, at="created_at", deal=""))
        for key, then, count in rows.values_list("part", "then").annotate(n=Count("pk", distinct=True)):
            yield key, fate(then, count)
    for other in otherwise:
        if other.known is None or other.deal.created_at is None:
            continue
        one = born_of(other.known, other.deal.created_at, scope, span)
        if one.created:
            first = other.known.stays[0]
            mine = _Whose(other.deal.created_at, first.owner, first.unit, first.entered_at)
            for key in _parts_of(mine, other, scope, parts, named[other.deal.pk]):
                yield key, one
