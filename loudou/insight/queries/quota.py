"""Reading what people have open by the success rate of its stage (M25); one query, of a past two, and the few known otherwise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Case, DecimalField, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When

from loudou.insight.figures.quota import ABOVE, RATES, STARTS, ZONES, Patch, zone_of
from loudou.insight.queries.conditions import apart, together
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.live import LiveDeals, configured, past, stands, theirs
from loudou.insight.queries.stocks import alike_anywhere, version_but_in
from loudou.pipeline.figures.history import History
from loudou.pipeline.models import Deal, StageSpec, State

# What a patch opens to: what is open in each zone, and all of it at the rates of the zones or of the stages.
PATCH, PATCH_DECK = "patch", "patch_deck"
OF_PATCHES = (*(f"zone_{zone}" for zone in (ABOVE, *ZONES)), PATCH, PATCH_DECK)
_MONEY: Any = DecimalField(max_digits=22, decimal_places=8)


def patches(wanted: LiveDeals, otherwise: Sequence[Otherwise], *, deck: bool) -> dict[int, Patch]:
    """Open deals by who has them; those on hold promise nothing."""
    found: dict[int, Patch] = defaultdict(Patch)
    rates = alike_anywhere() if wanted.known is not None else {}
    for owner, stage, version, amount in _open(wanted, [other.deal.pk for other in otherwise], rates):
        rate = configured(stage, version) if version is not None else rates[stage]
        found[owner].put(amount, rate, deck=deck)
    for other in otherwise:
        stand = stands(other.known, wanted)
        if stand is not None and stand.outcome == "open":
            rate = configured(stand.stage, other.version)
            found[stand.owner].put(stand.base_amount, rate, deck=deck)
    return found


def _open(wanted: LiveDeals, without: Sequence[int], alike: Collection[int]) -> Any:
    if wanted.known is None:
        parts: list[Any] = [Deal.objects.filter(theirs(wanted), outcome="open")]
        key: dict[str, Any] = {"at_stage": F("spec__stage"), "of_version": F("funnel_version")}
    else:
        rows = State.objects.filter(past(wanted), outcome="open").exclude(deal__in=without)
        parts = apart(rows, wanted.known, wanted.scope.owner)
        key = {"at_stage": F("stage"), "of_version": version_but_in(alike)}
    return together(
        [
            part.order_by()
            .annotate(**key)
            .values_list("owner", "at_stage", "of_version")
            .annotate(total=Sum("base_amount"))
            for part in parts
        ]
    )


def open_in_zones(what: str, wanted: LiveDeals) -> tuple[QuerySet[Any, Any], str]:
    """The open deals that one of `OF_PATCHES` counts, with `brings`, the amount they count with, and what names the deal."""
    rows: QuerySet[Any, Any]
    if wanted.known is None:
        rows, deal = Deal.objects.filter(theirs(wanted), outcome="open"), "pk"
        rows = rows.annotate(rated=F("spec__probability"))
    else:
        rows, deal = State.objects.filter(past(wanted), outcome="open"), "deal"
        spec = StageSpec.objects.filter(stage=OuterRef("stage"), version=OuterRef("deal__funnel_version"))
        rows = rows.annotate(rated=Subquery(spec.values("probability")[:1]))
    if what == PATCH_DECK:
        return rows.annotate(brings=_at(F("rated"))), deal
    if what == PATCH:
        zones: Any = Case(
            *(When(rated__gte=STARTS[zone], then=Value(RATES[zone])) for zone in reversed(ZONES)),
            output_field=_MONEY,
        )
        return rows.filter(rated__gte=STARTS[ZONES[0]]).annotate(brings=_at(zones)), deal
    return rows.filter(_of_zone(what.removeprefix("zone_"))).annotate(brings=F("base_amount")), deal


def brought(what: str, history: History | None, version: int, wanted: LiveDeals) -> Decimal | None:
    """What a deal with this known past brings to one of `OF_PATCHES`; None where it does not count."""
    stand = stands(history, wanted)
    if stand is None or stand.outcome != "open":
        return None
    rate = configured(stand.stage, version)
    zone = zone_of(rate)
    if what == PATCH_DECK:
        return stand.base_amount * rate
    if what == PATCH:
        return stand.base_amount * RATES[zone] if zone != ABOVE else None
    return stand.base_amount if what == f"zone_{zone}" else None


def _at(rate: Any) -> Any:
    return F("base_amount") * rate


def _of_zone(zone: str) -> Q:
    """Stages whose configured rate puts them into the zone (`figures.quota.zone_of`)."""
    place = ZONES.index(zone) if zone in ZONES else -1
    wanted = Q(rated__gte=STARTS[zone]) if zone in ZONES else Q()
    return wanted & Q(rated__lt=STARTS[ZONES[place + 1]]) if place + 1 < len(ZONES) else wanted
