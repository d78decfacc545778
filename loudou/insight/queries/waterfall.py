"""Counting a waterfall (M13): most deals in the database, those whose way is not plain one by one.

Plain is a deal all of whose states between the two instants count in the scope and that nothing late is known of: the
database compares how it stood at both ends (`queries.ways`). By hand go deals that were handed over or closed more than
once, by how they stood in between, and by their facts those of which some became known after one of the instants.
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
    Seen,
    overlapping,
    statement,
    units_in,
)
from loudou.people.models import Organisation, Rate
from loudou.pipeline.figures.history import Fact, History, as_known, unfold
from loudou.pipeline.models import Deal
from loudou.pipeline.queries.funnels import order_in, stage_orders
from loudou.pipeline.queries.history import facts_of
from loudou.ui.prepared import among

EDGES = ("start", "end")  # the buckets of all that stood; the others are of what moved
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
    """A waterfall, with the pasts of the deals that were counted by hand.

    `begun` is what became of the start (`Asked.begun`), without those counted by hand.
    """

    waterfall: Waterfall
    begun: Outcomes
    pasts: Mapping[int, Past]  # of those no statement can know: known late, or of units that moved meanwhile
    seen: Mapping[int, Seen]  # of the others that go by hand


def count(
    asked: Asked, late: Mapping[int, int] | None = None, *, known: Mapping[int, Past] | None = None
) -> Found:
    """The whole waterfall; three queries.

    `late` are deals that no statement can know, and perhaps others, with their funnels (`late_deals`, which asks once
    more where they are not at hand); `known` are their pasts where they are at hand: one query then.
    """
    (found,), _pasts = count_each([asked], late_deals(asked) if late is None else late, known)
    return found


def count_each(
    some: Sequence[Asked], late: Mapping[int, int], known: Mapping[int, Past] | None = None
) -> tuple[list[Found], dict[int, Past]]:
    """The same of several waterfalls, and the pasts of the late deals: a query each, and two for the late ones."""
    pasts = load(late) if known is None else known
    found = [_found(asked, _some(pasts, _of_these(late, asked))) for asked in some]
    return found, dict(pasts)


def _found(asked: Asked, late: Mapping[int, Past]) -> Found:
    """What the database counts of a waterfall, and the deals that go by hand."""
    seen: dict[int, Seen] = {}
    sums, begun = Waterfall(), Outcomes()
    between = asked.between
    sql, params = statement(asked, sorted(late))
    with connection.cursor() as cursor:
        cursor.execute(SUMS.format(valued=sql), [*params, between.until, between.since])
        for row in cursor.fetchall():
            group = Group(*row)
            if group.stands is not None:
                seen[group.deal] = Seen.read(group.stands)
                continue
            if group.begun:
                begun += group.ended
            if group.counts:
                sums += Waterfall(group.buckets)
    ways = crossings({**late, **seen}, asked)
    return Found(sums + waterfall(ways.values()), begun, late, seen)


def late_deals(asked: Asked, *, also: datetime | None = None) -> dict[int, int]:
    """Deals that no statement can know, with their funnels: late ones and those of units that moved; `also` is a third
    instant that counts."""
    others = [also] if also is not None else []
    return {**dict(known_late(asked, also=others)), **_turning(asked)}


def largest(
    buckets: Sequence[str], asked: Asked, late: Mapping[int, Past], *, most: int
) -> dict[str, list[int]]:
    """The deals of each of these buckets that bring most to it, at most so many of each; one query.

    `late` are the pasts of those that no statement can know.
    """
    between, moved = asked.between, not set(EDGES).intersection(buckets)
    sql, params = statement(asked, sorted(late), moved=moved)
    arms = " UNION ALL ".join(LARGEST_OF.format(bucket=name, brought=BROUGHT[name]) for name in buckets)
    rows: dict[str, list[tuple[int, Decimal]]] = {name: [] for name in buckets}
    seen: dict[int, Seen] = {}
    with connection.cursor() as cursor:
        values = [*params, between.until, between.since, *(most for _name in buckets)]
        cursor.execute(LARGEST.format(valued=sql, arms=arms), values)
        for name, deal, brought, stands in cursor.fetchall():
            if stands is not None:
                seen[deal] = Seen.read(stands)
            else:
                rows[name].append((deal, brought))
    for key, way in crossings({**late, **seen}, asked).items():
        for name, brought in way.buckets().items():
            if name in rows:
                rows[name].append((key, brought))
    return {
        name: [key for key, _brought in sorted(some, key=lambda row: (-abs(row[1]), row[0]))[:most]]
        for name, some in rows.items()
    }


def load(funnels: Mapping[int, int]) -> dict[int, Past]:
    """The pasts of these deals, given with their funnels; two queries, however few there are."""
    return _pasts(funnels, stage_orders())


def load_of(deals: Iterable[Deal]) -> dict[int, Past]:
    """The same of deals that come with their funnels; one query."""
    found = list(deals)
    orders = {deal.funnel_id: order_in(deal.funnel) for deal in found}
    return _pasts({deal.pk: deal.funnel_id for deal in found}, orders)


def _pasts(funnels: Mapping[int, int], orders: Mapping[int, Mapping[int, int]]) -> dict[int, Past]:
    facts = facts_of(list(funnels))
    return {key: Past(facts[key], orders[funnel], funnel) for key, funnel in funnels.items()}


def crossings(
    pasts: Mapping[int, Past | Seen], asked: Asked, *, known: datetime | None = None
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


def _of_these(late: Iterable[int], asked: Asked) -> Iterable[int]:
    """Those of the deals that are asked for, where they are named one by one."""
    return late if asked.only is None else set(asked.only).intersection(late)


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
