"""The statement of a waterfall (M13): the way of every deal between two instants, as far as the database can tell it.

It compares how a deal stood at both ends (`SUMS` says what `figures.waterfall.crossing` says), and says of the deals
whose way is not plain that they go by hand, with how they stood from the one instant to the other.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.lookups import GreaterThanOrEqual, LessThan

from loudou.insight.figures.flow import LIVE, Amounts
from loudou.insight.figures.scope import Belonging, Scope, always, just_before
from loudou.insight.figures.slippage import Outcomes, ended
from loudou.insight.figures.waterfall import Between, Rates
from loudou.insight.queries.conditions import AsItIs, apart, at_an_instant, with_units
from loudou.insight.queries.scope import had_by, which, whose
from loudou.kernel.numbers import ZERO
from loudou.kernel.periods import Period
from loudou.pipeline.figures.history import History, Stand
from loudou.pipeline.models import Move, State
from loudou.pipeline.models.history import HANDED
from loudou.ui.prepared import among

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
Told = tuple[str, list[Any]]  # a piece of a statement with its values
_ALWAYS: Told = ("true", [])
_NEVER: Told = ("false", [])
# How a deal stood, as JSON: numbers as text, since they are decimals.
_STAND = (
    *("since", "until", "outcome", "owner_id", "unit_id", "amount::text", "currency"),
    *("base_amount::text", "expected_on"),
)
_FIRST = ("deal", "amount", "currency", "expected_on")
# Of so many units what stood there is read unit by unit; of more, with what stood anywhere, from an index that tells all
# that is asked.
FEW = 20
_LAST = tuple(name for name in _STATE if name not in ("seq", "until"))


@dataclass(frozen=True)
class Asked:
    """Which waterfall: between which instants, of which deals; `only` names them one by one.

    What became of those that stood at the first instant, to be closed in the period `begun` (None: whenever it was), is
    counted with it (M11).
    """

    between: Between
    scope: Scope
    funnels: Collection[int] | None = None
    only: Collection[int] | None = None
    begun: Period | None = None

    @property
    def whole(self) -> bool:
        """Whether the whole company is asked for: no deal comes into it or leaves it by being handed over."""
        return self.scope.owner is None and self.scope.units is None and self.only is None

    @property
    def by_units(self) -> bool:
        """Whether some units are asked for, whoever has their deals."""
        return self.scope.units is not None and self.scope.owner is None and self.only is None

    @property
    def few(self) -> bool:
        """Whether these units are so few that each is looked through for itself."""
        return len(self.scope.units or ()) <= FEW

    @property
    def named(self) -> Q:
        """Rows of the deals named one by one; all rows where none are."""
        if self.only is None:
            return Q()
        # As one value: planning a thousand of them would take longer than reading their rows.
        return Q(deal__in=RawSQL("SELECT unnest(%s::bigint[])", [list(self.only)]))


class Group(NamedTuple):
    """Deals that go one way (a row of `SUMS`), with what they stood at, now stand at in the rates of the start, and go
    with; or one `deal` that goes by hand.

    `won` are those that are won, in the window or outside of it. `begun` are those of `Asked.begun`, `still` if they are
    expected in it now; `brought` is what those of them won brought.
    """

    entry: str
    exit: str
    counts: bool
    won: bool
    begun: bool
    still: bool
    grew: bool
    shrank: bool
    turned: bool
    deals: int
    stood: Decimal | None
    unmoved: Decimal
    went: Decimal
    brought: Decimal | None
    deal: int
    funnel: int
    stands: str | None  # of the one deal, as JSON (`Seen.read`)

    @property
    def buckets(self) -> dict[str, Amounts]:
        """What they bring to each bucket, as `Crossing.buckets` says it of one of them."""
        stood, gone = self.stood or ZERO, self.went
        lost = self.exit in ("lost", "moved_out")
        if self.entry != "start":
            return {self.entry: Amounts(self.deals, gone), self.exit: Amounts(self.deals, gone)}
        found = {"start": Amounts(self.deals, stood), self.exit: Amounts(self.deals, stood if lost else gone)}
        if lost:
            return found
        if self.grew:
            found["increase"] = Amounts(self.deals, self.unmoved - stood)
        if self.shrank:
            found["decrease"] = Amounts(self.deals, stood - self.unmoved)
        if self.turned:
            found["fx"] = Amounts(self.deals, gone - self.unmoved)
        return found

    @property
    def ended(self) -> Outcomes:
        """What became of them (M11)."""
        outcome = "won" if self.won else "lost" if self.exit == "lost" else "open"
        return ended(outcome, self.still, Amounts(self.deals, self.stood or ZERO), self.brought or ZERO)


@dataclass(frozen=True)
class Seen:
    """How a deal stood from one instant to another, of which nothing became known late: what its facts tell."""

    stands: Sequence[Stand]

    def known(self, at: datetime, *, by: datetime | None = None) -> History | None:
        """How it stood before one of the two instants; nothing else was known `by` a later one."""
        told = [stand for stand in self.stands if stand.since < at]
        return History((*told[:-1], told[-1]._replace(until=None)), ()) if told else None

    @classmethod
    def read(cls, plain: str) -> Seen:
        """From `Group.stands`."""
        return cls([_stand(*row) for row in json.loads(plain)])


def _stand(since: str, until: str | None, *rest: Any) -> Stand:
    outcome, owner, unit, amount, currency, base, due = rest
    return Stand(
        since=datetime.fromisoformat(since),
        until=datetime.fromisoformat(until) if until is not None else None,
        outcome=outcome,
        stage=0,  # no way depends on it
        owner=owner,
        unit=unit,
        amount=Decimal(amount),
        currency=currency,
        base_amount=Decimal(base),
        expected_on=date.fromisoformat(due) if due is not None else None,
        probability=None,
        category="",
    )


def statement(asked: Asked, late: Sequence[int], *, moved: bool = False) -> tuple[str, list[Any]]:
    """The statement of every deal's way (`_VALUED`), to which `SUMS` or `LARGEST` says what is wanted of it.

    With `moved` those that stand at the second instant as they stood at the first may be left out: they came in by
    none of the doors, went out by none, and brought no change.
    """
    between, scope = asked.between, asked.scope
    window, begun, rates, since = between.window, asked.begun, between.rates, [between.since]
    scoped = scope.owner is not None or scope.units is not None
    by_ends = asked.whole or asked.by_units
    steady = rates.start == rates.end
    said: dict[str, Told] = {  # in the order in which the statement says it
        "ends": _ends_at_once(asked, late, moved=moved and steady) if by_ends else _ends_of_part(asked, late),
        # Of a person the chain of states may have gaps, where others had the deal.
        "broken": ("broken", [])
        if by_ends
        else ("n <> hi - lo + 1 OR (lo > 0 AND began >= %s) OR NOT reached", since)
        if scoped
        else _NEVER,
        "due0": _due("d0", window),
        "due1": _due("d1", window),
        "in_time": _due("(won_at AT TIME ZONE %s)::date", window, str(between.zone)),
        "begun": _due("d0", begun),
        "still": _due("d1", begun),
        "v0": _turned("a0", "c0", rates.start, rates),
        "v1": _turned("a1", "c1", rates.end, rates),
        "unmoved": ("NULL", []) if steady else _turned("a1", "c1", rates.start, rates),
        "fresh": ("NOT was_closed", []) if by_ends else ("lo = 0 AND began >= %s", since),
    }
    ends = {"v01": "v1" if steady else "unmoved", "won": "b1" if rates.frozen else "v1"}
    sql = _VALUED.format(**ends, **{name: words for name, (words, _values) in said.items()})
    return sql, [value for _words, values in said.values() for value in values]


def _due(day: str, window: Period | None, *zone: str) -> Told:
    """Whether a day lies in a window; always, where there is none."""
    if window is None:
        return _ALWAYS
    return f"coalesce({day} >= %s AND {day} < %s, false)", [*zone, window.start, *zone, window.end]


def _turned(amount: str, currency: str, rates: Mapping[str, Decimal], both: Rates) -> Told:
    """An amount in its own currency at these rates, to the smallest unit of what it is turned into."""
    if not rates:
        return amount, []
    places = -int(both.unit.as_tuple().exponent)
    cases = f" WHEN %s THEN round({amount} * %s::numeric, %s)" * len(rates)
    values = [value for name, rate in sorted(rates.items()) for value in (name, rate, places)]
    return f"CASE {currency}{cases} ELSE {amount} END", values


def _ends_of_part(asked: Asked, late: Sequence[int]) -> Told:
    """How deals of a person, or those that are named, stood at both ends: from all of their states between."""
    since, until = asked.between.since, asked.between.until
    states = overlapping(asked, always(one.unit for one in units_in(asked, steady=True)))
    rows, params = at_once([states], _STATE)
    return _PART.format(rows=rows), [*params, list(late), *[since] * 4, *[until] * 6]


def _ends_at_once(asked: Asked, late: Sequence[int], *, moved: bool) -> Told:
    """How deals stood at both ends, from the states of these: no deal's way depends on what lies between, but for closes
    that were undone and, of some units, for deals that came to them or left them.

    The past of a deal has no gaps: whichever stood at the first instant stands at the second, or was closed since.
    """
    since, until = asked.between.since, asked.between.until
    mine = asked if asked.whole else _of(asked, units_in(asked, steady=True))
    (first, firsts), (last, lasts) = _edges(mine, few=not asked.whole and asked.few, moved=moved)
    closed = _wanted(_of(asked, None)).exclude(outcome__in=LIVE).filter(until__gte=since, until__lt=until)
    undone, undones = at_once([closed], ("deal", "since", "until"))
    values = [*lasts, *firsts, since, since, *undones, list(late)]
    told = _ENDS.format(first=first, last=last, undone=undone)
    if asked.whole:
        return f"ends AS ({told})", values
    handed, handeds = _handed(mine)
    return _BUT_HANDED.format(handed=handed, told=told), [*handeds, *values, list(late)]


def _edges(asked: Asked, *, few: bool, moved: bool) -> tuple[Told, Told]:
    """The states of both instants: live ones at the first, live ones and closes at the second.

    With `moved` only those that ended, or began, in between: which deal stands as it stood has neither.
    """
    between, states = asked.between, _wanted(_of(asked, None))
    first = last = states.filter(outcome__in=LIVE)
    if moved:
        first, last = first.filter(until__lt=between.until), last.filter(since__gte=between.since)
    if asked.whole:
        every = [*apart(last, between.until), _closed(states, between)]
        return at_an_instant(first, between.since, _FIRST), at_once(every, _LAST)
    units = [one.unit for one in asked.scope.units or ()]
    closes = _closed(states.filter(among(units, "unit")), between)
    if few:
        live, values = with_units(last, between.until, units, _LAST)
        closed, more = at_once([closes], _LAST)
        ends = f"{live} UNION ALL {closed}", [*values, *more]
        return with_units(first, between.since, units, _FIRST), ends
    first, last = first.filter(among(units, "unit")), last.filter(among(units, "unit"))
    return at_an_instant(first, between.since, _FIRST), at_once([*apart(last, between.until), closes], _LAST)


def _handed(asked: Asked) -> Told:
    """Deals that were handed over between the instants and were these units' for only some of the time, with their funnels."""
    between, units = asked.between, [one.unit for one in asked.scope.units or ()]
    told = Move.objects.filter(HANDED, at__gte=between.since, at__lt=between.until).order_by()
    keys = had_by(asked.scope, ArraySubquery(told.values("deal")))
    states = _between(_wanted(_of(asked, None)).filter(among(keys, "deal")), between)
    rows, values = at_once([states], ("deal", "funnel", "unit"))
    return _HANDED.format(rows=rows), [*values, units, units]


