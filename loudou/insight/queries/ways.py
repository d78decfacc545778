"""The statement of a waterfall (M13): the way of every deal between two instants, as far as the database can tell it.

It compares how a deal stood at both ends (`_SORTED` says what `figures.waterfall.crossing` says), and says of the deals
whose way is not plain that they go by hand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from loudou.insight.figures.flow import LIVE
from loudou.insight.figures.scope import Belonging, Scope, always
from loudou.insight.figures.waterfall import Between, Rates
from loudou.insight.queries.scope import which, whose
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


def statement(asked: Asked, late: Sequence[int]) -> tuple[str, list[Any]]:
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
        "won": "b1" if between.rates.frozen else "round(a1 * r1, p1)",
    }
    edges: list[Any] = [first, end] if window is not None else []
    zone = str(between.zone)
    timed: list[Any] = [zone, first, zone, end] if window is not None else []
    currencies = sorted({*between.rates.start, *between.rates.end})
    table: list[Any] = []
    places = -int(between.rates.unit.as_tuple().exponent)
    for currency in currencies:
        table += [currency, between.rates.start.get(currency, 1), between.rates.end.get(currency, 1), places]
    values: list[Any] = [*params, since, since, since, since, *[until] * 6, *table]
    values += [*edges, *edges, *timed, *([since] if scoped else [])]
    values += [since]
    return _SORTED.format(**names), values


def _states(asked: Asked, late: Sequence[int]) -> tuple[str, list[Any]]:
    """The states that stood at the first instant, and those that began since, as one statement."""
    stood, came = overlapping(asked, always(one.unit for one in units_in(asked, steady=True)))
    if late:
        stood, came = stood.exclude(deal__in=late), came.exclude(deal__in=late)
    parts = [part.values_list(*_STATE).query.sql_with_params() for part in (stood, came)]
    sql = " UNION ALL ".join(f"({part})" for part, _params in parts)
    return sql, [value for _part, params in parts for value in params]


def overlapping(asked: Asked, units: tuple[Belonging, ...]) -> tuple[QuerySet[State], QuerySet[State]]:
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
rates (currency, start, until, places) AS {rates},
valued AS (
  SELECT ends.*, coalesce(r.start, 1) AS r0, coalesce(s.start, 1) AS r01, coalesce(s.until, 1) AS r1,
    coalesce(r.places, 2) AS p0, coalesce(s.places, 2) AS p1,
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
    CASE WHEN entry = 'start' THEN round(a0 * r0, p0) ELSE went END AS came,
    CASE WHEN entry = 'start' AND exit IN ('end', 'won') THEN round(a1 * r01, p1) - round(a0 * r0, p0) ELSE 0 END
      AS change,
    CASE WHEN entry = 'start' AND exit IN ('end', 'won') THEN went - round(a1 * r01, p1) ELSE 0 END AS fx,
    CASE WHEN entry = 'start' AND exit IN ('lost', 'moved_out') THEN round(a0 * r0, p0) ELSE went END AS went
  FROM (SELECT *, CASE WHEN exit = 'won' THEN {won} ELSE round(a1 * r1, p1) END AS went FROM ways) AS w
  WHERE entry IN ('hand', 'start')
    OR (exit <> 'moved_out' AND CASE WHEN exit = 'won' THEN in_time ELSE due1 AND o1 <> 'invalid' END)
)
"""
SUMS = """{sorted}
SELECT CASE WHEN entry = 'hand' THEN 'hand' ELSE entry END, CASE WHEN entry = 'hand' THEN '' ELSE exit END,
  count(*), sum(came), sum(went),
  sum(greatest(change, 0)), count(*) FILTER (WHERE change > 0),
  sum(greatest(-change, 0)), count(*) FILTER (WHERE change < 0),
  sum(fx), count(*) FILTER (WHERE fx <> 0),
  array_agg(deal) FILTER (WHERE entry = 'hand'), array_agg(funnel) FILTER (WHERE entry = 'hand')
FROM sorted GROUP BY 1, 2
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
