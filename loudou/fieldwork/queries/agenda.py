"""The action agenda (行动日程, R073): visits to come, next steps of deals, what was agreed with customers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from loudou.fieldwork.figures.icalendar import Happening
from loudou.fieldwork.models import Activity, VisitPlan
from loudou.kernel.periods import Period
from loudou.people.models import User
from loudou.pipeline.models import Deal

MOST = 400  # of each kind, in what a person looks at
_OFF = (VisitPlan.State.CANCELLED, VisitPlan.State.EXPIRED)


@dataclass(frozen=True)
class Item:
    """One thing to do on a day: a `visit`, a deal's next `step`, or something `agreed` without a deal."""

    kind: str
    key: int
    day: date
    at: datetime | None
    what: str
    whom: str
    owner: User
    place: str = ""
    state: str = ""

    @property
    def happening(self) -> Happening:
        """As calendar programs take it."""
        title = f"{self.whom}：{self.what}" if self.whom else self.what
        return Happening(f"{self.kind}-{self.key}@loudou", title, self.at or self.day, place=self.place)


def agenda(user: User, period: Period, *, owners: Collection[int]) -> list[Item]:
    """What these people have to do in a period, as far as the person may see it, in order; three queries."""
    within = {"owner__in": owners}
    days = {"gte": period.start, "lt": period.end}
    plans = VisitPlan.objects.visible_to(user).filter(
        **within, **{f"day__{name}": day for name, day in days.items()}
    )
    visits = plans.exclude(state__in=_OFF).select_related("customer", "owner").order_by("starts_at", "pk")
    due = {f"next_on__{name}": day for name, day in days.items()}
    deals = Deal.objects.visible_to(user).live().filter(**within, **due).exclude(next_step="")
    agreed = (
        Activity.objects.visible_to(user).known().filter(**within, **due, deal=None).exclude(next_step="")
    )
    items = [
        *(_visit(plan) for plan in visits[:MOST]),
        *(_step(deal) for deal in deals.select_related("owner").order_by("next_on", "pk")[:MOST]),
        *(
            _agreed(one)
            for one in agreed.select_related("owner", "customer").order_by("next_on", "pk")[:MOST]
        ),
    ]
    return sorted(items, key=lambda item: (item.day, item.at is None, item.at.timestamp() if item.at else 0))


def visits_on(user: User, day: date) -> list[VisitPlan]:
    """A person's own visits of a day that were not called off, in order."""
    mine = VisitPlan.objects.filter(owner=user, day=day).exclude(state__in=_OFF)
    return list(mine.select_related("customer").order_by("starts_at", "pk")[:MOST])


def _visit(plan: VisitPlan) -> Item:
    what = "；".join(plan.objectives) or plan.code
    return Item(
        "visit",
        plan.pk,
        plan.day,
        plan.starts_at,
        what,
        plan.customer.name,
        plan.owner,
        plan.place,
        plan.state,
    )


def _step(deal: Deal) -> Item:
    assert deal.next_on is not None
    return Item(
        "step", deal.pk, deal.next_on, None, deal.next_step, deal.customer_name or deal.title, deal.owner
    )


def _agreed(one: Activity) -> Item:
    assert one.next_on is not None and one.customer is not None
    return Item("agreed", one.pk, one.next_on, None, one.next_step, one.customer.name, one.owner)
