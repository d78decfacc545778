"""What managers give their people to do in the last days of the story, and what people see to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from loudou.demo.tempers import temper
from loudou.kernel.workdays import WorkCalendar
from loudou.people.access import may
from loudou.people.models import User
from loudou.pipeline.models import Deal
from loudou.tasks import verbs
from loudou.tasks.models import Task

_TO_DO = (
    ("把检测报告寄给设备科，附样件清单", "顺丰寄出，对方已签收"),
    ("请客户在技术需求清单上盖章", "盖章件已取回"),
    ("问清预算来自哪个科目、谁批", "技改专项，分管副总批"),
    ("约决策人见面，带上售前", "约在下周三上午"),
    ("按客户新的节拍要求改报价", "新报价已送达"),
)


def hand_out(reps: Sequence[User], day: date, calendar: WorkCalendar) -> None:
    """Give every other rep something to do about one of their open deals, due within three working days."""
    for place, user in enumerate(reps):
        manager = user.manager
        if (place + day.day) % 2 or manager is None or not may(manager, "tasks.set", Task(owner=user)):
            continue
        deal = Deal.objects.open().filter(owner=user).order_by("-base_amount", "pk").first()
        turn = place + day.toordinal()
        if deal is not None and may(manager, "pipeline.see", deal):
            verbs.set_task(
                user,
                title=_TO_DO[turn % len(_TO_DO)][0],
                deal=deal,
                due_on=calendar.add(day, 1 + turn % 3),
                priority=Task.Priority.HIGH if turn % 7 == 0 else Task.Priority.NORMAL,
                by=manager,
            )


def see_to(reps: Sequence[User], day: date) -> None:
    """Do what is due today or earlier, the careful nearly all of it, others less."""
    results = dict(_TO_DO)
    due = Task.objects.open().filter(owner__in=reps, due_on__lte=day).select_related("owner")
    for task in due.order_by("pk"):
        if (sum(map(ord, task.title + task.owner.username)) + day.day) % 100 < temper(
            task.owner.username
        ).care * 90:
            verbs.finish_task(task, result=results.get(task.title, ""), by=task.owner)
