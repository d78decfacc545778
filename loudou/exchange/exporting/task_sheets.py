"""Exports of what people have to do."""

from __future__ import annotations

from datetime import tzinfo

from django.utils.translation import gettext_lazy

from loudou.exchange.exporting.cells import Cell, instant
from loudou.exchange.exporting.sheet import Filters, Rows, Sheet
from loudou.people.models import User
from loudou.tasks.lens import TaskLens
from loudou.tasks.models import Task

_PRIORITIES = {1: "high", 2: "normal", 3: "low"}


def _tasks(user: User | None, filters: Filters) -> Rows:
    """Unless a state is asked for, all of them."""
    chosen = TaskLens.read({"state": "all", **filters}, user).tasks
    found = chosen.visible_to(user, "exchange.export").select_related("owner", "customer", "deal")
    return found.defer("customer__search", "customer__extra", "deal__search", "deal__extra").order_by("code")


def _task(task: Task, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    about = (task.customer.code if task.customer else None, task.deal.code if task.deal else None)
    due = (task.due_on, f"{task.due_time:%H:%M}" if task.due_time else None, _PRIORITIES[task.priority])
    over = (task.state, task.outcome, instant(task.ended_at, zone))
    return (task.code, task.title, task.owner.username, *due, *about, task.note, *over)


TASK_SHEETS = (
    Sheet(
        "tasks",
        gettext_lazy("Tasks"),
        (
            *("code", "title", "owner_username", "due_on", "due_time", "priority"),
            *("customer_code", "deal_code", "note", "state", "outcome", "ended_at"),
        ),
        "tasks.see",
        _tasks,
        _task,
        lens=TaskLens,
        persons=True,
    ),
)
