"""Quota from the funnel (M25, R081): each person's weighted patch beside their part of the target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from loudou.insight.asked import ALL_TIME
from loudou.insight.figures.quota import ABOVE, OVER, RATES, ZONES, Patch, quotas, share
from loudou.insight.lens import InsightLens
from loudou.insight.queries.quota import patches
from loudou.insight.reports._plain import money, rate, ratio, when
from loudou.insight.reports.slippage import kept_target
from loudou.kernel.numbers import CENT, ZERO, Ratio, rounded
from loudou.kernel.periods import Grain, Period
from loudou.people.models import Unit, User
from loudou.people.queries import units_on

DECK = "deck"


@dataclass(frozen=True)
class Quota:
    """Somebody's patch, its share of all, and their quota, with the unit they belonged to on the day of the figures."""

    user: User
    unit: Unit | None
    patch: Patch
    share: Ratio
    quota: Ratio


@dataclass(frozen=True)
class QuotaReport:
    """The quotas of a lens, the largest first; of a year unless another period is asked for."""

    lens: InsightLens
    period: Period
    target: Decimal | None
    rows: Sequence[Quota]

    @property
    def raw(self) -> Decimal:
        """All patches together."""
        return sum((row.patch.raw for row in self.rows), ZERO)

    @property
    def personal(self) -> Decimal | None:
        """What all quotas come to."""
        return rounded(self.target * OVER, self.lens.company.base_unit) if self.target is not None else None

    @property
    def backed(self) -> Ratio:
        """How much of the quotas the weighted funnel backs: far from one another, territory is to be dealt anew."""
        return Ratio.of(self.raw, self.personal) if self.personal else Ratio.missing("no_target")

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "as_of": when(self.lens.instant),
            "from": when(self.period.start),
            "to": when(self.period.end),
            "rates": self.lens.zone_rates,
            "zones": {zone: rate(RATES[zone]) for zone in ZONES},
            **ratio("target", Ratio(self.target, "no_target"), CENT),
            **ratio("personal_total", Ratio(self.personal, "no_target"), CENT),
            "raw_total": money(self.raw),
            **ratio("backed", self.backed),
            "rows": [_plain(row) for row in self.rows],
        }


def quota_from_funnel(lens: InsightLens) -> QuotaReport:
    """What the open deals of a lens make of a target."""
    period = lens.period
    if period is None or ALL_TIME.start == period.start or ALL_TIME.end == period.end:
        period = lens.company.fiscal.of(lens.today, Grain.YEAR)
    found = patches(lens.wanted, lens.otherwise, deck=lens.zone_rates == DECK)
    units = units_on(lens.today, found)
    people = User.objects.filter(pk__in=found)
    users = list(people.order_by("pk"))
    raws, target = [found[user.pk].raw for user in users], kept_target(lens, period)
    rows = [
        Quota(user, units.get(user.pk), found[user.pk], share(raw, raws), quota)
        for user, raw, quota in zip(users, raws, quotas(raws, target, lens.company.base_unit), strict=True)
    ]
    rows.sort(key=lambda row: (-row.patch.raw, row.user.name_key, row.user.pk))
    return QuotaReport(lens, period, target, rows)


def _plain(row: Quota) -> dict[str, Any]:
    return {
        "who": row.user.username,
        "name": row.user.name,
        "unit": row.unit.code if row.unit else None,
        **{zone: money(row.patch.of(zone)) for zone in (ABOVE, *ZONES)},
        "raw": money(row.patch.raw),
        **ratio("share", row.share),
        **ratio("quota", row.quota, CENT),
    }
