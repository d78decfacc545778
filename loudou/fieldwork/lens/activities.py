"""Which activities a person is looking at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self, TypeVar

from django.db.models import Model, QuerySet

from loudou.customers.models import Customer
from loudou.fieldwork.models import Activities, Activity
from loudou.fieldwork.queries.activities import rows
from loudou.kernel.periods import midnight
from loudou.people.grants import Reach
from loudou.people.lens import PeopleLens
from loudou.pipeline.models import Deal
from loudou.ui.paging import Page, keyset

M = TypeVar("M", bound=Model)
ORDER = ("-at", "-id")
STATES = ("standing", "annulled", "invalid")


@dataclass(frozen=True)
class ActivityLens(PeopleLens):
    """Activities of a unit, an owner, a period, a kind, a customer, a deal; `state` asks for what does not count.

    The kind is called `activity` in addresses, for exports name what they hold `kind`.
    """

    kind: str = ""
    state: str = ""
    customer: Customer | None = None
    deal: Deal | None = None

    see = "fieldwork.see"

    def names(self) -> tuple[str, ...]:
        """The parameters it understands."""
        return (*super().names()[:-1], "activity", "state", "customer", "deal")

    @cached_property
    def activities(self) -> Activities:
        """The activities asked for, cut to what the person may see; annulled ones among them."""
        found: Activities = Activity.objects.visible_to(self.user)
        if self.unit is not None:
            found = found.filter(unit__in=sorted(self.units or ()))
        for name in ("owner", "kind", "customer", "deal"):
            if value := getattr(self, name):
                found = found.filter(**{name: value})
        if self.period is not None:
            zone = self.company.zone
            found = found.filter(
                at__gte=midnight(self.period.start, zone), at__lt=midnight(self.period.end, zone)
            )
        if self.state == "standing":
            return found.filter(annulled_at=None)
        if self.state == "annulled":
            return found.exclude(annulled_at=None)
        return found.filter(valid=False) if self.state == "invalid" else found

    def page(self, after: str = "") -> Page[Activity]:
        """One page of the list, the latest first."""
        return keyset(self.activities, order=ORDER, load=rows, after=after)

    @property
    def sees_others(self) -> bool:
        """Whether the person sees more than their own, so that it can be asked whose."""
        return self.far > Reach.OWN

    @property
    def is_narrowed(self) -> bool:
        """Whether anything was asked for."""
        return bool(self.asked)

    def _take(self, name: str, raw: str) -> Self:
        if name == "activity" and raw in Activity.Kind.values:
            return replace(self, kind=raw)
        if name == "state" and raw in STATES:
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
