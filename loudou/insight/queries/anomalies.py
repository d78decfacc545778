"""Counting anomalies (M16): of live deals as they stand, of their past deal by deal, and of wins."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from loudou.fieldwork.queries.activities import last_contacts
from loudou.insight.figures.anomalies import KINDS, Limits, anomalies, of_the_past
from loudou.insight.figures.flow import Amounts, Span
from loudou.insight.queries.conditions import apart, together
from loudou.insight.queries.known import Otherwise, known_otherwise
from loudou.insight.queries.live import LiveDeals, past, present, stands
from loudou.insight.queries.records import Asked, counted
from loudou.kernel.numbers import ZERO
from loudou.people.employment import Employment, employment_then
from loudou.people.models import User
from loudou.pipeline.figures.flags import Flag
from loudou.pipeline.figures.history import as_known, unfold
from loudou.pipeline.models import Deal, State
from loudou.pipeline.queries.flags import flags_of, thresholds, twins, where
from loudou.pipeline.queries.funnels import spec_of, stage_orders, version_then
from loudou.pipeline.queries.history import facts_of


@dataclass(frozen=True)
class Odd:
    """A deal with its anomalies; `stage`, `amount` and `owner` are as it stood."""

    deal: Deal
    flags: Sequence[Flag]
    stage: int
    amount: Decimal
    owner: User
    pk: int


@dataclass(frozen=True)
class ByOwner:
    """How many of an owner's deals have each anomaly, and what they come to."""

    owner: int
    counts: dict[str, int]
    amounts: dict[str, Decimal]


def odd_deals(wanted: LiveDeals, kinds: Collection[str]) -> QuerySet[Deal]:
    """Live deals that have one of these anomalies now."""
    asked = Q(pk__in=[])
    for kind in kinds:
        asked |= where(kind, wanted.now, wanted.today)
    return Deal.objects.filter(present(wanted), asked)


def by_owner(wanted: LiveDeals, kinds: Sequence[str] = KINDS) -> list[ByOwner]:
    """These anomalies of live deals now, by owner; one query."""
    judged = {kind: where(kind, wanted.now, wanted.today) for kind in kinds}
    columns: dict[str, Any] = {f"n_{kind}": Count("pk", filter=asked) for kind, asked in judged.items()}
    columns |= {f"a_{kind}": Sum("base_amount", filter=asked) for kind, asked in judged.items()}
    rows: Any = Deal.objects.filter(present(wanted)).order_by().values("owner").annotate(**columns)
    return [
        ByOwner(
            row["owner"],
            {kind: row[f"n_{kind}"] for kind in kinds},
            {kind: row[f"a_{kind}"] or ZERO for kind in kinds},
        )
        for row in rows
    ]


def how_many(wanted: LiveDeals, kind: str) -> tuple[int, Decimal]:
    """How many live deals have an anomaly now and what they come to, each looked at once; one query."""
    found = odd_deals(wanted, [kind]).aggregate(n=Count("pk"), total=Sum("base_amount"))
    return found["n"], found["total"] or ZERO


def load(keys: Sequence[int], wanted: LiveDeals) -> list[Odd]:
    """These deals with their anomalies now; two queries."""
    deals = Deal.objects.filter(pk__in=keys).select_related(
        "owner__unit", "customer", "spec__stage", "funnel"
    )
    limits, twice = thresholds(), twins(keys)
    return [
        Odd(
            deal,
            anomalies(flags_of(deal, wanted.now, wanted.today, limits, twin=deal.pk in twice)),
            deal.spec.stage_id,
            deal.base_amount,
            deal.owner,
            deal.pk,
        )
        for deal in deals
    ]


def odd_then(wanted: LiveDeals, *, most: int | None = None) -> Iterator[Odd]:
    """Live deals with the anomalies that were known at the instant, largest first; with `most`, of so many deals."""
    assert wanted.known is not None
    parts = apart(State.objects.filter(past(wanted)).order_by(), wanted.known, wanted.scope.owner)
    rows = together([part.values_list("base_amount", "deal") for part in parts])
    stood = rows.order_by("-base_amount", "deal")
    late = [other.deal.pk for other in known_otherwise(wanted.known, wanted.scope, wanted.funnels)]
    first = [key for _amount, key in (stood[:most] if most is not None else stood)]
    keys = list(dict.fromkeys([*first, *late]))
    people = User.objects.select_related("unit").in_bulk()
    there = employment_then(people.values(), wanted.known)
    for start in range(0, len(keys), _HELPING):
        yield from _told(keys[start : start + _HELPING], wanted, people, there)


_HELPING = 2000


def _told(
    keys: Sequence[int], wanted: LiveDeals, people: dict[int, User], there: Mapping[int, Employment]
) -> Iterator[Odd]:
    assert wanted.known is not None
    deals = Deal.objects.select_related("customer", "spec__stage", "funnel").in_bulk(keys)
    facts = facts_of(keys)
    orders = stage_orders({deal.funnel_id for deal in deals.values()})
    judged, contacts = thresholds(), last_contacts(keys, wanted.known)
    for key in keys:
        deal, known = deals[key], as_known(facts[key], wanted.known)
        if not known:
            continue
        history = unfold(known, orders[deal.funnel_id])
        stand = stands(history, wanted)
        if stand is None:
            continue
        spec = spec_of(version_then(deal.funnel_version_id, facts[key], wanted.known), stand.stage)
        limits = Limits(spec.warn_days, spec.max_days) if spec is not None else Limits()
        owner = people[stand.owner]
        _joined, left_on = there[stand.owner]
        left = left_on is not None and left_on < wanted.today
        found = of_the_past(
            history,
            known,
            limits,
            wanted.known,
            wanted.today,
            thresholds=judged,
            contact_at=contacts.get(key, deal.created_at),
            owner_left=left,
        )
        if found:
            yield Odd(deal, found, stand.stage, stand.base_amount, owner, key)


def wins(
    wanted: LiveDeals, span: Span, stages: Collection[int] | None, otherwise: Sequence[Otherwise] = ()
) -> tuple[Amounts, Amounts]:
    """Wins of the span out of these stages (None: all), and those of them that were off the funnel; two queries."""
    won, off = (counted(Asked(what, wanted, span, stages), otherwise) for what in ("won_deals", "off_funnel"))
    return won, off