def _of(asked: Asked, units: Iterable[Belonging] | None) -> Asked:
    """The same of these units, whenever they count; None: of all."""
    there = always(one.unit for one in units) if units is not None else None
    return replace(asked, scope=replace(asked.scope, units=there))


def at_once(parts: Iterable[QuerySet[Any, Any]], names: Sequence[str]) -> tuple[str, list[Any]]:
    """These columns of all parts as one statement, with its values."""
    told = [part.values_list(*names).query.sql_with_params() for part in parts]
    values = [value for _sql, some in told for value in some]
    return " UNION ALL ".join(f"({sql})" for sql, _values in told), values


def overlapping(asked: Asked, units: tuple[Belonging, ...]) -> QuerySet[State]:
    """States of these units (of all, where the scope names none): live ones at the first instant, all that began since.

    Of an owner an index has them in order; of units all are read.
    """
    scope = asked.scope if asked.scope.units is None else replace(asked.scope, units=units)
    ordered = scope.owner is not None or asked.only is not None
    return _between(_wanted(replace(asked, scope=scope)), asked.between, ordered=ordered)


def _between(states: QuerySet[State], between: Between, *, ordered: bool = False) -> QuerySet[State]:
    began: Any = F("since") if ordered else AsItIs("since")
    return states.filter(
        Q(until=None) | Q(until__gte=between.since),
        Q(GreaterThanOrEqual(began, between.since)) | Q(outcome__in=LIVE),
        LessThan(began, between.until),
    )


