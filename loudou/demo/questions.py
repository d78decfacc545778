"""Where the two logs of a day differ the control desk asks; people explain, the desk judges the day after (C4)."""

from __future__ import annotations

from datetime import date, datetime

from loudou.daylog import verbs
from loudou.daylog.models import DayLog, Line, Query
from loudou.daylog.queries.dual import dual
from loudou.kernel import clock
from loudou.people.models import User

MOST = 2  # an evening
_EXPLAINED = (
    "客户临时叫来了设备主管，电话里没来得及说名字",
    "电话里信号不好，见的就是这几位，名片在档案里",
    "换了会议室，同一个厂区，人没有变",
)


def ask(day: date, at: datetime, *, by: User) -> None:
    """About some of the day's logs that say something else than was heard."""
    logs = DayLog.objects.standing().filter(day=day, differing__gt=0, queries=None).order_by("pk")
    with clock.at(at):
        for log in logs[:MOST]:
            pair = next(pair for pair in dual(log).comparison.pairs if pair.differing)
            line = Line.objects.get(pk=pair.written.key)
            verbs.ask_about(log, line=line, field=pair.differing[0], by=by)


def explain(at: datetime) -> None:
    """Whoever was asked says how it was."""
    asked = Query.objects.filter(answered_at=None, verdict="").select_related("log__user")
    with clock.at(at):
        for query in asked.order_by("pk"):
            verbs.answer_query(query, answer=_EXPLAINED[query.pk % len(_EXPLAINED)], by=query.log.user)


def judge(at: datetime, *, by: User) -> None:
    """What was explained is taken as explained."""
    answered = Query.objects.exclude(answered_at=None).filter(verdict="")
    with clock.at(at):
        for query in answered.order_by("pk"):
            verbs.judge_query(query, verdict=Query.Verdict.EXPLAINED, by=by)
