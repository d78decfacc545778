"""The statement of a waterfall (M13): the way of every deal between two instants, as far as the database can tell it.

It compares how a deal stood at both ends (`_SORTED` says what `figures.waterfall.crossing` says), and says of the deals
whose way is not plain that they go by hand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.lookups import GreaterThanOrEqual, LessThan

from loudou.insight.figures.flow import LIVE
from loudou.insight.figures.scope import Belonging, Scope, always
from loudou.insight.figures.waterfall import Between, Rates
from loudou.insight.queries.conditions import AsItIs, apart
from loudou.insight.queries.scope import which, whose
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


def statement(asked: Asked, late: Sequence[int]) -> tuple[str, list[Any]]:
    """The statement that gives every deal's way: entry, exit, came, unmoved, went."""
    between, scope = asked.between, asked.scope
    since, window = between.since, between.window
    scoped = scope.owner is not None or scope.units is not None
    ends, params = _ends_of_all(asked, late) if asked.whole else _ends_of_part(asked, late)
    first, end = (window.start, window.end) if window is not None else (None, None)
    names = {
        "ends": ends,
        "rates": _rates_table(between.rates),
        # Of a part of the company the chain of states may have gaps, where others had the deal.
        "broken": "(n <> hi - lo + 1 OR (lo > 0 AND began >= %s) OR NOT reached)" if scoped else "false",
        "due0": "d0 >= %s AND d0 < %s" if window is not None else "true",
        "due1": "d1 >= %s AND d1 < %s" if window is not None else "true",
        "in_time": "(won_at AT TIME ZONE %s)::date >= %s AND (won_at AT TIME ZONE %s)::date < %s"
        if window is not None
        else "true",
        "won": "b1" if between.rates.frozen else "v1",
        "is_new": "NOT was_closed" if asked.whole else "lo = 0 AND began >= %s",
        "begun": "a0 IS NOT NULL AND d0 >= %s AND d0 < %s" if asked.begun is not None else "a0 IS NOT NULL",
        "still": "d1 >= %s AND d1 < %s" if asked.begun is not None else "true",
    }
    edges: list[Any] = [first, end] if window is not None else []
    looked: list[Any] = [asked.begun.start, asked.begun.end] * 2 if asked.begun is not None else []
    zone = str(between.zone)
    timed: list[Any] = [zone, first, zone, end] if window is not None else []
    currencies = sorted({*between.rates.start, *between.rates.end})
    table: list[Any] = []
    places = -int(between.rates.unit.as_tuple().exponent)
    for currency in currencies:
        table += [currency, between.rates.start.get(currency, 1), between.rates.end.get(currency, 1), places]
    values: list[Any] = [*params, *table, *edges, *edges, *timed, *looked, *([since] if scoped else [])]
    values += [] if asked.whole else [since]
    return _SORTED.format(**names), values


def _ends_of_part(asked: Asked, late: Sequence[int]) -> tuple[str, list[Any]]:
    """How deals of a part of the company stood at both ends: from all of their states between."""
    since, until = asked.between.since, asked.between.until
    states = overlapping(asked, always(one.unit for one in units_in(asked, steady=True)))
    rows, params = at_once([states], _STATE)
    return _PART.format(rows=rows), [*params, list(late), *[since] * 4, *[until] * 6]


def _ends_of_all(asked: Asked, late: Sequence[int]) -> tuple[str, list[Any]]:
    """How deals stood at both ends, from the states of these: no deal's way depends on what lies between, as long as
    none is handed over, but for closes that were undone.

    The past of a deal has no gaps: whichever stood at the first instant stands at the second, or was closed since.
    """
    since, until = asked.between.since, asked.between.until
    first, firsts = at_once(at_the_start(asked), ("deal", "amount", "currency", "expected_on"))
    last, lasts = at_once(at_the_end(asked), _LAST)
    closed = _wanted(asked).exclude(outcome__in=LIVE).filter(until__gte=since, until__lt=until)
    undone, undones = at_once([closed], ("deal", "since"))
    values = [*lasts, *firsts, since, since, *undones, since, until, list(late)]
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


def at_the_start(asked: Asked) -> list[QuerySet[State]]:
    """Live states at the first instant, in parts."""
    return apart(_wanted(asked).filter(outcome__in=LIVE), asked.between.since)


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
    since, until = asked.between.since, asked.between.until
    touching = [
        one
        for one in asked.scope.units or ()
        if (one.since is None or one.since <= until) and (one.until is None or one.until > since)
    ]
    return [one for one in touching if (one.at(since) and one.at(until)) is steady]


