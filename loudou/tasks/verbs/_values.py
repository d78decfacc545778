"""What a task may say."""

from __future__ import annotations

from datetime import date, time
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from loudou.customers.models import Customer
from loudou.journal import numbers
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.access import may
from loudou.people.models import User
from loudou.pipeline.models import Deal
from loudou.tasks.models import Task
from loudou.ui.texts import kept

TEXTS = {"title": 200, "note": 4000, "code": 60, "outcome": 500}
FIELDS = ("title", "note", "customer", "deal", "due_on", "due_time", "priority")


def cleaned(values: dict[str, Any]) -> dict[str, Any]:
    """The values as they are kept; refuses the first that cannot be."""
    clean = {}
    for name, value in values.items():
        if name not in (*FIELDS, "code"):
            raise Refused(_("“{field}” cannot be changed this way.").format(field=name), field=name)
        clean[name] = text(name, value) if name in TEXTS else value
    if "title" in clean and not clean["title"]:
        raise Refused(_("Say what is to be done."), field="title")
    if clean.get("priority", Task.Priority.NORMAL) not in Task.Priority.values:
        raise Refused(_("Choose how urgent it is."), field="priority")
    if not isinstance(clean.get("due_on"), date | None):
        raise Refused(_("Write a day such as 2026-04-17."), field="due_on")
    if not isinstance(clean.get("due_time"), time | None):
        raise Refused(_("Write a time such as 14:30."), field="due_time")
    return clean


def text(field: str, value: Any) -> str:
    """A text as it is kept."""
    return kept(value, field, longest=TEXTS[field], lines=field == "note")


def settle(task: Task) -> None:
    """Set what follows from what it is about, and refuse what does not go together."""
    deal: Deal | None = task.deal
    if deal is not None and task.customer_id is not None and deal.customer_id not in (None, task.customer_id):
        raise Refused(_("The deal belongs to another customer."), field="deal")
    if deal is not None and task.customer_id is None:
        task.customer_id = deal.customer_id
    if task.due_time is not None and task.due_on is None:
        raise Refused(_("A time needs its day."), field="due_on")


def refuse_unseen(owner: User, by: User | None, deal: Deal | None, customer: Customer | None) -> None:
    """Refuse a task about what the person who sets it, or who is to do it, may not see."""
    for user in filter(None, (by, owner)):
        if deal is not None and not may(user, "pipeline.see", deal):
            raise Forbidden(_unseen(user, by), field="deal")
        if deal is None and customer is not None and not may(user, "customers.see", customer):
            raise Forbidden(_unseen(user, by), field="customer")


def refuse_ended(task: Task) -> None:
    """Refuse to change a task that is over."""
    if not task.is_open:
        raise Refused(_("This task is over; take it up again first."))


next_codes = partial(numbers.next_codes, Task, "tasks_task_number", "RW-")


def _unseen(user: User, by: User | None) -> str:
    if by is not None and user.pk == by.pk:
        return _("You do not have the right to do this.")
    return _("{name} may not see this; choose somebody else.").format(name=user.name)
