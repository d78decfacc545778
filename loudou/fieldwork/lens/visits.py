"""Which planned visits a person is looking at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

from loudou.customers.models import Customer
from loudou.fieldwork.lens.activities import ActivityLens
from loudou.fieldwork.models import VisitPlan, VisitPlans
from loudou.fieldwork.queries.visits import rows
from loudou.kernel.periods import midnight
from loudou.people.grants import Reach
from loudou.people.lens import PeopleLens
from loudou.pipeline.models import Deal
from loudou.ui.paging import Page, keyset

ORDER = ("-starts_at", "-id")


@dataclass(frozen=True)
class VisitLens(PeopleLens):
    """Visits of a unit, an owner, a period, a customer, a deal, in a state; `to_come` stands for all still to be made."""

    state: str = ""
    customer: Customer | None = None
    deal: Deal | None = None

    see = "fieldwork.see"

    def names(self) -> tuple[str, ...]:
        """The parameters it understands."""
        return (*super().names()[:-1], "state", "customer", "deal")

    @cached_property
    def visits(self) -> VisitPlans:
        """The visits asked for, cut to what the person may see."""
        found: VisitPlans = VisitPlan.objects.visible_to(self.user)
        if self.unit is not None:
            found = found.filter(unit__in=sorted(self.units or ()))
        for name in ("owner", "customer", "deal"):
            if value := getattr(self, name):
                found = found.filter(**{name: value})
        if self.state:
            found = found.filter(state=self.state)
        if self.period is not None:
            zone = self.company.zone
            found = found.filter(
                starts_at__gte=midnight(self.period.start, zone),
                starts_at__lt=midnight(self.period.end, zone),
            )
        return found

    def page(self, after: str = "") -> Page[VisitPlan]:
        """One page of the list, the latest first."""
        return keyset(self.visits, order=ORDER, load=rows, after=after)

    @property
    def sees_others(self) -> bool:
        """Whether the person sees more than their own, so that it can be asked whose."""
        return self.far > Reach.OWN

    @property
    def is_narrowed(self) -> bool:
        """Whether anything was asked for."""
        return bool(self.asked)

    def _take(self, name: str, raw: str) -> Self:
        if name == "state" and raw in VisitPlan.State.values:
            return replace(self, state=raw)
        if name in ("customer", "deal"):
            named = ActivityLens(self.user, self.company)._take(name, raw)
            return replace(self, customer=named.customer or self.customer, deal=named.deal or self.deal)
        return super()._take(name, raw)
