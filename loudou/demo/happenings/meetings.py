"""Weekly meetings of the departments: called on Friday, held on Monday, what they give to do is done or not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial

from loudou.demo.happenings.setting import A_DAY, Setting, Told, deal_of, present, unit_named
from loudou.demo.tempers import temper
from loudou.people.models import User
from loudou.reviews import verbs
from loudou.reviews.models import Meeting
from loudou.tasks.models import Task
from loudou.tasks.verbs import finish_task

WEEKS = 4
_CHAIRS = {"D1": "wumin", "D2": "liuyang", "D3": "chengang", "S1": "linfan", "N1": "hanxue"}
_SAID = (
    "先过上周行动项，再看漏斗：验证阶段偏薄，开发阶段有三单超期。",
    "本周重点是月底要签的几单，逐单过决策链；价格问题会后单谈。",
    "复盘上周丢的两单，都输在没有提前拿到评分办法。",
    "对照目标看进度，缺口在下半月，新客户拜访要补上来。",
)
_CLOSE = ("大家同意按单推进，周五前把结果写进记录。", "日志按时交，预警当天处理，下周会上抽查。")
_DECIDED = (
    "超期两周以上的商机，本周必须有一次到访",
    "报价超过百万元的，先过内部评审再送客户",
    "样板参观集中到每月第二周，由售前统一安排",
    "预计日期改两次以上的，下周会上说明原因",
)
_TO_DO = (
    "{deal}：约决策人见面，把时间表定下来",
    "{deal}：补齐缺的证据，附客户签字",
    "{deal}：与售前核对节拍后重出报价",
    "整理本月丢单原因，周会上讲十分钟",
)


def happenings(setting: Setting) -> Iterator[Told]:
    """Each department's meetings of the last weeks, what came of them, and the one of next Monday."""
    for week in setting.weeks(WEEKS):
        for place, unit in enumerate(_CHAIRS):
            first = setting.on(week[0], 9 + place / 60)
            called = setting.on(setting.calendar.latest(week[0] - A_DAY), 16.5 + place / 60)
            yield called, partial(_call, setting, unit, week[0])
            yield first.replace(hour=10), partial(_hold, setting, unit, week[-1])
        yield setting.on(week[-1], 17.6), partial(_see_to, week[-1])
    coming = setting.calendar.add(setting.until + (7 - setting.until.weekday()) * A_DAY, 0)
    for place, unit in enumerate(_CHAIRS):
        called = setting.on(setting.calendar.latest(coming - A_DAY), 16.5 + place / 60)
        yield called, partial(_call, setting, unit, coming)


def _call(setting: Setting, unit: str, day: date) -> None:
    chair = setting.people[_CHAIRS[unit]]
    verbs.plan_meeting(unit_named(unit), starts_at=setting.on(day, 9), place="三楼会议室", by=chair)


def _hold(setting: Setting, unit: str, due_on: date) -> None:
    meeting = (
        Meeting.objects.filter(unit__code=unit, state=Meeting.State.PLANNED).order_by("starts_at").first()
    )
    if meeting is None:
        return
    turn = meeting.pk
    team = [user for user in setting.team(unit) if present(user, due_on)]
    charged = [team[(turn + place) % len(team)] for place in range(2)]
    verbs.hold_meeting(
        meeting,
        minutes=f"{_SAID[turn % len(_SAID)]}\n{_CLOSE[turn % len(_CLOSE)]}",
        decisions=[_DECIDED[turn % len(_DECIDED)]],
        todos=[verbs.Todo(_to_do(user, turn + place), user, due_on) for place, user in enumerate(charged)],
        by=setting.people[_CHAIRS[unit]],
    )


def _to_do(user: User, turn: int) -> str:
    deal = deal_of(user, turn)
    return _TO_DO[turn % 3].format(deal=deal.title) if deal is not None else _TO_DO[3]


def _see_to(day: date) -> None:
    """At the end of the week the careful have done what the meeting gave them."""
    due = Task.objects.open().filter(origin="meeting", due_on__lte=day).select_related("owner")
    for task in due.order_by("pk"):
        if sum(map(ord, task.title + task.owner.username)) % 100 < temper(task.owner.username).care * 90:
            finish_task(task, result="已办，结果写在商机记录里", by=task.owner)
