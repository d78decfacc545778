"""Which planned visits a person is looking at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from loudou.fieldwork.lens._at_customers import AtCustomers
from loudou.fieldwork.models import VisitPlan, VisitPlans
from loudou.fieldwork.queries.visits import rows
from loudou.ui.paging import Page, keyset

ORDER = ("-starts_at", "-id")


@dataclass(frozen=True)
class VisitLens(AtCustomers):
    """Visits of a unit, an owner, a period, a customer, a deal, in a state."""

    states: ClassVar[tuple[str, ...]] = tuple(VisitPlan.State.values)

    def names(self) -> tuple[str, ...]:
        """The parameters it understands."""
        return (*super().names()[:-1], "state", "customer", "deal")

    @cached_property
    def visits(self) -> VisitPlans:
        """The visits asked for, cut to what the person may see."""
        found: VisitPlans = self.within(VisitPlan.objects.visible_to(self.user), at="starts_at")
        return found.filter(state=self.state) if self.state else found

    def page(self, after: str = "") -> Page[VisitPlan]:
        """One page of the list, the latest first."""
        return keyset(self.visits, order=ORDER, load=rows, after=after)
