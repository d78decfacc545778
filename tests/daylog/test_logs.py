"""The person's own log: drafted, handed in, late, locked, signed, sent back, annulled (C4, M45)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from loudou.daylog import verbs
from loudou.daylog.lens import CheckLens
from loudou.daylog.models import DayLog, Item, Support
from loudou.daylog.queries.drafts import draft
from loudou.daylog.queries.flags import flags_of
from loudou.daylog.queries.today import open_days
from loudou.fieldwork import verbs as fieldwork
from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.queries import organisation
from loudou.signoff.models import Request
from tests import make
from tests.cast import Cast
from tests.doors import enter

TUESDAY, WEDNESDAY, THURSDAY = date(2026, 4, 14), date(2026, 4, 15), date(2026, 4, 16)
STOP = verbs.Stop(place="宁波", customer_name="甬江机电", persons="许明华", result="确认方案")
OPINION = "行程清楚，下次写明决策人"


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def evening(cast: Cast) -> Iterator[Cast]:
    """Tuesday, 20:00."""
    with clock.at(at(TUESDAY, 20)):
        yield cast


def hand_in(cast: Cast, **more: object) -> DayLog:
    told = {"day": TUESDAY, "stops": [STOP], **more}
    return verbs.submit_log(cast.chenan, by=cast.chenan, **told)  # type: ignore[arg-type]


def request_of(log: DayLog) -> Request:
    return Request.objects.about(log).waiting().get()


def test_it_waits_for_the_manager_until_the_evening_of_the_next_working_day(evening: Cast) -> None:
    log = hand_in(evening, reflection="节奏合适")
    assert (log.standing, log.edition) == ("on_time", 1)
    asked = request_of(log)
    assert (asked.signer, asked.due_at) == (evening.wumin, at(WEDNESDAY, 18))
    signed = verbs.confirm(asked, opinion=OPINION, by=evening.wumin)
    assert signed.signed_at == asked.asked_at
    with pytest.raises(Refused):
        hand_in(evening)


def test_the_same_words_again_are_the_same_log(evening: Cast) -> None:
    log = hand_in(evening, plan="回访许明华", help_needed="需要样机")
    assert hand_in(evening, plan="回访许明华", help_needed="需要样机") == log
    assert (DayLog.objects.count(), Support.objects.count(), Item.objects.count()) == (1, 1, 1)
    verbs.confirm(request_of(log), opinion=OPINION, by=evening.wumin)
    assert (
        hand_in(evening, plan="回访许明华", help_needed="需要样机") == log
    )  # sent late by a poor connection
    with pytest.raises(Refused, match="签"):
        hand_in(evening, plan="回访许明华", help_needed="")


def test_a_log_that_was_sent_back_is_handed_in_anew_with_the_same_words(evening: Cast) -> None:
    log = hand_in(evening)
    verbs.refuse(request_of(log), opinion="请写明谈到了哪一步再交来", by=evening.wumin)
    assert hand_in(evening).edition == 2


def test_a_day_with_its_log_is_not_to_be_made_up_for(evening: Cast) -> None:
    with clock.at(at(WEDNESDAY, 9)):
        assert open_days(evening.chenan, organisation()) == [TUESDAY]
    hand_in(evening)
    with clock.at(at(WEDNESDAY, 9)):
        assert open_days(evening.chenan, organisation()) == []


def test_nobody_owes_the_log_of_a_day_before_they_joined(evening: Cast) -> None:
    with clock.at(at(WEDNESDAY, 9)):
        for joined, owed in ((None, [TUESDAY]), (TUESDAY, [TUESDAY]), (WEDNESDAY, [])):
            evening.chenan.joined_on = joined
            assert open_days(evening.chenan, organisation()) == owed


def test_without_a_day_of_joining_nobody_owes_a_log_of_before_they_came_to_a_unit(evening: Cast) -> None:
    evening.chenan.joined_on = None
    with clock.at(at(WEDNESDAY, 9)):
        for since, owed in ((TUESDAY, [TUESDAY]), (WEDNESDAY, [])):
            evening.chenan.memberships.update(since=since)
            assert open_days(evening.chenan, organisation()) == owed
        evening.chenan.memberships.all().delete()
        assert open_days(evening.chenan, organisation()) == []


def test_an_item_that_came_meanwhile_is_asked_about_with_the_same_words(evening: Cast) -> None:
    hand_in(evening)
    verbs.plan_items(evening.chenan, texts=["寄样件"], after=date(2026, 4, 13), by=evening.chenan)
    item = Item.objects.get()
    assert hand_in(evening, items={item.pk: verbs.Done(done=True)}).edition == 2
    item.refresh_from_db()
    assert item.closed_on == TUESDAY


def test_a_day_has_at_most_twenty_items_however_they_are_planned(evening: Cast) -> None:
    def plan(texts: list[str]) -> list[Item]:
        return verbs.plan_items(evening.chenan, texts=texts, after=TUESDAY, by=evening.chenan)

    plan([f"第{n}件" for n in range(19)])
    verbs.plan_item(evening.chenan, what="第20件", by=evening.chenan)
    assert verbs.plan_item(evening.chenan, what="第20件", by=evening.chenan).text == "第20件"
    with pytest.raises(Refused, match="20"):
        verbs.plan_item(evening.chenan, what="第21件", by=evening.chenan)
    with pytest.raises(Refused, match="20"):
        hand_in(evening, plan="第21件")
    assert Item.objects.count() == 20


def test_the_plan_becomes_items_and_help_a_call(evening: Cast) -> None:
    log = hand_in(evening, plan="回访许明华\n\n准备报价单", help_needed="需要样机")
    items = list(Item.objects.filter(user=evening.chenan).order_by("pk"))
    assert [(item.text, item.due_on) for item in items] == [
        ("回访许明华", WEDNESDAY),
        ("准备报价单", WEDNESDAY),
    ]
    call = Support.objects.get(asker=evening.chenan)
    assert (call.matter, call.log, call.due_at) == ("需要样机", log, at(WEDNESDAY, 18))
    with pytest.raises(Refused):
        verbs.answer_help(
            call, answer="给", by=evening.chenan.manager or evening.wumin
        ) and verbs.answer_help(call, answer="再给", by=evening.wumin)
    call.refresh_from_db()
    assert call.answered_by == evening.wumin


def test_after_ten_it_is_late_and_says_why(cast: Cast) -> None:
    with clock.at(at(TUESDAY, 22, 1)):
        with pytest.raises(Refused) as refusal:
            hand_in(cast)
        assert refusal.value.field == "late_reason"
        assert hand_in(cast, late_reason="出差在途").standing == "late"


def test_at_ten_exactly_and_at_noon_exactly_it_still_counts(cast: Cast) -> None:
    with clock.at(at(TUESDAY, 22)):
        assert hand_in(cast).standing == "on_time"
    with clock.at(at(WEDNESDAY, 12)):
        made = verbs.submit_log(cast.lina, day=TUESDAY, stops=[STOP], by=cast.lina, late_reason="生病")
    assert made.standing == "late"


def test_after_noon_of_the_next_working_day_it_is_locked(cast: Cast) -> None:
    with clock.at(at(WEDNESDAY, 12, 1)), pytest.raises(Refused, match="12:00"):
        hand_in(cast, late_reason="忘了")


def test_friday_may_be_made_up_for_on_monday(cast: Cast) -> None:
    with clock.at(at(date(2026, 4, 20), 11)):
        assert hand_in(cast, day=date(2026, 4, 17), late_reason="周末").standing == "late"


def test_the_day_before_a_holiday_may_be_made_up_for_after_it(cast: Cast) -> None:
    """Friday 3 April 2026 is followed by Qingming on Monday: the next working day is Tuesday the 7th."""
    with clock.at(at(date(2026, 4, 7), 11, 59)):
        assert hand_in(cast, day=date(2026, 4, 3), late_reason="假期").standing == "late"


def test_a_further_edition_replaces_and_the_first_time_stays(evening: Cast) -> None:
    first = hand_in(evening, plan="回访许明华")
    asked = request_of(first)
    with clock.at(at(TUESDAY, 21)):
        second = hand_in(evening, plan="准备报价单")
    first.refresh_from_db()
    asked.refresh_from_db()
    assert (first.replaced, second.edition, second.submitted_at) == (True, 2, first.submitted_at)
    assert asked.state == Request.State.WITHDRAWN
    assert [item.text for item in Item.objects.filter(user=evening.chenan)] == ["准备报价单"]


def test_sent_back_it_may_come_anew_after_the_lock(evening: Cast) -> None:
    log = hand_in(evening)
    with clock.at(at(WEDNESDAY, 15)):
        verbs.refuse(request_of(log), opinion="缺少与谁谈、谈了什么，请补齐", by=evening.wumin)
        again = hand_in(evening, reflection="补充了洽谈内容")
    assert (again.edition, again.standing) == (2, "on_time")


def test_what_is_not_done_carries_its_cause_and_age(evening: Cast) -> None:
    hand_in(evening, plan="回访许明华\n准备报价单")
    done, open_item = Item.objects.filter(user=evening.chenan).order_by("pk")
    with clock.at(at(WEDNESDAY, 20)):
        with pytest.raises(Refused) as refusal:
            hand_in(evening, day=WEDNESDAY, items={done.pk: verbs.Done(True)})
        assert refusal.value.field == f"item-{open_item.pk}"
        answers = {done.pk: verbs.Done(True), open_item.pk: verbs.Done(cause="客户改期", to=THURSDAY)}
        hand_in(evening, day=WEDNESDAY, items=answers)
    done.refresh_from_db()
    open_item.refresh_from_db()
    carried = Item.objects.get(carried_from=open_item)
    assert (done.closed_on, open_item.closed_on, open_item.cause) == (WEDNESDAY, None, "客户改期")
    assert (carried.due_on, carried.since, carried.age) == (THURSDAY, WEDNESDAY, 1)
    with pytest.raises(Refused):
        verbs.carry_item(carried, cause="再等", to=THURSDAY, by=evening.chenan)
    assert verbs.close_item(done, on=THURSDAY, by=evening.chenan).closed_on == WEDNESDAY
    with pytest.raises(Refused):
        verbs.carry_item(done, cause="再等", to=date(2026, 4, 20), by=evening.chenan)


def test_carried_twice_it_is_as_old_as_when_it_was_first_due(evening: Cast) -> None:
    hand_in(evening, plan="回访许明华")
    once = verbs.carry_item(Item.objects.get(), cause="客户改期", to=THURSDAY, by=evening.chenan)
    twice = verbs.carry_item(once, cause="又改期", to=THURSDAY + timedelta(days=1), by=evening.chenan)
    assert (once.since, twice.since, twice.age) == (WEDNESDAY, WEDNESDAY, 2)


def test_nobody_writes_for_others_nor_for_tomorrow_nor_nothing(evening: Cast) -> None:
    with pytest.raises(Forbidden):
        verbs.submit_log(evening.lina, day=TUESDAY, stops=[STOP], by=evening.chenan)
    with pytest.raises(Refused):
        hand_in(evening, day=WEDNESDAY)
    with pytest.raises(Refused):
        hand_in(evening, stops=[verbs.Stop()])
    with pytest.raises(Refused):
        hand_in(evening, stops=[verbs.Stop(place="宁" * 201)])
    with pytest.raises(Refused):
        hand_in(evening, stops=[verbs.Stop(place="宁波\x00")])
    with pytest.raises(Refused):
        hand_in(evening, stops=[verbs.Stop(place="宁波", outcome="sold")])
    with pytest.raises(Refused):
        hand_in(evening, stops=[STOP] * 41)
    with pytest.raises(Refused):
        hand_in(evening, plan="\n".join(f"事项{number}" for number in range(21)))


def test_the_draft_knows_the_day(evening: Cast) -> None:
    deal = make.deal(evening.chenan)
    fieldwork.log_activity(
        kind="visit",
        by=evening.chenan,
        deal=deal,
        contact="许明华",
        result="确认方案",
        next_step="报价",
        at=at(TUESDAY, 10),
    )
    found = draft(evening.chenan, TUESDAY, organisation())
    assert [(stop["persons"], stop["topics"], stop["outcome"]) for stop in found.stops] == [
        ("许明华", deal.title, "agreed")
    ]
    assert [move.deal_id for move in found.moves] == [deal.pk]
    log = hand_in(evening, reflection="不错")
    again = draft(evening.chenan, TUESDAY, organisation())
    assert again.former == log
    assert [stop["customer"] for stop in again.stops] == ["甬江机电"]
    with clock.at(log.recorded_at + timedelta(minutes=5)):
        later = fieldwork.log_activity(
            kind="call", by=evening.chenan, deal=deal, contact="许明华", result="改期"
        )
    since = draft(evening.chenan, TUESDAY, organisation())
    assert [stop["activity"] for stop in since.stops] == [None, later.pk]


def test_annulled_it_stays_readable_and_counts_as_missing(evening: Cast) -> None:
    log = hand_in(evening)
    with pytest.raises(Forbidden):
        verbs.annul_log(log, reason="不实", by=evening.wumin)
    with pytest.raises(Refused):
        verbs.annul_log(log, reason=" ", by=evening.wangfang)
    annulled = verbs.annul_log(log, reason="客户称无人来访", by=evening.wangfang)
    assert annulled.version == log.version + 1
    assert (annulled.standing, annulled.annulled_reason) == ("missing", "客户称无人来访")
    assert not Request.objects.about(log).waiting().exists()
    assert verbs.annul_log(log, reason="再次", by=evening.wangfang).annulled_reason == "客户称无人来访"


def test_copied_text_and_many_records_at_once_are_flagged(evening: Cast) -> None:
    told = "今天拜访客户确认了样机方案并讨论了付款条件与交期安排，客户表示满意"
    hand_in(evening, reflection=told)
    with clock.at(at(WEDNESDAY, 20)):
        for number in range(6):
            fieldwork.log_activity(
                kind="call",
                by=evening.chenan,
                deal=make.deal(evening.chenan, title=f"单{number}"),
                contact="许",
            )
        log = hand_in(evening, day=WEDNESDAY, items={}, reflection=told + "。")
    assert log.flags == ["near_duplicate", "batch_filled"]


def test_what_the_day_before_left_to_write_counts_as_written_in_one_go(evening: Cast) -> None:
    with clock.at(at(WEDNESDAY, 20)):
        for number in range(6):
            fieldwork.log_activity(
                kind="call",
                by=evening.chenan,
                deal=make.deal(evening.chenan, title=f"单{number}"),
                contact="许",
                at=at(TUESDAY, 15),
            )
        assert hand_in(evening, day=WEDNESDAY, items={}).flags == ["batch_filled"]


def test_a_text_is_compared_with_twenty_logs_before_it(evening: Cast) -> None:
    told = "今天拜访客户确认了样机方案并讨论了付款条件与交期安排，客户表示满意"
    log = DayLog(user=evening.chenan, day=WEDNESDAY, reflection=told)
    kept(evening, 20, told)
    for number in range(1, 20):
        kept(evening, number, f"第{number}天")
    assert flags_of(log, []) == ["near_duplicate"]
    log.day += timedelta(days=1)
    kept(evening, 0, "当天")
    assert flags_of(log, []) == []


def kept(cast: Cast, ago: int, reflection: str) -> None:
    day = WEDNESDAY - timedelta(days=ago)
    times = dict.fromkeys(("submitted_at", "recorded_at", "due_at", "locks_at"), at(day, 20))
    DayLog.objects.create(user=cast.chenan, unit=cast.chenan.unit, day=day, reflection=reflection, **times)


def test_who_reads_the_day_of_another_is_on_record_once_a_day(evening: Cast) -> None:
    log = hand_in(evening)
    for who in (evening.chenan, evening.wumin, evening.wumin):
        assert enter(Client(), who).get(f"/field/logs/{log.pk}/").status_code == 200
    check = verbs.target_check(log, by=evening.heli)
    for who in (evening.heli, evening.heli):
        assert enter(Client(), who).get(f"/field/checks/{check.pk}/").status_code == 200
    read = Entry.objects.filter(event="daylog.read").order_by("pk")
    assert [entry.actor for entry in read] == [evening.wumin, evening.heli]


def test_a_stop_of_another_day_is_refused_where_it_stands(evening: Cast) -> None:
    before, after = at(TUESDAY, 0, 0), at(WEDNESDAY, 0, 0)
    hand_in(evening, stops=[replace(STOP, at=before), replace(STOP, at=after - timedelta(seconds=1))])
    with pytest.raises(verbs.BadStop) as refused:
        verbs.hear_report(
            evening.chenan, stops=[STOP, verbs.Stop(), replace(STOP, at=after)], by=evening.wangfang
        )
    assert (refused.value.field, refused.value.sentence) == (
        "stops.2.at",
        "2026-04-15 00:00 不在日志日期 2026-04-14 当天。",
    )
    with pytest.raises(verbs.BadStop):
        hand_in(evening, stops=[replace(STOP, at=before - timedelta(seconds=1))])


def test_spot_checks_are_found_by_what_they_found(evening: Cast) -> None:
    """The board leads from 真实率 to what was not true."""
    false, true, open_ = (
        verbs.target_check(verbs.submit_log(user, day=TUESDAY, stops=[STOP], by=user), by=evening.wangfang)
        for user in (evening.chenan, evening.lina, evening.zhangwei)
    )
    verbs.tell_finding(false, result="false", finding="客户说没有人来过", by=evening.wangfang)
    verbs.tell_finding(true, result="verified", finding="", by=evening.wangfang)
    client = enter(Client(), evening.wangfang)
    for state, found in (
        ("", {"陈安", "李娜", "张伟"}),
        ("false", {"陈安"}),
        ("verified", {"李娜"}),
        ("waiting", {"张伟"}),
        ("unverifiable", set()),
    ):
        lens = CheckLens.read({"state": state}, evening.wangfang)
        assert {check.log.user.name for check in lens.checks} == found
        assert client.get(f"/field/checks/?state={state}").status_code == 200
    assert "没有符合条件的记录" in client.get("/field/checks/?state=unverifiable").content.decode()
    assert "state" in client.get("/field/checks/?state=x").content.decode()
    day = f"from={TUESDAY}&to={TUESDAY + timedelta(days=1)}"
    with clock.at(clock.now() + timedelta(minutes=1)):
        board = unescape(client.get(f"/field/board/?{day}").content.decode())
    assert f'href="/field/checks/?{day}&state=false">50.0%' in board
    assert open_.result == ""
