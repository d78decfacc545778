"""The waterfall of a lens (M13): what became of the open funnel between two instants, bucket by bucket, deal by deal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from loudou.insight.asked import EARLIEST
from loudou.insight.figures.waterfall import BUCKETS, Between, Crossing
from loudou.insight.lens import InsightLens
from loudou.insight.queries.kept.waterfalls import Told, told
from loudou.insight.queries.waterfall import EDGES, Past, crossings, largest, load_of, rates_of
from loudou.insight.queries.ways import Asked
from loudou.insight.reports._plain import money, when
from loudou.insight.reports.promotion import Names
from loudou.insight.reports.slippage import period_of
from loudou.kernel.periods import midnight
from loudou.people.models import User
from loudou.pipeline.figures.history import History, Stand
from loudou.pipeline.models import Deal
from loudou.pipeline.queries.funnels import every_spec

MOST_LISTED = 1_000
Sums = Mapping[str, Decimal]


@dataclass(frozen=True)
class Way:
    """A deal behind a bucket: how it stood at both ends, and what it brings."""

    deal: Deal
    before: Stand | None
    after: Stand | None
    crossing: Crossing

    def brought(self, bucket: str) -> Decimal:
        """What it brings to a bucket."""
        return self.crossing.buckets()[bucket]


@dataclass(frozen=True)
class WaterfallReport:
    """The waterfall as one lens sees it."""

    lens: InsightLens
    asked: Asked
    told: Told
    late: Mapping[int, Past]  # the deals that something was learned of late

    @property
    def edges(self) -> tuple[datetime, datetime]:
        """Its two instants."""
        return self.asked.between.since, self.asked.between.until

    @cached_property
    def differences(self) -> list[tuple[int, Sums, Sums]]:
        """What became known since, as deal, how it counts, how it would count: the figures stay as they were."""
        if self.lens.instant <= self.asked.between.since:
            return []
        late = self.late
        before = crossings(late, self.asked)
        known = crossings(late, self.asked, known=self.lens.instant)
        return [
            (key, _buckets(before.get(key)), _buckets(known.get(key)))
            for key in late
            if before.get(key) != known.get(key)
        ]

    def behind(self, bucket: str, *, most: int = MOST_LISTED, user: User | None = None) -> list[Way]:
        """The deals of a bucket, those that bring most first; with `user` only those that person may see now."""
        return self._ways(largest([bucket], self.asked, self.late, most=most)[bucket], user)

    def moved(self, *, most: int, user: User) -> list[tuple[str, Way]]:
        """What changed between the two instants, deal by deal, as (bucket, way): what brings most first, at most so
        many; deals that person may see now."""
        told = self.told.waterfall
        names = [name for name in BUCKETS if name not in EDGES and told[name].count]
        largest_of = largest(names, self.asked, self.late, most=most) if names else {}
        every = sorted({key for keys in largest_of.values() for key in keys})
        ways = {way.deal.pk: way for way in self._ways(every, user)}
        rows = [(name, ways[key]) for name, keys in largest_of.items() for key in keys if key in ways]
        return sorted(rows, key=lambda row: (-abs(row[1].brought(row[0])), row[1].deal.pk))[:most]

    def _ways(self, keys: Sequence[int], user: User | None) -> list[Way]:
        found = Deal.objects.filter(pk__in=keys).select_related("owner", "funnel")
        deals = {deal.pk: deal for deal in (found.visible_to(user) if user is not None else found)}
        pasts = load_of(deals.values())
        ways = crossings(pasts, self.asked)
        since, until = self.edges
        return [
            Way(deals[key], _now(pasts[key].known(since)), _now(pasts[key].known(until)), ways[key])
            for key in keys
            if key in deals
        ]

    def plain(self) -> dict[str, Any]:
        """As JSON (`contract.md`)."""
        between, told = self.asked.between, self.told.waterfall
        plain: dict[str, Any] = {
            "from": when(between.since),
            "to": when(between.until),
            "as_of": when(self.lens.instant),
            "window": self.lens.company.fiscal.name(between.window) if between.window is not None else None,
            "rates": self.lens.rates or "plan",
            "currency": self.lens.company.base_currency,
            **{name: money(told[name].amount) for name in BUCKETS},
            "counts": {name: told[name].count for name in BUCKETS},
        }
        if self.lens.bucket:
            plain["deals"] = [self._plain(way) for way in self.behind(self.lens.bucket)]
        deals = Deal.objects.in_bulk([key for key, _told, _known in self.differences])
        plain["differences"] = [
            {
                "code": deals[key].code,
                "told": {name: money(amount) for name, amount in told.items()},
                "known": {name: money(amount) for name, amount in known.items()},
            }
            for key, told, known in self.differences
        ]
        return plain

    def _plain(self, way: Way) -> dict[str, Any]:
        rates = self.asked.between.rates
        before, after = way.before, way.after
        return {
            "code": way.deal.code,
            "title": way.deal.title,
            "customer": way.deal.customer_name,
            "owner": way.deal.owner.name,
            "amount": money(way.brought(self.lens.bucket)),
            "before": money(rates.at_start(before.amount, before.currency)) if before else None,
            "after": money(rates.at_end(after.amount, after.currency)) if after else None,
            "expected_before": when(before.expected_on) if before else None,
            "expected_after": when(after.expected_on) if after else None,
            "outcome": after.outcome if after else None,
        }


def stage_names(ways: Iterable[Way]) -> Names:
    """What the stages of these deals are called."""
    funnels = {way.deal.funnel for way in ways}
    return Names({spec.stage_id: spec for funnel in funnels for spec in every_spec(funnel)}, {})


def waterfall(lens: InsightLens) -> WaterfallReport:
    """The waterfall of a lens, of every funnel unless one is chosen."""
    asked = asked_of(lens)
    answer, late = told(asked, runs=asked.between.until == lens.now)
    return WaterfallReport(lens, asked, answer, late)


def asked_of(lens: InsightLens) -> Asked:
    """What a lens asks a waterfall for: from the chosen instant to the other, at the latest now."""
    span = lens.span
    until = span.until or lens.instant
    since = span.since or midnight(EARLIEST, lens.company.zone)
    rates = rates_of(lens.rates or "plan", since, until, lens.rate_table, lens.company)
    between = Between(since, until, lens.company.zone, lens.scope.takes, lens.window, rates, lens.scope.turns)
    return Asked(between, lens.scope, lens.funnels, begun=lens.window or period_of(lens))


def _now(history: History | None) -> Stand | None:
    return history.now if history is not None else None


def _buckets(way: Crossing | None) -> Sums:
    return way.buckets() if way is not None else {}
