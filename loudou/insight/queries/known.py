"""The few deals whose past, as it was known at an instant, is not what had happened until then (B0.1).

All other deals are read from visits and states cut at the instant. These are taken out of what was counted so and
counted anew from their moves: facts entered late, stages that a changed funnel renamed since, and deals that were
invalid for a while only.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef

from loudou.insight.figures.scope import Scope
from loudou.insight.queries.scope import ever, which
from loudou.pipeline.figures.history import Fact, History, as_known, unfold
from loudou.pipeline.models import Deal, Line, Move, Visit
from loudou.pipeline.queries.funnels import order_in
from loudou.pipeline.queries.history import facts_of
from loudou.ui.prepared import among

_COLUMNS = (
    *("code", "title", "customer_name", "source", "base_amount", "created_at", "legacy"),
    *("funnel_version", "funnel__current", "customer__code", "owner__name"),
)


@dataclass(frozen=True)
class Otherwise:
    """A deal as its rows tell it, and as it was known (None if it was not known at all) with the facts known.

    Of the deal itself only what names it and says how it counts is read.
    `is_late` says that something had happened to it by then that became known later.
    """

    deal: Deal
    told: History
    known: History | None
    order: Mapping[int, int]  # of its funnel's stages
    facts: list[Fact]
    products: frozenset[int]
    is_late: bool


def known_otherwise(
    instant: datetime | None, scope: Scope, funnels: Collection[int] | None = None
) -> list[Otherwise]:
    """Those deals for an instant that are the scope's or ever were.

    Two queries, one where there are no such deals, none for the present.
    """
    if instant is None:
        return []
    late = Move.objects.filter(known_at__gt=F("at"), known_at__gte=instant, at__lt=instant).values_list(
        "deal"
    )
    renamed = Move.objects.filter(kind="migrate", at__gte=instant).values_list("deal")
    revived = Visit.objects.filter(left_by="invalid", left_at__lt=instant, reopened_at__gte=instant)
    keys = ArraySubquery(late.union(renamed, revived.values_list("deal")))
    wanted = Deal.objects.filter(which(scope, deal=""), ever(scope, deal="pk"), among(keys))
    if funnels is not None:
        wanted = wanted.filter(funnel__in=funnels)
    lines = ArraySubquery(Line.objects.filter(deal=OuterRef("pk")).values("product"))
    rows = wanted.select_related("funnel", "customer", "owner").only(*_COLUMNS).annotate(products=lines)
    deals: dict[int, Any] = {deal.pk: deal for deal in rows}
    facts = facts_of(list(deals))
    return [
        _otherwise(deal, facts[key], order_in(deal.funnel), instant, frozenset(deal.products))
        for key, deal in sorted(deals.items())
    ]


def _otherwise(
    deal: Deal, facts: list[Fact], order: Mapping[int, int], instant: datetime, products: frozenset[int]
) -> Otherwise:
    known = as_known(facts, instant)
    is_late = any(fact.at < instant <= fact.known_at for fact in facts)
    history = unfold(known, order) if known else None
    return Otherwise(deal, unfold(facts, order), history, order, known, products, is_late)
