"""Reading what stands on the funnel from what the database keeps of it: sums by stage, however many deals there are."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet, Sum

from loudou.people.access import marked
from loudou.pipeline.models import Deal, Stock
from loudou.ui.prepared import ANY, MANY, Shapes, among


@dataclass(frozen=True)
class Whose:
    """Deals of an owner, of some units, of both at once; everybody's where neither is said."""

    units: tuple[int, ...] | None = None
    owner: int | None = None

    @property
    def condition(self) -> Q:
        """It as a condition on deals, or on their stock."""
        asked = Q(owner=self.owner) if self.owner is not None else Q()
        return asked & Q(unit__in=self.units) if self.units is not None else asked

    @property
    def sought(self) -> Q:
        """The same in the words of the index that texts are looked up in."""
        asked = marked(Deal, [self.owner]) if self.owner is not None else Q()
        return asked & marked(Deal, [-key for key in self.units]) if self.units is not None else asked

    @property
    def said(self) -> Said:
        """Which of both is said: the shape in which a prepared query is asked."""
        return Said(self.units is not None, self.owner is not None)

    @property
    def values(self) -> tuple[list[int], int]:
        """What a query prepared with `Said.condition` is asked with."""
        return list(self.units or ()), self.owner or 0


class Said(NamedTuple):
    """Whether `Whose` says units, an owner."""

    units: bool
    owner: bool

    def condition(self, units: list[int], owner: int) -> Q:
        """`Whose.condition`, in the same words however many units there are."""
        asked = Q(owner=owner) if self.owner else Q()
        return asked & Q(among(units, "unit")) if self.units else asked


NOBODYS = Whose(units=())


class Stocked(NamedTuple):
    """What stands in one stage, as `models.Stock` keeps it, with the stage's rate."""

    spec: int
    rate: Decimal
    deals: int
    amount: Decimal
    own_weighted: Decimal
    plain: Decimal
    dated: int
    began_seconds: Decimal

    @property
    def weighted(self) -> Decimal:
        """Amounts times success rates."""
        return self.own_weighted + self.plain * self.rate


@dataclass(frozen=True)
class _Shape:
    said: Said
    by_stage: bool
    resting: tuple[bool, ...]


def stocked(whose: Whose, resting: Iterable[bool], specs: Collection[int] | None = None) -> list[Stocked]:
    """What of these deals stands in each stage, or in these stages alone; open ones, resting ones, or both (one query)."""
    shape = _Shape(whose.said, specs is not None, tuple(resting))
    return [Stocked(*row) for row in _STOCKED.of(shape).tuples(*whose.values, list(specs or ()))]


def _stocked(shape: _Shape, units: list[int], owner: int, specs: list[int]) -> QuerySet[Stock, Any]:
    rows = Stock.objects.filter(shape.said.condition(units, owner), resting__in=shape.resting)
    if shape.by_stage:
        rows = rows.filter(among(specs, "spec"))
    summed = ("count", "amount", "own_weighted", "plain", "dated", "began_seconds")
    sums = {f"all_{name}": Sum(name) for name in summed}
    return rows.order_by().values_list("spec_id", "spec__probability").annotate(**sums)


_STOCKED = Shapes(_stocked, MANY, ANY, [ANY - 1], unseen=True)
