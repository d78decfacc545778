"""The statement of a waterfall (M13): the way of every deal between two instants, as far as the database can tell it.

It compares how a deal stood at both ends (`_SORTED` says what `figures.waterfall.crossing` says), and says of the deals
whose way is not plain that they go by hand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import F, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.lookups import GreaterThanOrEqual, LessThan

from loudou.insight.figures.flow import LIVE, Amounts
from loudou.insight.figures.scope import Belonging, Scope, always, just_before
from loudou.insight.figures.slippage import Outcomes, ended
from loudou.insight.figures.waterfall import Between, Rates
from loudou.insight.queries.conditions import AsItIs, apart, at_an_instant
from loudou.insight.queries.scope import which, whose
from loudou.kernel.numbers import ZERO
from loudou.kernel.periods import Period
from loudou.pipeline.models import State

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
    def named(self) -> Q:
        """Rows of the deals named one by one; all rows where none are."""
        if self.only is None:
            return Q()
        # As one value: planning a thousand of them would take longer than reading their rows.
        return Q(deal__in=RawSQL("SELECT unnest(%s::bigint[])", [list(self.only)]))


class Group(NamedTuple):
    """Deals that go one way (a row of `SUMS`), with what they stood at, now stand at in the rates of the start, and go
    with; or one `deal` that goes by hand.

    `begun` are those of `Asked.begun`, `still` if they are expected in it now; `brought` is what those of them won brought.
    """

    entry: str
    exit: str
    counts: bool
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
        outcome = "open" if self.exit in ("end", "moved_out") else self.exit
        return ended(outcome, self.still, Amounts(self.deals, self.stood or ZERO), self.brought or ZERO)


def statement(asked: Asked, late: Sequence[int]) -> tuple[str, list[Any]]:
    """The statement of every deal's way (`_VALUED`), to which `SUMS` or `LARGEST` says what is wanted of it."""
    between, scope = asked.between, asked.scope
    window, begun, rates, since = between.window, asked.begun, between.rates, [between.since]
    scoped = scope.owner is not None or scope.units is not None
    steady = rates.start == rates.end
    said: dict[str, Told] = {  # in the order in which the statement says it
        "ends": _ends_of_all(asked, late) if asked.whole else _ends_of_part(asked, late),
        # Of a part of the company the chain of states may have gaps, where others had the deal.
        "broken": ("n <> hi - lo + 1 OR (lo > 0 AND began >= %s) OR NOT reached", since)
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
        "fresh": ("NOT was_closed", []) if asked.whole else ("lo = 0 AND began >= %s", since),
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
    """How deals of a part of the company stood at both ends: from all of their states between."""
    since, until = asked.between.since, asked.between.until
    states = overlapping(asked, always(one.unit for one in units_in(asked, steady=True)))
    rows, params = at_once([states], _STATE)
    return _PART.format(rows=rows), [*params, list(late), *[since] * 4, *[until] * 6]


def _ends_of_all(asked: Asked, late: Sequence[int]) -> Told:
    """How deals stood at both ends, from the states of these: no deal's way depends on what lies between, as long as
    none is handed over, but for closes that were undone.

    The past of a deal has no gaps: whichever stood at the first instant stands at the second, or was closed since.
    """
    since, until = asked.between.since, asked.between.until
    live = _wanted(asked).filter(outcome__in=LIVE)
    first, firsts = at_an_instant(live, since, ("deal", "amount", "currency", "expected_on"))
    last, lasts = at_once(at_the_end(asked), _LAST)
    closed = _wanted(asked).exclude(outcome__in=LIVE).filter(until__gte=since, until__lt=until)
    undone, undones = at_once([closed], ("deal", "since", "until"))
    values = [*lasts, *firsts, since, since, *undones, list(late)]
    return _ALL.format(first=first, last=last, undone=undone), values


def at_once(parts: Iterable[QuerySet[Any, Any]], names: Sequence[str]) -> tuple[str, list[Any]]:
    """These columns of all parts as one statement, with its values."""
    told = [part.values_list(*names).query.sql_with_params() for part in parts]
    values = [value for _sql, some in told for value in some]
    return " UNION ALL ".join(f"({sql})" for sql, _values in told), values


def overlapping(asked: Asked, units: tuple[Belonging, ...]) -> QuerySet[State]:
    """States of these units (of all, where the scope names none): live ones at the first instant, all that began since.

    Of an owner an index has them in order; of units all are read, which is quicker than looking each step of how long
    states lasted through for a few of them.
    """
    scope = asked.scope if asked.scope.units is None else replace(asked.scope, units=units)
    between, states = asked.between, _wanted(replace(asked, scope=scope))
    ordered = scope.owner is not None or asked.only is not None
    began: Any = F("since") if ordered else AsItIs("since")
    return states.filter(
        Q(until=None) | Q(until__gte=between.since),
        Q(GreaterThanOrEqual(began, between.since)) | Q(outcome__in=LIVE),
        LessThan(began, between.until),
    )


def at_the_end(asked: Asked) -> list[QuerySet[State]]:
    """States at the second instant, in parts: all live ones, and closes since the first."""
    between, states = asked.between, _wanted(asked)
    closed = states.exclude(outcome__in=LIVE).filter(since__gte=between.since, since__lt=between.until)
    return [
        *apart(states.filter(outcome__in=LIVE), between.until),
        closed.filter(Q(until=None) | Q(until__gte=between.until)),
    ]


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
# A deal that was closed, and closed again later than that was undone, lived in between.
_ALL = """
ends AS (
  SELECT deal, funnel, a0, c0, d0, outcome IN ('open', 'on_hold') OR coalesce(was_closed AND since > ended, false) AS lived,
    amount AS a1, currency AS c1, base AS b1, due AS d1, outcome AS o1, since AS won_at,
    coalesce(was_closed, false) AS was_closed,
    coalesce(closes, 0) + CASE WHEN outcome IN ('open', 'on_hold') THEN 0 ELSE 1 END AS closes
  FROM ({last}) AS last (deal, funnel, since, outcome, amount, currency, base, due)
  LEFT JOIN ({first}) AS first (deal, a0, c0, d0) USING (deal)
  LEFT JOIN (
    SELECT deal, bool_or(since < %s) AS was_closed, count(*) FILTER (WHERE since >= %s) AS closes, max(until) AS ended
    FROM ({undone}) AS undone (deal, since, until) GROUP BY deal
  ) AS undone USING (deal)
  WHERE deal <> ALL(%s::bigint[])
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
_EXIT = "CASE WHEN live AND due1 THEN 'end' WHEN live THEN 'moved_out' WHEN won THEN 'won' ELSE 'lost' END AS exit"
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
# A row a group: its way, what becomes of the start, how many and how much; or one of a deal that goes by hand.
SUMS = f"""{{valued}}, groups AS (
  SELECT CASE WHEN by_hand THEN -deal ELSE {_KEY} END AS key, max(funnel) AS funnel, count(*) AS deals,
    sum(v0) AS v0, sum(v01) AS v01, sum(went) AS went, sum(b1) FILTER (WHERE begun AND won) AS brought
  FROM valued GROUP BY 1
)
SELECT {_ENTRY}, {_EXIT}, {_COUNTS}, begun, still, grew, shrank, turned, deals, v0, v01, went, brought, -key, funnel
FROM (SELECT *, key < 0 AS by_hand, {_READ} FROM groups) AS told
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
  SELECT *, {_ENTRY}, {_EXIT}, {_COUNTS} FROM valued WHERE NOT by_hand
),
sorted AS (
  SELECT deal, entry, exit,
    CASE WHEN entry = 'start' THEN v0 ELSE went END AS came,
    CASE WHEN entry = 'start' AND exit IN ('end', 'won') THEN v01 - v0 END AS change,
    CASE WHEN entry = 'start' AND exit IN ('end', 'won') THEN went - v01 END AS fx,
    CASE WHEN entry = 'start' AND exit IN ('lost', 'moved_out') THEN v0 ELSE went END AS went
  FROM ways WHERE counts
)
{{arms}}
"""  # noqa: S608 - sentences of this file
LARGEST_OF = """(
SELECT '{bucket}', deal, {brought} AS brought FROM sorted
WHERE {brought} IS NOT NULL ORDER BY abs({brought}) DESC, deal LIMIT %s
)"""
