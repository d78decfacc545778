"""Counting a waterfall (M13): most deals in the database, those whose way is not plain one by one.

Plain is a deal all of whose states between the two instants count in the scope and that nothing late is known of: the
database compares how it stood at both ends (`_SORTED` says what `figures.waterfall.crossing` says). By hand go deals
that were handed over, closed more than once, or whose facts became known after one of the instants.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import RawSQL

from loudou.insight.figures.flow import LIVE, Amounts
from loudou.insight.figures.scope import Belonging, Scope, always
from loudou.insight.figures.waterfall import Between, Crossing, Rates, Waterfall, crossing, waterfall
from loudou.insight.queries.scope import ever, which, whose
from loudou.kernel.numbers import ZERO
from loudou.people.models import Organisation, Rate
from loudou.pipeline.figures.history import Fact, History, as_known, unfold
from loudou.pipeline.models import Deal, Move, State
from loudou.pipeline.queries.funnels import stage_orders
from loudou.pipeline.queries.history import facts_of
from loudou.ui.prepared import among

RateTable = Mapping[tuple[str, str], Sequence[Rate]]
_STATE = (
    "deal",
    "funnel",
    "seq",
    "since",
    "until",
    "outcome",
    "amount",
    "currency",
    "base_amount",
    "expected_on",
)


@dataclass(frozen=True)
class Asked:
    """Which waterfall: between which instants, of which deals; `only` names them one by one."""

    between: Between
    scope: Scope
    funnels: Collection[int] | None = None
    only: Collection[int] | None = None

    @property
    def named(self) -> Q:
        """Rows of the deals named one by one; all rows where none are."""
        if self.only is None:
            return Q()
        # As one value: planning a thousand of them would take longer than reading their rows.
        return Q(deal__in=RawSQL("SELECT unnest(%s::bigint[])", [list(self.only)]))


@dataclass(frozen=True)
class Past:
    """A deal's facts, and the places of its funnel's stages."""

    facts: Sequence[Fact]
    order: Mapping[int, int]
    funnel: int = 0
    _unfolded: dict[tuple[int, ...], History] = field(default_factory=dict, compare=False, repr=False)

    def known(self, at: datetime, *, by: datetime | None = None) -> History | None:
        """How it was known before an instant; with `by`, what had happened before it as far as it is known by then."""
        told = as_known(self.facts, by or at)
        told = [fact for fact in told if fact.at < at]
        if not told:
            return None
        # One page asks for several instants, and between most of them nothing happened to the deal.
        key = tuple(map(id, told))
        if key not in self._unfolded:
            self._unfolded[key] = unfold(told, self.order)
        return self._unfolded[key]


@dataclass(frozen=True)
class Found:
    """A waterfall, with the ways of the deals that were counted by hand and of those known late."""

    waterfall: Waterfall
    by_hand: Mapping[int, Crossing]
    late: Sequence[int]  # that no statement can know: known late, or of units that moved meanwhile
    pasts: Mapping[int, Past]  # of both


def count(
    asked: Asked, late: Mapping[int, int] | None = None, *, known: Mapping[int, Past] | None = None
) -> Found:
    """The whole waterfall; one query, and where some of its deals go by hand two more.

    `late` are deals that no statement can know, and perhaps others, with their funnels (`late_deals`, which asks once
    more where they are not at hand); `known` are pasts that are at hand.
    """
    (found,), _pasts = count_each([asked], late_deals(asked) if late is None else late, known)
    return found


def count_each(
    some: Sequence[Asked], late: Mapping[int, int], known: Mapping[int, Past] | None = None
) -> tuple[list[Found], dict[int, Past]]:
    """The same of several waterfalls, and the pasts of the late deals: a query each, and two more for all that go by hand.

    Late ones and others are read together, so that it asks as often whether there are both or only some of either.
    """
    at_hand = known or {}
    those = [_of_these(late, asked) for asked in some]
    counted = [_plainly(asked, sorted(mine)) for asked, mine in zip(some, those, strict=True)]
    wanted = dict(late)
    for _sums, unplain in counted:
        wanted |= unplain
    missing = {key: funnel for key, funnel in wanted.items() if key not in at_hand}
    pasts = {**at_hand, **load(missing, {past.funnel: past.order for past in at_hand.values()})}
    found = [
        _with_those_by_hand(asked, sums, _some(pasts, mine), _some(pasts, keys))
        for asked, mine, (sums, keys) in zip(some, those, counted, strict=True)
    ]
    return found, _some(pasts, late)


def _with_those_by_hand(
    asked: Asked, sums: Waterfall, late: Mapping[int, Past], others: Mapping[int, Past]
) -> Found:
    by_hand = {**late, **others}
    ways = crossings(by_hand, asked)
    return Found(sums + waterfall(ways.values()), ways, sorted(late), by_hand)


def _plainly(asked: Asked, late: Sequence[int]) -> tuple[Waterfall, dict[int, int]]:
    """What the database counts, and the deals that go by hand with their funnels; `late` are left out."""
    unplain: dict[int, int] = {}
    sums = Waterfall()
    sql, params = _sorted(asked, late)
    with connection.cursor() as cursor:
        cursor.execute(_SUMS.format(sorted=sql), params)
        for row in cursor.fetchall():
            entry, exit, deals, came, went, up, ups, down, downs, fx, fxs, keys, funnels = row
            if entry == "hand":
                unplain |= dict(zip(keys, funnels, strict=True))
                continue
            parts = [
                (entry, deals, came),
                (exit, deals, went),
                ("increase", ups, up),
                ("decrease", downs, down),
                ("fx", fxs, fx),
            ]
            sums += Waterfall({name: Amounts(number, amount or ZERO) for name, number, amount in parts})
    return sums, unplain


def late_deals(asked: Asked, *, also: datetime | None = None) -> dict[int, int]:
    """Deals that no statement can know, with their funnels: late ones and those of units that moved; `also` is a third
    instant that counts."""
    others = [also] if also is not None else []
    return {**dict(known_late(asked, also=others)), **_turning(asked)}


def largest(bucket: str, asked: Asked, found: Found, *, most: int) -> list[int]:
    """The deals of a bucket that bring most to it, at most so many; one query."""
    sql, params = _sorted(asked, found.late)
    with connection.cursor() as cursor:
        cursor.execute(_LARGEST.format(sorted=sql, brought=_BROUGHT[bucket]), [*params, most])
        rows: list[tuple[int, Decimal]] = cursor.fetchall()
    rows += [(key, way.buckets()[bucket]) for key, way in found.by_hand.items() if bucket in way.buckets()]
    rows.sort(key=lambda row: (-abs(row[1]), row[0]))
    return [key for key, _amount in rows[:most]]


def load(
    funnels: Mapping[int, int], orders: Mapping[int, Mapping[int, int]] | None = None
) -> dict[int, Past]:
    """The pasts of these deals, given with their funnels; one query, and one for the orders that are not at hand."""
    if not funnels:
        return {}
    known = dict(orders or {})
    known |= stage_orders(set(funnels.values()) - set(known))
    facts = facts_of(list(funnels))
    return {key: Past(facts[key], known[funnel], funnel) for key, funnel in funnels.items()}


def crossings(
    pasts: Mapping[int, Past], asked: Asked, *, known: datetime | None = None
) -> dict[int, Crossing]:
    """The ways of these deals; with `known`, as if all that is known by then had been known in time."""
    between = asked.between
    ways = {
        key: crossing(past.known(between.since, by=known), past.known(between.until, by=known), between)
        for key, past in pasts.items()
    }
    return {key: way for key, way in ways.items() if way is not None}


def known_late(asked: Asked, *, also: Collection[datetime] = ()) -> list[tuple[int, int]]:
    """The scope's deals, with their funnels, whose facts had happened before one of the instants, not known then (B0.1).

    `also` are instants that count too, none before the first one.
    """
    since = asked.between.since
    missed = Q()
    for edge in dict.fromkeys((since, asked.between.until, *also)):
        missed |= Q(at__lt=edge, known_at__gte=edge)
    late = Move.objects.filter(missed, asked.named, known_at__gt=F("at"), known_at__gte=since)
    # The few that are late first, and then whose they are: not the facts of whoever the scope has.
    keys = ArraySubquery(late.order_by().values("deal"))
    deals = Deal.objects.filter(which(asked.scope, deal=""), ever(asked.scope, deal="pk"), among(keys))
    if asked.funnels is not None:
        deals = deals.filter(funnel__in=asked.funnels)
    return sorted(deals.values_list("pk", "funnel"))


def _of_these(late: Mapping[int, int], asked: Asked) -> dict[int, int]:
    """Those of the deals that are asked for, where they are named one by one."""
    if asked.only is None:
        return dict(late)
    named = set(asked.only)
    return {key: funnel for key, funnel in late.items() if key in named}


def _some(pasts: Mapping[int, Past], keys: Iterable[int]) -> dict[int, Past]:
    return {key: pasts[key] for key in keys}


def rates_of(view: str, since: datetime, until: datetime, table: RateTable, company: Organisation) -> Rates:
    """The rates of a view: `plan`, those planned at the first instant; `current`, the spot rates of the day."""
    known = sorted({currency for currency, _kind in table} - {company.base_currency})

    def on(currency: str, at: datetime, kind: str = "spot") -> Decimal:
        day = at.astimezone(company.zone).date()
        told = [*table.get((currency, kind), []), *table.get((currency, "plan"), [])]  # newest first
        in_force = next((rate.rate for rate in told if rate.valid_from <= day), None)
        if in_force is not None or not told:
            return in_force or Decimal(1)
        return told[-1].rate

    if view == "current":
        return Rates(
            {currency: on(currency, since) for currency in known},
            {currency: on(currency, until) for currency in known},
            on,
            frozen=True,
        )
    planned = {currency: on(currency, since, "plan") for currency in known}
    return Rates(planned, planned)


def _sorted(asked: Asked, late: Sequence[int]) -> tuple[str, list[Any]]:
    """The statement that gives every deal's way: entry, exit, came, unmoved, went."""
    between, scope = asked.between, asked.scope
    since, until, window = between.since, between.until, between.window
    scoped = scope.owner is not None or scope.units is not None
    rows, params = _states(asked, late)
    first, end = (window.start, window.end) if window is not None else (None, None)
    names = {
        "rows": rows,
        "rates": _rates_table(between.rates),
        # Of a part of the company the chain of states may have gaps, where others had the deal.
        "broken": "(n <> hi - lo + 1 OR (lo > 0 AND began >= %s) OR NOT reached)" if scoped else "false",
        "due0": "d0 >= %s AND d0 < %s" if window is not None else "true",
        "due1": "d1 >= %s AND d1 < %s" if window is not None else "true",
        "in_time": "(won_at AT TIME ZONE %s)::date >= %s AND (won_at AT TIME ZONE %s)::date < %s"
        if window is not None
        else "true",
        "won": "b1" if between.rates.frozen else "round(a1 * r1, 2)",
    }
    edges: list[Any] = [first, end] if window is not None else []
    zone = str(between.zone)
    timed: list[Any] = [zone, first, zone, end] if window is not None else []
    currencies = sorted({*between.rates.start, *between.rates.end})
    table: list[Any] = []
    for currency in currencies:
        table += [currency, between.rates.start.get(currency, 1), between.rates.end.get(currency, 1)]
    values: list[Any] = [*params, since, since, since, since, *[until] * 6, *table]
    values += [*edges, *edges, *timed, *([since] if scoped else [])]
    values += [since]
    return _SORTED.format(**names), values


