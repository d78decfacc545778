"""The last days of the story: everybody's day from both sides, and a forged log that is found out."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import F, Q

from loudou.customers.verbs import add_customer
from loudou.daylog.models import DayLog, DeskLog, Line, Query, SpotCheck
from loudou.demo.days import FORGER, Days, begin_of
from loudou.demo.plot import ZONE
from loudou.fieldwork.verbs import log_activity
from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.kernel.periods import midnight
from loudou.people.queries import work_calendar
from loudou.signoff.figures import substantial
from loudou.signoff.models import Request
from loudou.tasks.models import Task
from tests import make
from tests.cast import Cast

END = date(2026, 4, 18)
DAYS = 5  # a week is as good as the month that the company is told with


def test_a_week_is_told_and_the_forged_log_is_caught(cast: Cast) -> None:
    end, calendar = midnight(END, ZONE), work_calendar()
    begin = begin_of(end, calendar, DAYS)
    with clock.at(begin):
        for user in (cast.chenan, cast.zhoukai):
            make.deal(user)
    with clock.at(midnight(END - timedelta(days=3), ZONE) + timedelta(hours=10)):  # the desk mishears it
        deal = make.deal(cast.chenan, customer=add_customer(name="宁波甬江机电有限公司", by=cast.chenan))
        log_activity(kind="visit", by=cast.chenan, deal=deal, contact="许明华", result="谈了")
    days = Days(begin, cast.everybody, calendar, forged_after=0)
    days.tell_until(end)
    told = DayLog.objects.current()
    assert len({log.day for log in told}) == DAYS == DeskLog.objects.values("day").distinct().count()
    forged = told.get(user__username=FORGER, day=begin.astimezone(ZONE).date())
    assert forged.unpaired == 0
    assert forged.annulled_at is not None
    lines = Line.objects.filter(log__user=cast.chenan, log__replaced=False)
    assert lines and not lines.filter(Q(customer=None) | Q(activity=None)).exists()
    assert Line.objects.filter(log=forged, customer=None).exists()  # of this one there is no activity
    check = SpotCheck.objects.get(log=forged)
    assert (check.result, check.checker) == (SpotCheck.Result.FALSE, cast.wangfang)
    queries = Query.objects.select_related("log__user")
    assert [(query.log.user, query.field, query.verdict) for query in queries] == [
        (cast.chenan, "persons", "explained")
    ]
    assert all(query.asked_at < query.answered_at < query.judged_at for query in queries)
    signed = Request.objects.filter(act="daylog.sign").exclude(opinion="")
    for signer in (cast.wumin, cast.liuyang):
        mine = signed.filter(answered_by=signer).order_by("answered_at", "pk")
        assert mine and all(substantial(list(mine.values_list("opinion", flat=True))))
    late = signed.filter(answered_at__gt=F("due_at"))
    assert late.count() * 3 < signed.count()  # most superiors sign by six of the next working day (M46)
    with clock.at(end + timedelta(days=3)):
        board = run("three-e", {"from": "2026-04-13", "to": "2026-04-18"}, None)
    assert board["on_duty"] == 7 * DAYS
    assert board["false"] == 1
    assert board["log_score"] is not None
    assert set(Task.objects.values_list("setter__username", flat=True)) == {"wumin"}
    assert Task.objects.filter(state="done", owner=cast.chenan).exclude(outcome="").exists()
    assert Task.objects.open().exists()
    rest = Days(begin, cast.everybody, calendar)
    assert rest.day > END - timedelta(days=1)
