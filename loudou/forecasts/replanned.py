"""Which deals were planned to be delivered otherwise, and what of them falls into a period since then (M20)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q

from loudou.insight.figures.flow import LIVE
from loudou.insight.figures.forecast import portions
from loudou.insight.lens import InsightLens
from loudou.insight.queries.scope import whose
from loudou.insight.queries.waterfall import Past, load_of
from loudou.kernel.numbers import ZERO
from loudou.kernel.periods import Period
from loudou.pipeline.models import Deal, DeliveryPart


@dataclass(frozen=True)
class Replanned:
    """A deal, and what of it was expected in the period before and after its plan changed."""

    deal: Deal
    before: Decimal
    after: Decimal


def replanned(lens: InsightLens, period: Period, since: datetime, *, most: int) -> Sequence[Replanned]:
    """The deals of a lens whose plan changed since an instant what falls into a period, the largest change first.

    Two queries. What else happened to them the waterfall tells, in which deals count whole (M13).
    """
    touched = DeliveryPart.objects.filter(Q(since__gte=since) | Q(until__gte=since))
    deals = Deal.objects.live().visible_to(lens.user).filter(whose(lens.scope, at=lens.now))
    planned = deals.filter(pk__in=touched.values("deal")).select_related("funnel")
    rows = list(planned.defer("search", "extra", "note"))
    pasts = load_of(rows)
    unit = lens.company.base_unit
    found = [
        Replanned(deal, _falls(past, since, period, unit), _falls(past, lens.now, period, unit))
        for deal in rows
        if _was_replanned(past := pasts[deal.pk], since)
    ]
    changed = [one for one in found if one.before != one.after]
    return sorted(changed, key=lambda one: (-abs(one.after - one.before), one.deal.pk))[:most]


def _was_replanned(past: Past, since: datetime) -> bool:
    return any(fact.plan is not None and fact.known_at >= since for fact in past.facts)


def _falls(past: Past, at: datetime, period: Period, unit: Decimal) -> Decimal:
    """What of a deal was expected in a period, as known at an instant."""
    known = past.known(at)
    if known is None or known.now.outcome not in LIVE:
        return ZERO
    return sum(
        (one.amount for one in portions(known.now, unit) if one.expected_on and one.expected_on in period),
        ZERO,
    )
