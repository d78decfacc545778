"""Reading what people have open by the success rate of its stage (M25); one query, and the few known otherwise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import F, Sum

from loudou.insight.figures.quota import Patch
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.live import LiveDeals, configured, past, stands, theirs
from loudou.pipeline.models import Deal, State


def patches(wanted: LiveDeals, otherwise: Sequence[Otherwise], *, deck: bool) -> dict[int, Patch]:
    """Open deals by who has them; those on hold promise nothing."""
    found: dict[int, Patch] = defaultdict(Patch)
    for owner, stage, version, amount in _open(wanted, [other.deal.pk for other in otherwise]):
        found[owner].put(amount, configured(stage, version), deck=deck)
    for other in otherwise:
        stand = stands(other.known, wanted)
        if stand is not None and stand.outcome == "open":
            rate = configured(stand.stage, other.deal.funnel_version_id)
            found[stand.owner].put(stand.base_amount, rate, deck=deck)
    return found


def _open(wanted: LiveDeals, without: Sequence[int]) -> Any:
    if wanted.known is None:
        rows: Any = Deal.objects.filter(theirs(wanted), outcome="open")
        key = {"at_stage": F("spec__stage"), "of_version": F("funnel_version")}
    else:
        rows = State.objects.filter(past(wanted), outcome="open").exclude(deal__in=without)
        key = {"at_stage": F("stage"), "of_version": F("deal__funnel_version")}
    told: list[tuple[int, int, int, Decimal]] = list(
        rows.order_by()
        .annotate(**key)
        .values_list("owner", "at_stage", "of_version")
        .annotate(total=Sum("base_amount"))
    )
    return told
