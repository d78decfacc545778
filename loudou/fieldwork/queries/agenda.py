"""The action agenda (行动日程, R073): visits to come, next steps of deals, what was agreed with customers, tasks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from django.utils.translation import gettext as _

from loudou.fieldwork.figures.icalendar import Happening
from loudou.fieldwork.models import Activity, VisitPlan
from loudou.fieldwork.queries.cadence import Due, due_deals
from loudou.kernel.periods import Period, midnight
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.pipeline.models import Deal
from loudou.tasks.models import Task
from loudou.tasks.queries.shown import due_between
from loudou.tasks.queries.stages import Asked, asked_between

MOST = 400  # of each kind, in what a person looks at
_OFF = (VisitPlan.State.CANCELLED, VisitPlan.State.EXPIRED)


@dataclass(frozen=True)
class Item:
    """One thing to do on a day: a `visit`, a deal's next `step`, something `agreed` without a deal, a `task`, what a
    `stage` gives days for, or a `contact` that is due about a deal."""

    kind: str
    key: int
    day: date
    at: datetime | None
    what: str
    whom: str
    owner: User
    place: str = ""
    state: str = ""
    mark: str = ""  # what tells several of one key apart

    @property
    def happening(self) -> Happening:
        """As calendar programs take it."""
        title = f"{self.whom}：{self.what}" if self.whom else self.what
        return Happening(
            f"{self.kind}-{self.key}{self.mark}@loudou", title, self.at or self.day, place=self.place
        )


def agenda(user: User, period: Period, *, owners: Collection[int]) -> list[Item]:
    """What these people have to do in a period, as far as the person may see it, in order; eight queries."""
    zone = organisation().zone
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
    tasks = due_between(user, owners, period.start, period.end, most=MOST)
    first, end = midnight(period.start, zone), midnight(period.end, zone)
    stages = asked_between(user, owners, first, end, zone, most=MOST)
    items = [
        *(_task(task, zone) for task in tasks),
        *(_stage(one) for one in stages),
        *(_contact(one, zone) for one in due_deals(user, owners, first, end, most=MOST)),
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


def _task(task: Task, zone: tzinfo) -> Item:
    assert task.due_on is not None
    at = datetime.combine(task.due_on, task.due_time, zone) if task.due_time is not None else None
    whom = (
        task.customer.name if task.customer is not None else task.deal.title if task.deal is not None else ""
    )
    return Item("task", task.pk, task.due_on, at, task.title, whom, task.owner)


def _stage(one: Asked) -> Item:
    assert one.due_on is not None
    whom = one.deal.customer_name or one.deal.title
    return Item(
        "stage", one.deal.pk, one.due_on, None, str(one.task), whom, one.deal.owner, mark=f"-{one.task.pk}"
    )


def _contact(one: Due, zone: tzinfo) -> Item:
    assert one.deal is not None
    deal, day = one.deal, one.plan.due.astimezone(zone).date()
    return Item("contact", deal.pk, day, None, _("contact due"), deal.customer_name or deal.title, deal.owner)
