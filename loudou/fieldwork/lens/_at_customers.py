"""What all lenses on work at customers have in common."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self, TypeVar

from django.db.models import Model, QuerySet

from loudou.customers.models import Customer
from loudou.kernel.periods import midnight
from loudou.people.grants import Reach
from loudou.people.lens import PeopleLens
from loudou.pipeline.models import Deal

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class AtCustomers(PeopleLens):
    """Work of a unit, an owner, a period, at a customer, for a deal; `state` asks for what became of it."""

    state: str = ""
    customer: Customer | None = None
    deal: Deal | None = None

    see = "fieldwork.see"
    states: ClassVar[tuple[str, ...]] = ()
    done_by: ClassVar[str] = "owner"  # the field that says whose work it was

    @property
    def sees_others(self) -> bool:
        """Whether the person sees more than their own, so that it can be asked whose."""
        return self.far > Reach.OWN

    @property
    def is_narrowed(self) -> bool:
        """Whether anything was asked for."""
        return bool(self.asked)

    def within(self, found: Any, *, at: str) -> Any:
        """Of these rows those of the unit, the owner, the customer and the deal, and `at` an instant of the period.

        They are of the unit as it stood at that instant, as in reports (B0.8).
        """
        found = found.filter(self.rows_then(at, zone=self.company.zone))
        for name, field in (("owner", self.done_by), ("customer", "customer"), ("deal", "deal")):
            if value := getattr(self, name):
                found = found.filter(**{field: value})
        if self.period is not None:
            since, until = (midnight(day, self.company.zone) for day in (self.period.start, self.period.end))
            found = found.filter(**{f"{at}__gte": since, f"{at}__lt": until})
        return found

    def _take(self, name: str, raw: str) -> Self:
        if name == "state" and raw in self.states:
            return replace(self, state=raw)
        if name == "customer":
            return replace(self, customer=_one(Customer.objects.visible_to(self.user), raw))
        if name == "deal":
            return replace(self, deal=_one(Deal.objects.visible_to(self.user), raw))
        return super()._take(name, raw)


def _one(rows: QuerySet[M], raw: str) -> M:
    found = rows.filter(pk=int(raw)).first()
    if found is None:
        raise ValueError(raw)
    return found
