"""Open tasks of somebody who leaves go to somebody else."""

from __future__ import annotations

from django.utils.translation import ngettext

from loudou.people.leaving import Holding, outlives
from loudou.people.models import User
from loudou.tasks.models import Task
from loudou.tasks.verbs.setting import hand_over_task


def _count(user: User) -> int:
    return Task.objects.open().filter(owner=user).count()


def _told(count: int) -> str:
    return ngettext("%(n)d open task", "%(n)d open tasks", count) % {"n": count}


def _pass_on(leaver: User, heir: User, reason: str) -> None:
    for task in Task.objects.open().filter(owner=leaver).select_related("owner").order_by("pk"):
        hand_over_task(task, owner=heir, by=None, reason=reason)


outlives(Holding("tasks", _count, _told, _pass_on))