def at_the_end(asked: Asked) -> list[QuerySet[State]]:
    """States at the second instant, in parts: all live ones, and closes since the first."""
    between, states = asked.between, _wanted(asked)
    return [*apart(states.filter(outcome__in=LIVE), between.until), _closed(states, between)]


def _closed(states: QuerySet[State], between: Between) -> QuerySet[State]:
    """Closes since the first instant that stood at the second."""
    closed = states.exclude(outcome__in=LIVE).filter(since__gte=between.since, since__lt=between.until)
    return closed.filter(Q(until=None) | Q(until__gte=between.until))


def _wanted(asked: Asked) -> QuerySet[State]:
    wanted = whose(asked.scope) & which(asked.scope) & asked.named
    if asked.funnels is not None:
        wanted &= Q(funnel__in=asked.funnels)
    return State.objects.filter(wanted).order_by()


def units_in(asked: Asked, *, steady: bool) -> list[Belonging]:
    """The scope's units that count all the time between the instants; or those that do for some of it only."""
    since, until = just_before(asked.between.since), just_before(asked.between.until)
    touching = [
        one
        for one in asked.scope.units or ()
        if (one.since is None or one.since <= until) and (one.until is None or one.until > since)
    ]
    return [one for one in touching if (one.at(since) and one.at(until)) is steady]