def _states(asked: Asked, late: Sequence[int]) -> tuple[str, list[Any]]:
    """The states that stood at the first instant, and those that began since, as one statement."""
    stood, came = _overlapping(asked, always(one.unit for one in _units(asked, steady=True)))
    if late:
        stood, came = stood.exclude(deal__in=late), came.exclude(deal__in=late)
    parts = [part.values_list(*_STATE).query.sql_with_params() for part in (stood, came)]
    sql = " UNION ALL ".join(f"({part})" for part, _params in parts)
    return sql, [value for _part, params in parts for value in params]


def _overlapping(asked: Asked, units: tuple[Belonging, ...]) -> tuple[QuerySet[State], QuerySet[State]]:
    """States of these units (of all, where the scope names none): live ones at the first instant, all that began since."""
    between, scope = asked.between, asked.scope
    if scope.units is not None:
        scope = replace(scope, units=units)
    wanted = whose(scope) & which(scope) & asked.named
    if asked.funnels is not None:
        wanted &= Q(funnel__in=asked.funnels)
    states = State.objects.filter(wanted).order_by()
    after = Q(until=None) | Q(until__gte=between.since)
    stood = states.filter(after, since__lt=between.since, outcome__in=LIVE)
    return stood, states.filter(since__gte=between.since, since__lt=between.until)


