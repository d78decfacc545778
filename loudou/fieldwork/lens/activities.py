"""Which activities a person is looking at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Self

from loudou.fieldwork.lens._at_customers import AtCustomers
from loudou.fieldwork.models import Activities, Activity
from loudou.fieldwork.queries.activities import rows
from loudou.ui.paging import Page, keyset

ORDER = ("-at", "-id")
CONTACT = "contact"  # asks for every kind that reaches the customer (R122), as reports count them
STATES = ("standing", "counted", "annulled", "invalid")


@dataclass(frozen=True)
class ActivityLens(AtCustomers):
    """Activities of a unit, an owner, a period, a kind, a customer, a deal; `state` asks for what counts (M40) or does not.

    The kind is called `activity` in addresses, for exports name what they hold `kind`.
    """

    kind: str = ""

    states: ClassVar[tuple[str, ...]] = STATES

    def names(self) -> tuple[str, ...]:
        """The parameters it understands."""
        return (*super().names()[:-1], "activity", "state", "customer", "deal")

    @cached_property
    def activities(self) -> Activities:
        """The activities asked for, cut to what the person may see; annulled ones among them."""
        found: Activities = self.within(Activity.objects.visible_to(self.user), at="at")
        if self.kind == CONTACT:
            found = found.contacts()
        elif self.kind:
            found = found.filter(kind=self.kind)
        if self.state == "standing":
            return found.filter(annulled_at=None)
        if self.state == "counted":
            return found.filter(annulled_at=None, counts=True)
        if self.state == "annulled":
            return found.exclude(annulled_at=None)
        return found.filter(valid=False) if self.state == "invalid" else found

    def page(self, after: str = "") -> Page[Activity]:
        """One page of the list, the latest first."""
        return keyset(self.activities, order=ORDER, load=rows, after=after)

    def _take(self, name: str, raw: str) -> Self:
        if name == "activity" and raw in (CONTACT, *Activity.Kind.values):
            return replace(self, kind=raw)
        return super()._take(name, raw)
