"""Which tasks a person is looking at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

from django.db.models import Q

from loudou.customers.models import Customer
from loudou.kernel import clock
from loudou.people.grants import Reach
from loudou.people.lens import PeopleLens
from loudou.pipeline.models import Deal
from loudou.tasks.figures import due
from loudou.tasks.models import Task, Tasks
from loudou.tasks.origins import ORIGINS
from loudou.tasks.queries.shown import rows
from loudou.ui.paging import Page, keyset

LATEST, SOONEST = ("-id",), ("due_on", "id")
STATES = ("done", "dropped", "all")  # unasked those that are open


@dataclass(frozen=True)
class TaskLens(PeopleLens):
    """Tasks of a unit, an owner, set by the person, in a state, due when, of a priority and an origin, about whom."""

    state: str = ""
    when: str = ""
    priority: int = 0
    origin: str = ""
    set_by_me: bool = False
    customer: Customer | None = None
    deal: Deal | None = None

    see = "tasks.see"

    def names(self) -> tuple[str, ...]:
        """The parameters it understands."""
        return ("unit", "owner", "state", "when", "priority", "origin", "set", "customer", "deal")

    @cached_property
    def tasks(self) -> Tasks:
        """The tasks asked for, cut to what the person may see."""
        found: Tasks = Task.objects.visible_to(self.user)
        if self.state != "all":
            found = found.filter(state=self.state or Task.State.OPEN)
        if self.unit is not None:
            found = found.filter(owner__unit__in=sorted(self.units or ()))
        for name in ("owner", "customer", "deal", "priority", "origin"):
            if value := getattr(self, name):
                found = found.filter(**{name: value})
        if self.when:
            found = found.filter(self._due())
        return found.filter(setter=self.user) if self.set_by_me else found

    @property
    def order(self) -> tuple[str, ...]:
        """What is due first; of what is over the latest."""
        return LATEST if self.state else SOONEST

    def page(self, after: str = "") -> Page[Task]:
        """One page of the list."""
        return keyset(self.tasks, order=self.order, load=rows, after=after)

    @property
    def sees_others(self) -> bool:
        """Whether the person sees more than their own, so that it can be asked whose."""
        return self.far > Reach.OWN

    @property
    def is_narrowed(self) -> bool:
        """Whether anything was asked for."""
        return bool(self.asked)

    def _due(self) -> Q:
        now = clock.now().astimezone(self.company.zone)
        today = now.date()
        late = Q(due_on__lt=today) | Q(due_on=today, due_time__lte=now.time())
        return {
            due.OVERDUE: late,
            due.TODAY: Q(due_on=today) & ~late,
            due.WEEK: Q(due_on__gt=today, due_on__lt=today + due.SOON),
            due.LATER: Q(due_on__gte=today + due.SOON),
            due.SOMEDAY: Q(due_on=None),
        }[self.when]

    def _take(self, name: str, raw: str) -> Self:
        if name == "state" and raw in STATES:
            return replace(self, state=raw)
        if name == "when" and raw in due.WHEN:
            return replace(self, when=raw)
        if name == "priority" and raw in ("1", "2", "3"):
            return replace(self, priority=int(raw))
        if name == "origin" and raw in ORIGINS:
            return replace(self, origin=raw)
        if name == "set" and raw == "me":
            return replace(self, set_by_me=True)
        if name in ("customer", "deal"):
            return self._about(name, int(raw))
        return super()._take(name, raw)

    def _about(self, name: str, key: int) -> Self:
        if name == "customer":
            customer = Customer.objects.visible_to(self.user).filter(pk=key).first()
            deal, found = self.deal, customer is not None
        else:
            deal = Deal.objects.visible_to(self.user).filter(pk=key).first()
            customer, found = self.customer, deal is not None
        if not found:
            raise ValueError(key)
        return replace(self, customer=customer, deal=deal)