def _rates_table(rates: Rates) -> str:
    currencies = sorted({*rates.start, *rates.end})
    if not currencies:
        return "(VALUES (''::text, 1::numeric, 1::numeric, 2))"
    return "(VALUES {})".format(
        ", ".join(["(%s::text, %s::numeric, %s::numeric, %s::int)"] * len(currencies))
    )


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
_ALL = """
ends AS (
  SELECT deal, funnel, a0, c0, d0, coalesce(again, false) OR outcome IN ('open', 'on_hold') AS lived,
    amount AS a1, currency AS c1, base AS b1, due AS d1, outcome AS o1, since AS won_at,
    coalesce(was_closed, false) AS was_closed,
    coalesce(closes, 0) + CASE WHEN outcome IN ('open', 'on_hold') THEN 0 ELSE 1 END AS closes
  FROM ({last}) AS last (deal, funnel, since, outcome, amount, currency, base, due)
  LEFT JOIN ({first}) AS first (deal, a0, c0, d0) USING (deal)
  LEFT JOIN (
    SELECT few.*, again
    FROM (
      SELECT deal, bool_or(since < %s) AS was_closed, count(*) FILTER (WHERE since >= %s) AS closes
      FROM ({undone}) AS undone (deal, since) GROUP BY deal
    ) AS few
    LEFT JOIN LATERAL (
      SELECT true AS again FROM pipeline_state AS s WHERE was_closed AND s.deal_id = few.deal
        AND s.since >= %s AND s.since < %s AND s.outcome IN ('open', 'on_hold') LIMIT 1
    ) AS meanwhile ON true
  ) AS undone USING (deal)
  WHERE deal <> ALL(%s::bigint[])
)"""
_SORTED = """
WITH {ends},
rates (currency, start, until, places) AS {rates},
valued AS (
  SELECT ends.*, a0 IS NOT NULL AS stood,
    CASE WHEN r.start IS NULL THEN a0 ELSE round(a0 * r.start, r.places) END AS v0,
    CASE WHEN s.start IS NULL THEN a1 ELSE round(a1 * s.start, s.places) END AS v01,
    CASE WHEN s.until IS NULL THEN a1 ELSE round(a1 * s.until, s.places) END AS v1,
    coalesce({due0}, false) AS due0, coalesce({due1}, false) AS due1, {in_time} AS in_time,
    coalesce({begun}, false) AS begun, coalesce({still}, false) AS still, {broken} AS broken,
    o1 IN ('open', 'on_hold') AS live
  FROM ends LEFT JOIN rates r ON r.currency = c0 LEFT JOIN rates s ON s.currency = c1
),
ways AS MATERIALIZED (
  SELECT deal, funnel, v0, v01, CASE WHEN o1 = 'won' THEN {won} ELSE v1 END AS went, due1, in_time, o1, begun, still, b1,
    CASE
      WHEN broken OR closes > 1 THEN 'hand'
      WHEN stood AND due0 THEN 'start'
      WHEN stood THEN 'moved_in'
      WHEN {is_new} THEN 'new'
      WHEN lived THEN 'reopened'
      ELSE 'hand' END AS entry,
    CASE WHEN live AND due1 THEN 'end' WHEN live THEN 'moved_out' WHEN o1 = 'won' THEN 'won' ELSE 'lost' END AS exit
  FROM valued AS ways_of
),
sorted AS (
  SELECT deal, funnel, entry, exit,
    CASE WHEN entry = 'start' THEN v0 ELSE went END AS came,
    CASE WHEN entry = 'start' AND exit IN ('end', 'won') THEN v01 - v0 END AS change,
    CASE WHEN entry = 'start' AND exit IN ('end', 'won') THEN went - v01 END AS fx,
    CASE WHEN entry = 'start' AND exit IN ('lost', 'moved_out') THEN v0 ELSE went END AS went
  FROM ways
  WHERE entry IN ('hand', 'start')
    OR (exit <> 'moved_out' AND CASE WHEN exit = 'won' THEN in_time ELSE due1 AND o1 <> 'invalid' END)
)
"""
# Each door with the exit; and what became of the start by how it ended, without those that go by hand.
SUMS = """{sorted}
SELECT entry, CASE WHEN entry = 'hand' THEN '' ELSE exit END, false,
  count(*), sum(came), sum(went),
  sum(change) FILTER (WHERE change > 0), count(*) FILTER (WHERE change > 0),
  -sum(change) FILTER (WHERE change < 0), count(*) FILTER (WHERE change < 0),
  sum(fx) FILTER (WHERE fx <> 0), count(*) FILTER (WHERE fx <> 0),
  array_agg(deal) FILTER (WHERE entry = 'hand'), array_agg(funnel) FILTER (WHERE entry = 'hand')
FROM sorted GROUP BY 1, 2
UNION ALL
SELECT 'begun', o1, still, count(*), sum(v0), sum(b1), NULL, 0, NULL, 0, NULL, 0, NULL, NULL
FROM ways WHERE begun AND entry <> 'hand' GROUP BY o1, still
"""
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
LARGEST = """{sorted}
SELECT deal, {brought} AS brought FROM sorted
WHERE entry <> 'hand' AND {brought} IS NOT NULL ORDER BY abs({brought}) DESC, deal LIMIT %s
"""
