"""Closes with how long they took (M05, M07), of everything or part by part.

A median is no sum: a deal whose past was known otherwise is left out of the rows, and its close as it was known put
among them, before anything is told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

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
    IntegerField,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce

from loudou.insight.figures.cycle import A_DAY, Closed, Closing, Took
from loudou.insight.figures.flow import LIVE, Amounts, Span
from loudou.insight.figures.middle import Middle
from loudou.insight.figures.scope import Scope
from loudou.insight.figures.winrate import LOST, WinRate, born_of
from loudou.insight.queries.closes import born, closed, fate, shut
from loudou.insight.queries.courses import Key, by_product, flag, keys_of
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.known_closes import (
    RIVALS,
    WHOLE,
    Parts,
    known_births,
    known_close,
    known_closes,
)
from loudou.insight.queries.rivals import NAMED, Rivals, against, rivals_of
from loudou.insight.queries.scope import branch_of
from loudou.insight.queries.times import Microseconds, unpacked
from loudou.pipeline.models import Visit
from loudou.ui.prepared import among


@dataclass(frozen=True)
class Ask:
    """What was closed in a span, part by part, and how long it took; and what became of what was created in it.

    Of some deals `only`, or `without` some. `otherwise` are the deals whose past was known otherwise, of any funnel.
    With `sums_only` medians, competitors and what was created are left out. A span that `slides` ends now, and begins
    so long before.
    """

    scope: Scope
    span: Span
    parts: Parts = WHOLE
    funnels: Collection[int] | None = None
    otherwise: Sequence[Otherwise] = ()
    only: list[int] | None = None
    without: Sequence[int] = ()
    sums_only: bool = False
    slides: bool = False

    @property
    def others(self) -> list[Otherwise]:
        """The deals of its funnels whose past was known otherwise."""
        return [one for one in self.otherwise if self.funnels is None or one.deal.funnel_id in self.funnels]


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
    (found,) = read([Ask(scope, span, parts, funnels, otherwise)])
    return {key: one.told for key, one in found.items()}


def read(asks: Sequence[Ask], named: Mapping[int, Rivals] | None = None) -> list[dict[Key, Closed]]:
    """The same of several, to be carried on; as many queries. Who is `named` on deals known otherwise may be known."""
    found: list[dict[Key, Closed]] = [defaultdict(Closed) for _ask in asks]
    named = named_on(asks) if named is None else named
    for place, key, one in chain(_closed(asks, named), _created(asks, named)):
        found[place][key] += one
    return found


def named_on(asks: Sequence[Ask]) -> Mapping[int, Rivals]:
    """Who is named on the deals whose past was known otherwise; two queries, none without such deals."""
    return rivals_of(sorted({key for ask in asks for key in keys_of(ask.others)}))


def lost_to_rivals(asks: Sequence[Ask], named: Mapping[int, Rivals]) -> list[dict[Key, int]]:
    """How many were lost to a competitor that was named, which is known of now alone; one query."""
    found: list[dict[Key, int]] = [defaultdict(int) for _ask in asks]
    arms = []
    for place, ask in enumerate(asks):
        rows = _rows(ask, ("lost",)).filter(RIVAL).annotate(place=Value(place, IntegerField()))
        arms.append(
            rows.exclude(deal__in=keys_of(ask.others)).values_list("place", "part").annotate(n=Count("*"))
        )
        for key, _won, _amount, _took, _quick, rival in known_closes(
            ask.others, ask.scope, ask.span, ask.parts, named
        ):
            found[place][key] += rival
    for place, key, count in arms[0].union(*arms[1:], all=True) if arms else ():
        found[place][key] += count
    return found


# A row a close: its deal, the part it counts in, whether it is a win, its amount, how many microseconds it took,
# whether it came within a day, whether it was lost to a competitor that was named; `each` where medians are wanted.
_COUNTED = """
SELECT place, part, won, count(*), sum(amount), count(took), sum(took), count(*) FILTER (WHERE quick),
  count(*) FILTER (WHERE rival), string_agg(int8send(took), ''::bytea) FILTER (WHERE each)
FROM ({arms}) AS closes (place, part, won, amount, took, quick, rival, each) GROUP BY place, part, won
"""
_ARM = """
SELECT {place}, part::{kind}, won, amount, took, quick, rival, {each}
FROM ({rows}) AS told (deal, part, won, amount, took, quick, rival) WHERE deal <> ALL(%s::bigint[])
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
    close = known_close(other, scope, span, named)
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


def _closed(asks: Sequence[Ask], named: Mapping[int, Rivals]) -> Iterator[tuple[int, Key, Closed]]:
    """What was closed, by the place of who asks."""
    kind, arms, values = _kind(asks), [], []
    for place, ask in enumerate(asks):
        for won in (True, False):
            sql, params = _told(ask, won=won).query.sql_with_params()
            if ask.parts.by == RIVALS:
                sql = _OF_RIVALS.format(rows=sql, named=NAMED)
            arms.append(_ARM.format(place=place, kind=kind, each=not ask.sums_only, rows=sql))
            values += [*params, [*keys_of(ask.others), *ask.without]]
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED.format(arms=" UNION ALL ".join(arms)), values)
        for place, key, won, count, amount, timed, took, quick, rivals, each in cursor.fetchall():
            middle = Middle.of(unpacked(each)) if each is not None else Middle()
            lengths = Took(timed, int(took or 0), quick, middle)
            yield place, key, _of(won, WinRate(won=count, won_amount=amount), lengths, rivals)
    for place, ask in enumerate(asks):
        late = known_closes(ask.others, ask.scope, ask.span, ask.parts, named)
        for key, won, amount, took, quick, rival in late:
            lengths = Took.one(took, quick=quick)
            lengths = replace(lengths, middle=Middle()) if ask.sums_only else lengths
            yield place, key, _of(won, WinRate(won=1, won_amount=amount), lengths, int(rival))


