"""Counting a waterfall (M13): most deals in the database, those whose way is not plain one by one.

Plain is a deal all of whose states between the two instants count in the scope and that nothing late is known of: the
database compares how it stood at both ends (`queries.ways`). By hand go deals
that were handed over, closed more than once, or whose facts became known after one of the instants.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import connection

from loudou.insight.figures.scope import always
from loudou.insight.figures.slippage import Outcomes
from loudou.insight.figures.waterfall import Crossing, Rates, Waterfall, crossing, waterfall
from loudou.insight.queries.late import came_late
from loudou.insight.queries.scope import had_by, which
from loudou.insight.queries.ways import (
    BROUGHT,
    LARGEST,
    LARGEST_OF,
    SUMS,
    Asked,
    Group,
    overlapping,
    statement,
    units_in,
)
from loudou.people.models import Organisation, Rate
from loudou.pipeline.figures.history import Fact, History, as_known, unfold
from loudou.pipeline.models import Deal
from loudou.pipeline.queries.funnels import stage_orders
from loudou.pipeline.queries.history import facts_of
from loudou.ui.prepared import among

RateTable = Mapping[tuple[str, str], Sequence[Rate]]


@dataclass(frozen=True)
class Past:
    """A deal's facts, and the places of its funnel's stages."""

    facts: Sequence[Fact]
    order: Mapping[int, int]
    funnel: int = 0
    _unfolded: dict[tuple[int, ...], tuple[list[Fact], History]] = field(
        default_factory=dict, compare=False, repr=False
    )

    def known(self, at: datetime, *, by: datetime | None = None) -> History | None:
        """How it was known before an instant; with `by`, what had happened before it as far as it is known by then."""
        told = as_known(self.facts, by or at)
        told = [fact for fact in told if fact.at < at]
        if not told:
            return None
        # One page asks for several instants, and between most of them nothing happened to the deal. The facts are kept
        # too: some are made anew for an instant, and what takes the place of one let go would have its name.
        key = tuple(map(id, told))
        if key not in self._unfolded:
            self._unfolded[key] = told, unfold(told, self.order)
        return self._unfolded[key][1]


@dataclass(frozen=True)
class Found:
    """A waterfall, with the ways of the deals that were counted by hand and of those known late.

    `begun` is what became of the start (`Asked.begun`), without those counted by hand.
    """

    waterfall: Waterfall
    begun: Outcomes
    by_hand: Mapping[int, Crossing]
    late: Sequence[int]  # that no statement can know: known late, or of units that moved meanwhile
    pasts: Mapping[int, Past]  # of both

    @property
    def late_pasts(self) -> dict[int, Past]:
        """The pasts of the late ones alone."""
        return _some(self.pasts, self.late)


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
    for _sums, _begun, unplain in counted:
        wanted |= unplain
    missing = {key: funnel for key, funnel in wanted.items() if key not in at_hand}
    pasts = {**at_hand, **load(missing, {past.funnel: past.order for past in at_hand.values()})}
    found = [
        _with_those_by_hand(asked, (sums, begun), _some(pasts, mine), _some(pasts, keys))
        for asked, mine, (sums, begun, keys) in zip(some, those, counted, strict=True)
    ]
    return found, _some(pasts, late)


def _with_those_by_hand(
    asked: Asked, plain: tuple[Waterfall, Outcomes], late: Mapping[int, Past], others: Mapping[int, Past]
) -> Found:
    sums, begun = plain
    by_hand = {**late, **others}
    ways = crossings(by_hand, asked)
    return Found(sums + waterfall(ways.values()), begun, ways, sorted(late), by_hand)


def _plainly(asked: Asked, late: Sequence[int]) -> tuple[Waterfall, Outcomes, dict[int, int]]:
    """What the database counts, and the deals that go by hand with their funnels; `late` are left out."""
    unplain: dict[int, int] = {}
    sums, begun = Waterfall(), Outcomes()
    sql, params = statement(asked, late)
    with connection.cursor() as cursor:
        cursor.execute(SUMS.format(valued=sql), params)
        for row in cursor.fetchall():
            group = Group(*row)
            if group.entry == "hand":
                unplain[group.deal] = group.funnel
                continue
            if group.begun:
                begun += group.ended
            if group.counts:
                sums += Waterfall(group.buckets)
    return sums, begun, unplain


def late_deals(asked: Asked, *, also: datetime | None = None) -> dict[int, int]:
    """Deals that no statement can know, with their funnels: late ones and those of units that moved; `also` is a third
    instant that counts."""
    others = [also] if also is not None else []
    return {**dict(known_late(asked, also=others)), **_turning(asked)}


def largest(buckets: Sequence[str], asked: Asked, found: Found, *, most: int) -> dict[str, list[int]]:
    """The deals of each of these buckets that bring most to it, at most so many of each; one query."""
    if not buckets:
        return {}
    sql, params = statement(asked, found.late)
    arms = " UNION ALL ".join(LARGEST_OF.format(bucket=name, brought=BROUGHT[name]) for name in buckets)
    with connection.cursor() as cursor:
        cursor.execute(LARGEST.format(valued=sql, arms=arms), [*params, *(most for _name in buckets)])
        rows: dict[str, list[tuple[int, Decimal]]] = {name: [] for name in buckets}
        for name, deal, brought in cursor.fetchall():
            rows[name].append((deal, brought))
    for key, way in found.by_hand.items():
        for name, brought in way.buckets().items():
            if name in rows:
                rows[name].append((key, brought))
    return {
        name: [key for key, _brought in sorted(some, key=lambda row: (-abs(row[1]), row[0]))[:most]]
        for name, some in rows.items()
    }


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
    edges = dict.fromkeys((asked.between.since, asked.between.until, *also))
    # The few that are late first, and then whose they are: not the facts of whoever the scope has.
    keys = came_late((edge, edge) for edge in edges)
    deals = Deal.objects.filter(which(asked.scope, deal=""), among(had_by(asked.scope, keys)))
    if asked.only is not None:
        deals = deals.filter(among(list(asked.only)))
    if asked.funnels is not None:
        deals = deals.filter(funnel__in=asked.funnels)
    return sorted(deals.values_list("pk", "funnel"))


def _turning(asked: Asked) -> dict[int, int]:
    """Deals, with their funnels, of units that came or went meanwhile: the chain of their states says nothing."""
    turning = units_in(asked, steady=False)
    if not turning:
        return {}
    states = overlapping(asked, always(one.unit for one in turning))
    return dict(states.values_list("deal", "funnel").distinct())


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
    unit = company.base_unit

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
            unit=unit,
        )
    planned = {currency: on(currency, since, "plan") for currency in known}
    return Rates(planned, planned, unit=unit)