def _units(asked: Asked, *, steady: bool) -> list[Belonging]:
    """The scope's units that count all the time between the instants; or those that do for some of it only."""
    since, until = asked.between.since, asked.between.until
    touching = [
        one
        for one in asked.scope.units or ()
        if (one.since is None or one.since <= until) and (one.until is None or one.until > since)
    ]
    return [one for one in touching if (one.at(since) and one.at(until)) is steady]


def _turning(asked: Asked) -> dict[int, int]:
    """Deals, with their funnels, of units that came or went meanwhile: the chain of their states says nothing."""
    units = _units(asked, steady=False)
    if not units:
        return {}
    stood, came = _overlapping(asked, always(one.unit for one in units))
    return dict(stood.values_list("deal", "funnel").union(came.values_list("deal", "funnel")))


def _rates_table(rates: Rates) -> str:
    currencies = sorted({*rates.start, *rates.end})
    if not currencies:
        return "(VALUES (''::text, 1::numeric, 1::numeric))"
    return "(VALUES {})".format(", ".join(["(%s::text, %s::numeric, %s::numeric)"] * len(currencies)))


# One row a deal: how it stood at the first instant (0) and at the second (1), and what happened in between.
_SORTED = """
WITH rows (deal, funnel, seq, since, until, outcome, amount, currency, base, due) AS ({rows}),
ends AS (
  SELECT deal, max(funnel) AS funnel, min(seq) AS lo, max(seq) AS hi, count(*) AS n, min(since) AS began,
    max(amount) FILTER (WHERE since < %s) AS a0, max(currency) FILTER (WHERE since < %s) AS c0,
    max(due) FILTER (WHERE since < %s) AS d0,
    bool_or(since >= %s AND outcome IN ('open', 'on_hold')) AS lived,
    max(amount) FILTER (WHERE until IS NULL OR until >= %s) AS a1,
    max(currency) FILTER (WHERE until IS NULL OR until >= %s) AS c1,
    max(base) FILTER (WHERE until IS NULL OR until >= %s) AS b1,
    max(due) FILTER (WHERE until IS NULL OR until >= %s) AS d1,
    max(outcome) FILTER (WHERE until IS NULL OR until >= %s) AS o1,
    bool_or(until IS NULL OR until >= %s) AS reached,
    max(since) AS won_at, count(*) FILTER (WHERE outcome NOT IN ('open', 'on_hold')) AS closes
  FROM rows GROUP BY deal
),
rates (currency, start, until) AS {rates},
valued AS (
  SELECT ends.*, coalesce(r.start, 1) AS r0, coalesce(s.start, 1) AS r01, coalesce(s.until, 1) AS r1,
    coalesce({due0}, false) AS due0, coalesce({due1}, false) AS due1, {in_time} AS in_time, {broken} AS broken,
    o1 IN ('open', 'on_hold') AS live
  FROM ends LEFT JOIN rates r ON r.currency = c0 LEFT JOIN rates s ON s.currency = c1
),
ways AS (
  SELECT *, CASE
      WHEN broken OR closes > 1 THEN 'hand'
      WHEN a0 IS NOT NULL AND due0 THEN 'start'
      WHEN a0 IS NOT NULL THEN 'moved_in'
      WHEN lo = 0 AND began >= %s THEN 'new'
      WHEN lived THEN 'reopened'
      ELSE 'hand' END AS entry,
    CASE WHEN live AND due1 THEN 'end' WHEN live THEN 'moved_out' WHEN o1 = 'won' THEN 'won' ELSE 'lost' END AS exit
  FROM valued
),
sorted AS (
  SELECT deal, funnel, entry, exit,
    CASE WHEN entry = 'start' THEN round(a0 * r0, 2) ELSE went END AS came,
    CASE WHEN entry = 'start' AND exit IN ('end', 'won') THEN round(a1 * r01, 2) - round(a0 * r0, 2) ELSE 0 END
      AS change,
    CASE WHEN entry = 'start' AND exit IN ('end', 'won') THEN went - round(a1 * r01, 2) ELSE 0 END AS fx,
    CASE WHEN entry = 'start' AND exit IN ('lost', 'moved_out') THEN round(a0 * r0, 2) ELSE went END AS went
  FROM (SELECT *, CASE WHEN exit = 'won' THEN {won} ELSE round(a1 * r1, 2) END AS went FROM ways) AS w
  WHERE entry IN ('hand', 'start')
    OR (exit <> 'moved_out' AND CASE WHEN exit = 'won' THEN in_time ELSE due1 AND o1 <> 'invalid' END)
)
"""
_SUMS = """{sorted}
SELECT CASE WHEN entry = 'hand' THEN 'hand' ELSE entry END, CASE WHEN entry = 'hand' THEN '' ELSE exit END,
  count(*), sum(came), sum(went),
  sum(greatest(change, 0)), count(*) FILTER (WHERE change > 0),
  sum(greatest(-change, 0)), count(*) FILTER (WHERE change < 0),
  sum(fx), count(*) FILTER (WHERE fx <> 0),
  array_agg(deal) FILTER (WHERE entry = 'hand'), array_agg(funnel) FILTER (WHERE entry = 'hand')
FROM sorted GROUP BY 1, 2
"""
_BROUGHT = defaultdict(
    str,
    {
        **{
            name: f"CASE WHEN entry = '{name}' THEN came END"
            for name in ("start", "new", "reopened", "moved_in", "transfer_in")
        },
        **{
            name: f"CASE WHEN exit = '{name}' THEN went END"
            for name in ("end", "won", "lost", "moved_out", "transfer_out")
        },
        "increase": "CASE WHEN change > 0 THEN change END",
        "decrease": "CASE WHEN change < 0 THEN -change END",
        "fx": "CASE WHEN fx <> 0 THEN fx END",
    },
)
_LARGEST = """{sorted}
SELECT deal, {brought} AS brought FROM sorted
WHERE entry <> 'hand' AND {brought} IS NOT NULL ORDER BY abs({brought}) DESC, deal LIMIT %s
"""