def _told(ask: Ask, *, won: bool) -> QuerySet[Any, Any]:
    """Wins or losses, with what is counted of each: either lie in an index of their own with all that is asked of visits."""
    rows = _rows(ask, ("won",) if won else LOST)
    rival: Any = Value(False) if won else flag(RIVAL)
    rows = rows.annotate(is_won=Value(won), took=_took(), quick=flag(YOUNG), rival=rival)
    told: QuerySet[Any, Any] = rows.values_list(
        "deal", "part", "is_won", "left_amount", "took", "quick", "rival"
    )
    return told


def _of(won: bool, rate: WinRate, lengths: Took, rivals: int) -> Closed:
    """These closes, which are told as wins, as what they were."""
    if won:
        return Closed(rate, won=lengths)
    return Closed(WinRate(lost=rate.won, lost_amount=rate.won_amount), lost=lengths, rivals=rivals)


def _kind(asks: Sequence[Ask]) -> str:
    """Of what kind the keys of their parts are: of one, however many ask, for a whole has none."""
    return "text" if any(ask.parts.kind == "text" for ask in asks) else "bigint"


def _rows(ask: Ask, ways: Sequence[str]) -> QuerySet[Any, Any]:
    """The closes of these ways that count, with the part each counts in."""
    rows = Visit.objects.filter(closed(ask.scope, ask.span, ask.funnels, ways)).order_by()
    rows = rows.filter(among(ask.only, "deal")) if ask.only is not None else rows
    rows = by_product(rows) if ask.parts.by == "product" else rows
    return rows.annotate(
        part=_part(ask, {"unit": "left_unit", "owner": "left_owner"}, at="left_at", deal="deal__")
    )


def _took() -> Any:
    """How many microseconds passed from the first day to the close, without the time it was closed in between."""
    cycle: Any = ExpressionWrapper(F("left_at") - F("deal__created_at"), DurationField())
    whole: Any = Microseconds(cycle)
    between: Any = Coalesce(Microseconds(shut()), 0)
    again = When(deal__reopen_count__gt=0, then=whole - between)
    return Case(again, default=whole, output_field=BigIntegerField())


def _part(ask: Ask, columns: dict[str, str], *, at: str, deal: str, kind: str = "bigint") -> Any:
    """The part a row counts in, as an expression; `deal` is the path to its deal, `at` when it counts."""
    scope, parts = ask.scope, ask.parts
    if parts.edges:
        edges = Value(list(parts.edges), ArrayField(DateTimeField()))
        place: Any = Func(F(at), edges, function="width_bucket", output_field=BigIntegerField())
        return place - 1
    if parts.by == "unit" and scope.units is not None:
        return branch_of(scope.units, unit=columns["unit"], at=columns.get("at", at))
    if parts.by == RIVALS:
        return Value("", CharField())
    told = {**columns, "source": f"{deal}source", "product": f"{deal}lines__product"}
    nothing: Any = BigIntegerField() if kind == "bigint" else CharField()
    return F(told[parts.by]) if parts.by else Cast(Value(None), nothing)


def _created(asks: Sequence[Ask], named: Mapping[int, Rivals]) -> Iterator[tuple[int, Key, Closed]]:
    """What became of the deals that were created, by the place of who asks."""
    kind, arms = _kind(asks), []
    for place, ask in enumerate(asks):
        if ask.sums_only:
            continue
        if ask.parts.by == RIVALS:
            for key, then, count in _created_against(ask):
                yield place, key, Closed(fate(then, count))
        else:
            arms.append(_born(ask, place, kind))
        for key, one in known_births(ask.others, ask.scope, ask.span, ask.parts, named):
            yield place, key, Closed(one)
    for place, key, then, count in arms[0].union(*arms[1:], all=True) if arms else ():
        yield place, key, Closed(fate(then, count))


def _deals(ask: Ask, *, visited: bool = False) -> QuerySet[Any, Any]:
    """The deals that were created, with how they stood then."""
    rows = born(ask.scope, ask.span, ask.funnels, visited=visited)
    rows = rows.filter(among(ask.only)) if ask.only is not None else rows
    return rows.exclude(pk__in=keys_of(ask.others))


def _born(ask: Ask, place: int, kind: str) -> Any:
    """The same, counted by the parts they were created in."""
    rows: Any = _deals(ask, visited=ask.parts.by in ("unit", "owner"))
    several = ask.parts.by == "product"  # a deal may have several lines of one product
    rows = rows.filter(lines__isnull=False) if several else rows
    columns = {"unit": "visits__unit", "owner": "visits__owner", "at": "visits__entered_at"}
    part = _part(ask, columns, at="created_at", deal="", kind=kind)
    told = rows.annotate(place=Value(place, IntegerField()), part=part).values_list("place", "part", "then")
    return told.annotate(n=Count("pk", distinct=several))


def _created_against(ask: Ask) -> list[tuple[Any, ...]]:
    """The same, by the competitors named on them."""
    sql, values = _deals(ask).values_list("pk", "then").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_BORN_OF_RIVALS.format(rows=sql, named=NAMED), values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
