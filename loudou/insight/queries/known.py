"""The few deals whose past, as it was known at an instant, is not what had happened until then (B0.1).

All other deals are read from visits and states cut at the instant. These are taken out of what was counted so and
counted anew from their moves: facts entered late, stages that a changed funnel renamed since, and deals that were
invalid for a while only.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Func, OuterRef, QuerySet

from loudou.insight.figures.scope import NO_SOURCE, Scope, always
from loudou.insight.queries.late import KEYS, came_late
from loudou.insight.queries.scope import had_by, which
from loudou.pipeline.figures.history import Fact, History, as_known, unfold
from loudou.pipeline.models import Deal, Funnel, Line, Move, Visit
from loudou.pipeline.queries.funnels import in_force, order_under, version_then
from loudou.pipeline.queries.history import facts_of
from loudou.ui.prepared import Shapes, among, together


class Named(NamedTuple):
    """Of a deal what names it and says how it counts: hundreds of whole ones would take longer than their figures."""

    pk: int
    funnel_id: int
    funnel_version_id: int
    code: str
    title: str
    customer_name: str
    customer_code: str | None
    source: str
    base_amount: Decimal
    created_at: datetime | None
    legacy: bool  # imported without dated history (C21)
    off_funnel: bool


@dataclass(frozen=True)
class Otherwise:
    """A deal as its rows tell it, and as it was known (None if it was not known at all) with the facts known.

    `is_late` says that something had happened to it by then that became known later.
    """

    deal: Named
    every: Sequence[Fact]
    facts: Sequence[Fact]
    order: Mapping[int, int]  # of its funnel's stages
    products: frozenset[int]
    is_late: bool
    version: int  # of its funnel, that it was on then

    @cached_property
    def told(self) -> History:
        """As its rows tell it."""
        return unfold(self.every, self.order)

    @cached_property
    def known(self) -> History | None:
        """As it was known."""
        return unfold(self.facts, self.order) if self.facts else None


def known_otherwise(
    instant: datetime | None, scope: Scope, funnels: Collection[int] | None = None
) -> list[Otherwise]:
    """Those deals for an instant that are the scope's or ever were.

    Two queries, however many there are; none for the present.
    """
    return known_at([instant], scope, funnels)[0]


def known_at(
    instants: Sequence[datetime | None], scope: Scope, funnels: Collection[int] | None = None
) -> list[list[Otherwise]]:
    """The same for each of several instants, with no more queries than for one.

    A deal that was known otherwise at one of them is told of at each.
    """
    asked = {
        "owner": scope.owner,
        "units": sorted({one.unit for one in scope.units}) if scope.units is not None else None,
        "source": "" if scope.source == NO_SOURCE else scope.source or None,
        "product": scope.product,
        "funnels": sorted(funnels) if funnels is not None else None,
    }
    past = [instant for instant in instants if instant is not None]
    shape = _DEALS.of(frozenset(["instant", *(name for name, value in asked.items() if value is not None)]))
    found = together([(shape, [instant, *asked.values()]) for instant in past])
    rows = sorted({row[0]: row for row in found}.values())
    facts = facts_of([row[0] for row in rows]) if past else {}
    return [
        [_otherwise(instant, facts[row[0]], *row) for row in rows] if instant is not None else []
        for instant in instants
    ]


def keys_otherwise(instants: Sequence[datetime]) -> Func:
    """Keys of the deals whose past was known otherwise at one of these instants: an array, of the whole company."""
    first, last = min(instants), max(instants)
    renamed = Move.objects.filter(kind="migrate", at__gte=first).values_list("deal")
    revived = Visit.objects.filter(left_by="invalid", left_at__lt=last, reopened_at__gte=first)
    few = ArraySubquery(renamed.union(revived.values_list("deal")))
    return Func(came_late((at, at) for at in instants), few, function="array_cat", output_field=KEYS)


def _otherwise(instant: datetime, every: list[Fact], *row: Any) -> Otherwise:
    *named, products, current = row
    deal = Named(*named)
    late = any(fact.at < instant <= fact.known_at for fact in every)
    order = order_under(deal.funnel_id, current)
    version = version_then(deal.funnel_version_id, every, instant)
    return Otherwise(deal, every, as_known(every, instant), order, frozenset(products), late, version)


def version_of(funnel: Funnel, instant: datetime | None) -> int:
    """The version of a funnel in force at an instant (None: now).

    Before the first publication, of which history was told afterwards, the one that deals migrated since were on.
    """
    current = funnel.current_id or 0
    published = in_force(funnel, instant) if instant is not None else current
    if published is not None:
        return published
    late = known_otherwise(instant, Scope(), [funnel.pk])
    return min((other.version for other in late if other.version != current), default=current)


# What is asked with, and a sample of each that occurs nowhere else in the query.
_SAMPLES: Mapping[str, Any] = {
    "instant": datetime(1, 1, 2, tzinfo=UTC),
    "owner": -987_654_311,
    "units": [-987_654_312],
    "source": "a sample of a source",
    "product": -987_654_313,
    "funnels": [-987_654_314],
}


def _deals(names: Collection[str], *samples: Any) -> QuerySet[Any, Any]:
    """Those deals, asked with what is named, as values: of a deal first, then its products and its funnel's version in force."""
    given = {name: value for name, value in zip(_SAMPLES, samples, strict=True) if name in names}
    instant, units = given["instant"], given.get("units")
    scope = Scope(
        given.get("owner"),
        always(units) if units is not None else None,
        given.get("source", ""),
        given.get("product"),
    )
    wanted = Deal.objects.filter(which(scope, deal=""), among(had_by(scope, keys_otherwise([instant]))))
    if "funnels" in given:
        wanted = wanted.filter(among(given["funnels"], "funnel"))
    lines = ArraySubquery(Line.objects.filter(deal=OuterRef("pk")).values("product"))
    return wanted.order_by().values_list(*_NAMED, lines, "funnel__current")


_NAMED = (
    *("pk", "funnel", "funnel_version", "code", "title", "customer_name", "customer__code"),
    *("source", "base_amount", "created_at", "legacy", "off_funnel"),
)
_DEALS = Shapes(_deals, *_SAMPLES.values())
