"""The waterfall of a lens (M13): what became of the open funnel between two instants, bucket by bucket, deal by deal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from loudou.insight.figures.waterfall import BUCKETS, Between, Crossing
from loudou.insight.figures.waterfall import crossing as way_of
from loudou.insight.lens import EARLIEST, InsightLens
from loudou.insight.queries.waterfall import Asked, Found, count, crossings, largest, pasts, rates_of
from loudou.insight.reports._plain import money, when
from loudou.kernel.periods import midnight
from loudou.pipeline.figures.history import Stand
from loudou.pipeline.models import Deal

MOST_LISTED = 1_000


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
class Difference:
    """A deal that would count otherwise, had all that is known now been known in time."""

    deal: Deal
    told: Mapping[str, Decimal]
    known: Mapping[str, Decimal]


@dataclass(frozen=True)
class WaterfallReport:
    """The waterfall as one lens sees it."""

    lens: InsightLens
    asked: Asked
    found: Found

    @cached_property
    def differences(self) -> list[Difference]:
        """What became known since: the figures above stay as they were, this is how they would be now."""
        if self.lens.instant <= self.asked.between.since:
            return []
        told = crossings(self.found.late, self.asked)
        known = crossings(self.found.late, self.asked, known=self.lens.instant)
        changed = [key for key in self.found.late if told.get(key) != known.get(key)]
        deals = Deal.objects.select_related("owner", "customer").in_bulk(changed)
        return [Difference(deals[key], _buckets(told[key]), _buckets(known[key])) for key in changed]

    def behind(self, bucket: str, *, most: int = MOST_LISTED) -> list[Way]:
        """The deals of a bucket, those that bring most first."""
        keys = largest(bucket, self.asked, self.found, most=most)
        deals = Deal.objects.select_related("owner", "customer").in_bulk(keys)
        ways = {}
        for key, then, now in pasts(keys, self.asked):
            way = way_of(then, now, self.asked.between)
            assert way is not None and now is not None
            ways[key] = Way(deals[key], then.now if then is not None else None, now.now, way)
        return [ways[key] for key in keys]

    def plain(self) -> dict[str, Any]:
        """As JSON (`contract.md`)."""
        between, told = self.asked.between, self.found.waterfall
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
        plain["differences"] = [
            {
                "code": one.deal.code,
                "told": {name: money(amount) for name, amount in one.told.items()},
                "known": {name: money(amount) for name, amount in one.known.items()},
            }
            for one in self.differences
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


def waterfall(lens: InsightLens) -> WaterfallReport:
    """The waterfall of a lens, of every funnel unless one is chosen."""
    asked = asked_of(lens)
    return WaterfallReport(lens, asked, count(asked))


def asked_of(lens: InsightLens) -> Asked:
    """What a lens asks a waterfall for: from the chosen instant to the other, at the latest now."""
    span = lens.span
    until = span.until or lens.instant
    since = span.since or midnight(EARLIEST, lens.company.zone)
    rates = rates_of(lens.rates or "plan", since, until)
    between = Between(since, until, lens.company.zone, lens.scope.takes, lens.window, rates)
    return Asked(between, lens.scope, [lens.funnel.pk] if lens.funnel is not None else None)


def _buckets(way: Crossing | None) -> Mapping[str, Decimal]:
    return way.buckets() if way is not None else {}


def sides(report: WaterfallReport) -> Sequence[tuple[str, int, Decimal]]:
    """Every bucket in order, as (name, deals, amount)."""
    return [
        (name, report.found.waterfall[name].count, report.found.waterfall[name].amount) for name in BUCKETS
    ]
