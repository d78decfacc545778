"""Which phone records a person is looking at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Self

from loudou.fieldwork.lens._at_customers import AtCustomers
from loudou.fieldwork.models import PhoneCall, PhoneCalls
from loudou.fieldwork.queries.calls import rows
from loudou.people.access import may
from loudou.people.models import User
from loudou.ui.paging import Page, keyset

ORDER = ("-at", "-id")
STATES = ("waiting", "overdue", "ended", "annulled")
LONGEST_TEXT = 60


@dataclass(frozen=True)
class CallLens(AtCustomers):
    """Phone records by text, of a unit, who answered (`owner`), who follows up (`follower`), a period, who rang,
    about whom; `state` asks what became of the follow-up.
    """

    text: str = ""
    caller: str = ""
    follower: User | None = None

    see = "fieldwork.see_calls"
    states: ClassVar[tuple[str, ...]] = STATES
    done_by: ClassVar[str] = "taker"

    def names(self) -> tuple[str, ...]:
        """The parameters it understands."""
        return (*super().names()[:-1], "q", "caller", "state", "follower", "customer", "deal")

    @cached_property
    def calls(self) -> PhoneCalls:
        """The records asked for, cut to what the person may see; annulled ones among them."""
        found: PhoneCalls = self.within(PhoneCall.objects.visible_to(self.user), at="at")
        if self.text:
            found = found.found(self.text, whole_phone=may(self.user, "customers.see_phone"))
        if self.caller:
            found = found.filter(caller=self.caller)
        if self.follower is not None:
            found = found.filter(owner=self.follower)
        if self.state == "annulled":
            return found.exclude(annulled_at=None)
        if self.state == "ended":
            return found.standing().exclude(owner=None).exclude(ended_at=None)
        if self.state:
            found = found.waiting()
        return found.filter(due_on__lt=self.company.today) if self.state == "overdue" else found

    def page(self, after: str = "") -> Page[PhoneCall]:
        """One page of the list, the latest first."""
        return keyset(self.calls, order=ORDER, load=rows, after=after)

    def _take(self, name: str, raw: str) -> Self:
        if name == "q":
            return replace(self, text=raw[:LONGEST_TEXT])
        if name == "caller" and raw in PhoneCall.Caller.values:
            return replace(self, caller=raw)
        if name == "follower":
            return replace(self, follower=self._owner(raw))
        return super()._take(name, raw)