# One row a deal: how it stood at the first instant (0) and at the second (1), and what happened in between.
_PART = """
rows AS (
  SELECT * FROM ({rows}) AS told (deal, funnel, seq, since, until, outcome, amount, currency, base, due)
  WHERE deal <> ALL(%s::bigint[])
),
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
)"""
_HANDED = """
  SELECT deal, max(funnel) AS funnel FROM ({rows}) AS told (deal, funnel, unit)
  GROUP BY deal
  HAVING bool_or(coalesce(unit = ANY(%s), false)) AND NOT bool_and(coalesce(unit = ANY(%s), false))"""
# A deal that was closed, and closed again later than that was undone, lived in between.
_ENDS = """
  SELECT deal, funnel, a0, c0, d0, outcome IN ('open', 'on_hold') OR coalesce(was_closed AND since > ended, false) AS lived,
    amount AS a1, currency AS c1, base AS b1, due AS d1, outcome AS o1, since AS won_at,
    coalesce(was_closed, false) AS was_closed,
    coalesce(closes, 0) + CASE WHEN outcome IN ('open', 'on_hold') THEN 0 ELSE 1 END AS closes, false AS broken
  FROM ({last}) AS last (deal, funnel, since, outcome, amount, currency, base, due)
  LEFT JOIN ({first}) AS first (deal, a0, c0, d0) USING (deal)
  LEFT JOIN (
    SELECT deal, bool_or(since < %s) AS was_closed, count(*) FILTER (WHERE since >= %s) AS closes, max(until) AS ended
    FROM ({undone}) AS undone (deal, since, until) GROUP BY deal
  ) AS undone USING (deal)
  WHERE deal <> ALL(%s::bigint[])"""
_BUT_HANDED = """
handed AS MATERIALIZED ({handed}),
ends AS ({told} AND deal NOT IN (SELECT deal FROM handed)
  UNION ALL
  SELECT deal, funnel, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false, 0, true
  FROM handed WHERE deal <> ALL(%s::bigint[])
)"""
# One row a deal: what decides about its way, and its amounts. `OFFSET 0` has each told once, where the database would
# tell it again for each sum; written down (`MATERIALIZED`) a million deals take longer than counted.
_VALUED = """
WITH {ends},
valued AS (
  SELECT told.*, {v01} AS v01, CASE WHEN won THEN {won} ELSE v1 END AS went
  FROM (
    SELECT deal, funnel, b1, a0 IS NOT NULL AS stood, fresh, o1 IN ('open', 'on_hold') AS live,
      o1 = 'won' AS won, o1 = 'invalid' AS invalid,
      {broken} OR closes > 1 OR NOT (a0 IS NOT NULL OR lived OR fresh) AS by_hand,
      {due0} AS due0, {due1} AS due1, {in_time} AS in_time, a0 IS NOT NULL AND {begun} AS begun, {still} AS still,
      {v0} AS v0, {v1} AS v1, {unmoved} AS unmoved
    FROM (SELECT *, {fresh} AS fresh FROM ends) AS ends
    OFFSET 0
  ) AS told
)
"""
# By which door a deal comes in and by which it goes out, and whether it counts at all.
_ENTRY = """CASE WHEN by_hand THEN 'hand' WHEN stood AND due0 THEN 'start' WHEN stood THEN 'moved_in'
    WHEN fresh THEN 'new' ELSE 'reopened' END AS entry"""
