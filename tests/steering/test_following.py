"""Following targets up: evaluations of weeks and months, causes, measures, reminders."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from loudou.journal.models import Entry, Notice
from loudou.kernel import clock
from loudou.kernel.periods import Fiscal, Period
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people.models import User
from loudou.pipeline import verbs as pipeline
from loudou.steering import tasks, verbs
from loudou.steering.models import Ask, Measure, Note
from loudou.steering.queries.following import answerable, ended, owing
from loudou.targets import verbs as targets
from loudou.targets.models import Target
from loudou.tasks import verbs as tasks_of
from loudou.tasks.models import Task
from tests import make
from tests.cast import Cast
from tests.doors import enter, led
from tests.jobs import run
from tests.make import instant

WEEK = Period(date(2026, 4, 27), date(2026, 5, 1))  # clipped at the month's end
APRIL = Fiscal().parse("2026-04")


@pytest.fixture(autouse=True)
def _today(db: None) -> Any:
    with clock.at(instant("2026-05-01 09:00")):
        yield


@pytest.fixture
def target(cast: Cast) -> Target:
    """chenan is to bring 600,000 in the second quarter."""
    period, amount = Fiscal().parse("2026-Q2"), Decimal(600_000)
    return targets.set_target(
        unit=None, person=cast.chenan, metric="bookings", period=period, amount=amount, by=None
    )


def test_the_week_and_the_month_that_ended_are_evaluated(cast: Cast, target: Target) -> None:
    assert ended(date(2026, 5, 1), Fiscal()) == [WEEK, APRIL]
    assert [one.name for one in owing(cast.wumin, WEEK)] == ["陈安"]
    note = verbs.evaluate(target, period=WEEK, text=" 两单推迟 ", by=cast.chenan)
    assert (note.text, note.person, note.version, str(note) != "") == ("两单推迟", cast.chenan, 1, True)
    assert owing(cast.wumin, WEEK) == [] and len(owing(None, APRIL)) == 1
    again = verbs.evaluate(target, period=WEEK, text="一单推迟", version=1, by=cast.wumin)
    assert (again.pk, again.version, again.by) == (note.pk, 2, cast.wumin)
    with pytest.raises(Stale):
        verbs.evaluate(target, period=WEEK, text="x", version=1, by=cast.wumin)


def test_who_left_owes_no_evaluation(cast: Cast, target: Target) -> None:
    User.objects.filter(pk=cast.chenan.pk).update(left_on=date(2026, 4, 30))
    assert [one.name for one in owing(None, APRIL)] == ["陈安"]  # there to the last day
    User.objects.filter(pk=cast.chenan.pk).update(left_on=date(2026, 4, 29))
    assert owing(None, WEEK) == [] and owing(None, APRIL) == []
    User.objects.filter(pk=cast.chenan.pk).update(left_on=None, is_active=False)
    assert owing(None, APRIL) == []


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"period": Fiscal().parse("2026-05")}, "period"),
        ({"period": Fiscal().parse("2026-03")}, "period"),
        ({"period": Fiscal().parse("2026-Q2")}, "period"),
        ({"text": "  "}, "text"),
    ],
)
def test_what_is_no_evaluation_is_refused(
    cast: Cast, target: Target, more: dict[str, Any], field: str
) -> None:
    with pytest.raises(Refused) as refusal:
        verbs.evaluate(target, **{"period": WEEK, "text": "好", "by": cast.chenan, **more})
    assert refusal.value.field == field and not Note.objects.exists()


def test_only_whose_it_is_and_who_leads_follow_it_up(cast: Cast, target: Target) -> None:
    for by in (cast.lina, cast.sunqiang, cast.qianjin):
        with pytest.raises(Forbidden):
            verbs.answer(target, causes="客户停产", by=by)


def test_causes_are_named_whether_asked_or_not(cast: Cast, target: Target) -> None:
    with pytest.raises(Refused):
        verbs.answer(target, causes=" ", by=cast.chenan)
    ask = verbs.answer(target, causes="客户停产", by=cast.chenan)
    assert (ask.causes, ask.version, str(ask) != "") == ("客户停产", 2, True)
    with pytest.raises(Stale):
        verbs.answer(target, causes="预算推迟", version=1, by=cast.chenan)
    assert verbs.answer(target, causes="预算推迟", version=2, by=cast.wumin).causes == "预算推迟"


def test_a_measure_is_taken_and_closed_with_its_result(cast: Cast, target: Target) -> None:
    said = {"text": "每周走访两家", "owner": cast.chenan, "due_on": date(2026, 5, 15)}
    made = verbs.take_measure(target, by=cast.wumin, **said)
    assert Notice.objects.filter(recipient=cast.chenan, entry__event="task.set").count() == 1
    for more, field in (
        ({"text": " "}, "text"),
        ({"due_on": date(2026, 4, 30)}, "due_on"),
        ({"owner": cast.sunqiang}, "owner"),
    ):
        with pytest.raises(Refused) as refusal:
            verbs.take_measure(target, by=cast.wumin, **{**said, **more})
        assert refusal.value.field == field
    for state, result, field in (("open", "x", "state"), ("done", " ", "result")):
        with pytest.raises(Refused) as refusal:
            verbs.close_measure(made, state=state, result=result, by=cast.chenan)
        assert refusal.value.field == field
    with pytest.raises(Forbidden):
        verbs.close_measure(made, state="done", result="x", by=cast.lina)
    task = Task.objects.of("measure", made.pk).get()
    assert (task.owner, task.title, task.due_on) == (cast.chenan, "每周走访两家", date(2026, 5, 15))
    closed = verbs.close_measure(made, state="done", result="走访八家，新增两单", version=1, by=cast.chenan)
    task.refresh_from_db()
    assert (task.state, task.outcome) == ("done", "走访八家，新增两单")
    assert (closed.state, closed.version, str(closed)) == ("done", 2, "每周走访两家")
    with pytest.raises(Refused):
        verbs.close_measure(closed, state="dropped", result="x", by=cast.wumin)


def test_the_task_of_a_measure_ends_it(cast: Cast, target: Target) -> None:
    said = {"owner": cast.chenan, "due_on": date(2026, 5, 15), "by": cast.wumin}
    first, second, third = (verbs.take_measure(target, text=text, **said) for text in ("一", "二", "三"))
    of = {made.pk: Task.objects.of("measure", made.pk).get() for made in (first, second, third)}
    tasks_of.finish_task(of[first.pk], by=cast.chenan)
    tasks_of.drop_task(of[second.pk], reason="客户转向", by=cast.chenan)
    verbs.close_measure(third, state="dropped", result="不做了", by=cast.chenan)
    ended = {one.pk: (one.state, one.result, one.version) for one in Measure.objects.all()}
    assert ended == {
        first.pk: ("done", "一", 2),
        second.pk: ("dropped", "客户转向", 2),
        third.pk: ("dropped", "不做了", 2),
    }
    assert not Task.objects.open().exists()
    by_hand = tasks_of.set_task(cast.chenan, title="回电", by=cast.chenan)
    assert tasks_of.finish_task(by_hand, by=cast.chenan).state == "done"
    page = enter(Client(), cast.chenan).get(f"/measures/{first.pk}/")
    assert page.status_code == 302 and page["Location"] == f"/targets/{target.pk}/"


def test_who_is_red_is_asked_once_on_a_monday(cast: Cast, target: Target) -> None:
    unit = targets.set_target(
        unit=cast.wumin.unit, metric="bookings", period=target.period, amount=Decimal(9), by=None
    )
    assert run(tasks.ask_red) == 2 and run(tasks.ask_red) == 0
    ask = Ask.objects.get(target=target)
    assert (ask.gap, ask.due_on) == (Decimal("-0.344262"), date(2026, 5, 4))
    heard = set(
        Notice.objects.filter(entry__event="target.asked").values_list("recipient__username", flat=True)
    )
    assert heard == {"chenan", "wumin"}
    assert [user.username for user in answerable([unit])[unit.pk]] == ["wumin"]
    assert verbs.answer(target, causes="客户停产", by=cast.chenan).due_on == date(2026, 5, 4)


def test_who_has_not_answered_stands_on_the_page_of_following_up(
    cast: Cast, target: Target, client: Client
) -> None:
    assert run(tasks.ask_red) == 1
    board = enter(client, cast.wumin).get("/targets/following/").content.decode()
    assert "尚未说明原因" in board and "−34.4pp" in board and f"/targets/{target.pk}/follow/" in board
    assert "尚未说明原因" not in enter(Client(), cast.zhaomin).get("/targets/following/").content.decode()
    verbs.answer(target, causes="客户停产", by=cast.chenan)
    assert "尚未说明原因" not in client.get("/targets/following/").content.decode()


def test_a_red_target_asks_on_its_own_page_until_it_is_answered(
    cast: Cast, target: Target, client: Client
) -> None:
    asked, page = "进度落后：请说明原因", f"/targets/{target.pk}/follow/"
    assert asked in enter(client, cast.chenan).get(page).content.decode()
    assert asked not in enter(Client(), cast.yanzheng).get(page).content.decode()  # who only looks
    verbs.answer(target, causes="客户停产", by=cast.chenan)
    assert asked not in client.get(page).content.decode()
    targets.adjust_target(target, amount=Decimal(0), by=None)
    assert asked not in client.get(page).content.decode()


def test_overdue_measures_are_reminded_of_once_a_week(cast: Cast, target: Target) -> None:
    verbs.take_measure(target, text="走访", owner=cast.chenan, due_on=date(2026, 5, 2), by=cast.wumin)
    assert run(tasks.remind_of_measures) == 0
    for day, count in (("2026-05-03", 1), ("2026-05-04", 0), ("2026-05-10", 1)):
        with clock.at(instant(f"{day} 09:00")):
            assert run(tasks.remind_of_measures) == count
    assert Measure.objects.get().reminded_on == date(2026, 5, 10)


def test_evaluations_are_reminded_of_once_on_the_day_after(cast: Cast, target: Target) -> None:
    assert run(tasks.remind_of_notes) == 2  # a week and a month ended with April
    assert run(tasks.remind_of_notes) == 0
    with clock.at(instant("2026-05-02 09:00")):
        assert run(tasks.remind_of_notes) == 0
    with clock.at(instant("2026-05-04 09:00")):  # a Monday: the month's first, short week is over
        assert run(tasks.remind_of_notes) == 1
    assert Entry.objects.filter(event="target.note_due").count() == 3


@pytest.mark.parametrize(("day", "count"), [("2026-05-03", 2), ("2026-05-04", 2), ("2026-05-08", 1)])
def test_of_evaluations_nothing_reminded_of_in_time_it_is_on_the_next_day_of_the_week(
    cast: Cast, target: Target, day: str, count: int
) -> None:
    """The machine was off on the first of May; from the fourth on another week is the last, April stays for a week."""
    with clock.at(instant(f"{day} 09:00")):
        assert run(tasks.remind_of_notes) == count
        assert run(tasks.remind_of_notes) == 0


def test_who_is_reminded_of_an_evaluation_is_led_to_where_it_is_owed(
    cast: Cast, target: Target, client: Client
) -> None:
    run(tasks.remind_of_notes)
    assert led(client, cast.chenan, "target.note_due") == (200, "/targets/following/")
    assert f"/targets/{target.pk}/" in client.get("/targets/following/").content.decode()


def test_the_pages(cast: Cast, target: Target, client: Client) -> None:
    enter(client, cast.chenan)
    place = f"/targets/{target.pk}/"
    assert client.post(f"{place}causes/", {"causes": ""}).status_code == 422
    assert client.post(f"{place}causes/", {"causes": "客户停产"}).status_code == 302
    measure = {"text": "每周走访两家", "owner": str(cast.chenan.pk), "due_on": "2026-05-15"}
    assert client.post(f"{place}measures/", {**measure, "due_on": "2026-04-01"}).status_code == 422
    assert client.post(f"{place}measures/", measure).status_code == 302
    period = Fiscal().name(WEEK)
    done = client.post(f"{place}evaluate/", {"period": period, "text": "两单推迟"})
    assert (done.status_code, done["Location"]) == (302, place)  # back to the whole page
    made = Measure.objects.get()
    page = client.get(f"{place}follow/").content.decode()
    assert "客户停产" in page and "每周走访两家" in page and "两单推迟" in page
    assert "2026-04-27 至 2026-04-30" in page and "−34.4pp" in page and "已达成" not in page
    part = client.get(f"{place}follow/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part and 'id="follow"' in part
    with clock.at(instant("2026-05-20")):
        board = enter(Client(), cast.wumin).get("/targets/following/").content.decode()
    assert "每周走访两家" in board and "陈安" in board
    assert client.post(f"/measures/{made.pk}/close/", {"state": "done", "result": ""}).status_code == 422
    assert client.post(f"/measures/{made.pk}/close/", {"state": "done", "result": "八家"}).status_code == 302
    assert "八家" in client.get(f"{place}follow/").content.decode()
    pipeline.win(make.at_last_stage(cast.chenan, amount=600_000), by=None)
    with clock.at(instant("2026-05-04")):
        assert "已达成" in enter(Client(), cast.chenan).get(f"{place}follow/").content.decode()
    assert client.post("/measures/999999/close/").status_code == 404