_EXIT = """CASE WHEN live AND due1 THEN 'end' WHEN live OR (won AND NOT in_time) THEN 'moved_out' WHEN won THEN 'won'
    ELSE 'lost' END AS exit"""
_COUNTS = """(by_hand OR (stood AND due0) OR
    (NOT (live AND NOT due1) AND CASE WHEN won THEN in_time ELSE due1 AND NOT invalid END)) AS counts"""
# What deals are grouped by: alike in all of it, they go one way, and their amounts can be added up.
_ALIKE = {
    **{name: name for name in ("stood", "fresh", "live", "won", "invalid", "due0", "due1", "in_time")},
    **{name: name for name in ("begun", "still")},
    "grew": "v01 > v0",
    "shrank": "v01 < v0",
    "turned": "went <> v01",
}
_KEY = " + ".join(f"CASE WHEN {told} THEN {1 << bit} ELSE 0 END" for bit, told in enumerate(_ALIKE.values()))
_READ = ", ".join(f"key & {1 << bit} > 0 AS {name}" for bit, name in enumerate(_ALIKE))
# How a deal that goes by hand stood from the one instant to the other.
_STANDS = f"""
SELECT jsonb_agg(jsonb_build_array({", ".join(_STAND)}) ORDER BY seq)::text FROM pipeline_state
WHERE deal_id = deal AND since < %s AND (until IS NULL OR until >= %s)"""  # noqa: S608 - words of this file
# A row a group: its way, what becomes of the start, how many and how much; or one of a deal that goes by hand.
SUMS = f"""{{valued}}, groups AS (
  SELECT CASE WHEN by_hand THEN -deal ELSE {_KEY} END AS key, max(funnel) AS funnel, count(*) AS deals,
    sum(v0) AS v0, sum(v01) AS v01, sum(went) AS went, sum(b1) FILTER (WHERE begun AND won) AS brought
  FROM valued GROUP BY 1
)
SELECT {_ENTRY}, {_EXIT}, {_COUNTS}, won, begun, still, grew, shrank, turned, deals, v0, v01, went, brought, deal, funnel,
  CASE WHEN by_hand THEN ({_STANDS}) END
FROM (SELECT *, -key AS deal, key < 0 AS by_hand, {_READ} FROM groups) AS told
"""  # noqa: S608 - sentences of this file
BROUGHT = defaultdict(
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
LARGEST = f"""{{valued}}, ways AS (
  SELECT *, {_ENTRY}, {_EXIT}, {_COUNTS} FROM valued
),
sorted AS (
  SELECT deal, entry, CASE WHEN NOT by_hand THEN exit END AS exit,
    CASE WHEN entry = 'start' THEN v0 ELSE went END AS came,
    CASE WHEN entry = 'start' AND exit IN ('end', 'won') THEN v01 - v0 END AS change,
    CASE WHEN entry = 'start' AND exit IN ('end', 'won') THEN went - v01 END AS fx,
    CASE WHEN entry = 'start' AND exit IN ('lost', 'moved_out') THEN v0 ELSE went END AS went
  FROM ways WHERE counts
)
SELECT entry, deal, NULL, ({_STANDS}) FROM sorted WHERE entry = 'hand' UNION ALL {{arms}}
"""  # noqa: S608 - sentences of this file
LARGEST_OF = """(
SELECT '{bucket}', deal, {brought} AS brought, NULL FROM sorted
WHERE {brought} IS NOT NULL ORDER BY abs({brought}) DESC, deal LIMIT %s
)"""
