"""The control desk: morning check, evening report, what differs, queries; spot checks; absences; help (C4, F27, F30)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from loudou.daylog import verbs
from loudou.daylog.models import Absence, DayLog, DeskLog, Query, SpotCheck
from loudou.daylog.queries.desk import calls
from loudou.daylog.queries.dual import dual, may_compare
from loudou.journal.queries import about
from loudou.journal.sentences import sentence
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.queries import work_calendar
from loudou.signoff.models import Request
from tests.cast import Cast
from tests.daylog.test_logs import STOP, THURSDAY, TUESDAY, WEDNESDAY, at, hand_in
from tests.doors import enter, led

ELSEWHERE = verbs.Stop(place="绍兴", customer_name="甬江机电", persons="许明华", result="确认方案")


@pytest.fixture
def day(cast: Cast) -> Iterator[Cast]:
    """Tuesday, 17:30."""
    with clock.at(at(TUESDAY, 17, 30)):
        yield cast


def test_the_morning_check_may_be_corrected(day: Cast) -> None:
    verbs.check_arrival(day.chenan, arrival="unreachable", by=day.wangfang)
    desk = verbs.check_arrival(day.chenan, arrival="late", by=day.wangfang, deviation="堵车")
    assert DeskLog.objects.count() == 1
    assert (desk.arrival, desk.deviation, desk.checked_by) == ("late", "堵车", day.wangfang)
    with pytest.raises(Refused):
        verbs.check_arrival(day.chenan, arrival="asleep", by=day.wangfang)
    with pytest.raises(Refused):
        verbs.check_arrival(day.chenan, arrival="late", by=day.wangfang, day=WEDNESDAY)
    with pytest.raises(Forbidden):
        verbs.check_arrival(day.chenan, arrival="late", by=day.wumin)
    with pytest.raises(Forbidden):
        verbs.check_arrival(day.wangfang, arrival="late", by=day.wangfang)


def test_the_first_call_counts_for_the_window(day: Cast) -> None:
    desk = verbs.hear_report(day.chenan, stops=[STOP], by=day.wangfang)
    with clock.at(at(TUESDAY, 18, 40)):
        again = verbs.hear_report(day.chenan, stops=[ELSEWHERE], by=day.wangfang)
    assert (desk.in_window, again.in_window, again.reported_at) == (True, True, at(TUESDAY, 17, 30))
    assert [line.place for line in again.lines.all()] == ["绍兴"]
    with pytest.raises(Refused):
        verbs.hear_report(day.lina, stops=[], by=day.wangfang)


def test_a_difference_is_asked_about_explained_and_judged(day: Cast) -> None:
    verbs.hear_report(day.chenan, stops=[ELSEWHERE], by=day.wangfang)
    log = hand_in(day)
    assert (log.pairs, log.differing, log.flags) == (0, 0, [])
    log.refresh_from_db()
    assert (log.pairs, log.differing, log.flags) == (1, 1, ["place_mismatch"])
    line = log.lines.all()[0]
    with pytest.raises(Refused):
        verbs.ask_about(log, line=line, field="customer", by=day.wangfang)
    query = verbs.ask_about(log, line=line, field="place", by=day.wangfang)
    assert (query.written, query.heard) == ("宁波", "绍兴")
    with pytest.raises(Refused):
        verbs.ask_about(log, line=line, field="place", by=day.wangfang)
    with pytest.raises(Refused):
        verbs.judge_query(query, verdict="explained", by=day.wangfang)
    with pytest.raises(Forbidden):
        verbs.answer_query(query, answer="新厂", by=day.lina)
    verbs.answer_query(query, answer="客户的新厂在绍兴", by=day.chenan)
    with pytest.raises(Refused):
        verbs.judge_query(query, verdict="maybe", by=day.wangfang)
    judged = verbs.judge_query(query, verdict="explained", by=day.wangfang)
    assert (judged.verdict, judged.judged_by) == (Query.Verdict.EXPLAINED, day.wangfang)
    with pytest.raises(Refused):
        verbs.answer_query(query, answer="又想起来", by=day.chenan)


def test_a_query_says_what_each_side_says_of_its_field(day: Cast) -> None:
    heard = replace(STOP, persons="", outcome="nothing")
    verbs.hear_report(day.chenan, stops=[heard], by=day.wangfang)
    log = hand_in(day, stops=[replace(STOP, outcome="agreed")])
    line = log.lines.get()
    persons = verbs.ask_about(log, line=line, field="persons", by=day.wangfang)
    assert (persons.written, persons.heard) == ("许明华", "")
    result = verbs.ask_about(log, line=line, field="result", by=day.wangfang)
    assert (result.written, result.heard) == ("agreed", "nothing")
    shown = enter(Client(), day.wangfang).get(f"/field/logs/{log.pk}/").content.decode()
    assert "填写“许明华”，听到“—”" in shown
    assert "填写“约定下一步”，听到“无进展”" in shown
    assert 'name="verdict"' not in shown  # the answer is not in, and its time is not over


def test_what_is_not_answered_in_time_may_be_judged(day: Cast) -> None:
    verbs.hear_report(day.chenan, stops=[ELSEWHERE], by=day.wangfang)
    log = hand_in(day)
    query = verbs.ask_about(log, line=log.lines.all()[0], field="place", by=day.wangfang)
    with clock.at(at(THURSDAY, 9)):
        assert verbs.judge_query(query, verdict="integrity", by=day.wangfang).verdict == "integrity"


def test_heard_again_the_comparison_is_counted_anew(day: Cast) -> None:
    log = hand_in(day)
    assert dual(log).comparison.pairs == ()
    verbs.hear_report(day.chenan, stops=[ELSEWHERE], by=day.wangfang)
    log.refresh_from_db()
    assert (log.differing, log.flags) == (1, ["place_mismatch"])
    verbs.hear_report(day.chenan, stops=[STOP], by=day.wangfang)
    log.refresh_from_db()
    assert (log.pairs, log.differing, log.flags) == (1, 0, [])


def test_the_list_of_calls_leaves_out_who_is_away(day: Cast) -> None:
    names = {call.user.username for call in calls(TUESDAY, work_calendar(), None)}
    assert {"chenan", "lina", "sunqiang"} <= names
    assert "wumin" not in names
    absence = verbs.note_absence(day.lina, first=TUESDAY, last=TUESDAY, by=day.wumin)
    verbs.check_arrival(day.chenan, arrival="on_time", by=day.wangfang)
    found = {call.user.username: call for call in calls(TUESDAY, work_calendar(), None)}
    assert "lina" not in found
    assert found["chenan"].is_checked
    assert not found["chenan"].is_heard
    assert not found["sunqiang"].is_checked
    with pytest.raises(Refused):
        verbs.note_absence(day.lina, first=TUESDAY, last=WEDNESDAY, by=day.wumin)
    with pytest.raises(Refused):
        verbs.note_absence(day.lina, first=THURSDAY, last=WEDNESDAY, by=day.wumin)
    with pytest.raises(Refused):
        verbs.note_absence(day.lina, first=THURSDAY, last=THURSDAY.replace(year=2028), by=day.wumin)
    with pytest.raises(Refused):
        verbs.note_absence(day.lina, first=THURSDAY, last=THURSDAY, kind="moon", by=day.wumin)
    with pytest.raises(Forbidden):
        verbs.note_absence(day.sunqiang, first=TUESDAY, last=TUESDAY, by=day.wumin)
    with pytest.raises(Refused, match="他人"):
        verbs.note_absence(day.wumin, first=TUESDAY, last=TUESDAY, by=day.wumin)
    verbs.cancel_absence(absence, by=day.wumin)
    assert not Absence.objects.exists()


def logs_of(day: Cast) -> list[DayLog]:
    people = [day.chenan, day.lina, day.zhangwei, day.zhoukai, day.sunqiang]
    return [verbs.submit_log(user, day=TUESDAY, stops=[STOP], by=user) for user in people]


def test_a_tenth_is_drawn_and_the_suspicious_are_named(day: Cast) -> None:
    logs = logs_of(day)
    verbs.hear_report(day.sunqiang, stops=[ELSEWHERE], by=day.wangfang)
    made = verbs.draw_checks(THURSDAY, by=day.wangfang)
    reasons = {check.log_id: check.reason for check in made}
    assert list(reasons.values()).count("random") == 1
    assert logs[4].pk in reasons
    assert verbs.draw_checks(TUESDAY, by=day.wangfang) == []
    with pytest.raises(Forbidden):
        verbs.draw_checks(TUESDAY, by=day.wumin)


def test_a_forged_log_is_caught_and_counts_no_more(day: Cast, client: Client) -> None:
    log = hand_in(day)
    with pytest.raises(Forbidden):
        verbs.target_check(log, by=day.lina)
    check = verbs.target_check(log, by=day.wangfang)
    with pytest.raises(Refused):
        verbs.target_check(log, by=day.wangfang)
    with pytest.raises(Forbidden):
        verbs.tell_finding(check, result="false", finding="无人来访", by=day.wumin)
    with pytest.raises(Refused):
        verbs.tell_finding(check, result="false", finding="", by=day.wangfang)
    with pytest.raises(Refused):
        verbs.tell_finding(check, result="perhaps", finding="", by=day.wangfang)
    told = verbs.tell_finding(check, result="false", finding="客户称无人来访", by=day.wangfang)
    log.refresh_from_db()
    assert (told.checker, log.standing) == (day.wangfang, "missing")
    assert "客户称无人来访" in log.annulled_reason
    with pytest.raises(Refused):
        verbs.tell_finding(check, result="verified", finding="", by=day.wangfang)
    assert led(client, day.chenan, "daylog.found") == (200, "/field/logs/")


def test_the_own_manager_does_not_check(day: Cast) -> None:
    """heli, the director, is wumin's manager: wumin's own log is not theirs to check."""
    log = verbs.submit_log(day.wumin, day=TUESDAY, stops=[STOP], by=day.wumin)
    check = verbs.target_check(log, by=day.heli)
    assert day.wumin.manager == day.heli
    with pytest.raises(Forbidden):
        verbs.tell_finding(check, result="verified", finding="", by=day.heli)
    assert verbs.tell_finding(check, result="verified", finding="", by=day.wangfang).result == "verified"
    assert SpotCheck.objects.get().log.annulled_at is None


def test_help_is_answered_by_somebody_else(day: Cast) -> None:
    call = verbs.ask_help(day.wumin, matter="需要赠品预算", by=day.wumin)
    with pytest.raises(Refused):
        verbs.answer_help(call, answer="给自己", by=day.wumin)
    with pytest.raises(Refused):
        verbs.answer_help(call, answer=" ", by=day.heli)
    assert verbs.answer_help(call, answer="批了两千", by=day.heli).answered_by == day.heli
    with pytest.raises(Refused):
        verbs.answer_help(call, answer="再批", by=day.heli)
    with pytest.raises(Refused):
        verbs.ask_help(day.chenan, matter="", by=day.chenan)


def test_a_desk_log_taken_back_is_compared_no_more(day: Cast) -> None:
    desk = verbs.hear_report(day.chenan, stops=[ELSEWHERE], by=day.wangfang)
    log = hand_in(day)
    verbs.withdraw_days(DeskLog, [desk.pk], by=None)
    log.refresh_from_db()
    assert not DeskLog.objects.exists()
    assert (log.pairs, log.differing, log.flags) == (0, 0, [])
    assert "daylog.withdrawn" in {entry.event for entry in about(desk)}


def test_what_the_desk_did_is_told_in_the_readers_language(day: Cast) -> None:
    desk = verbs.check_arrival(day.chenan, arrival="unreachable", by=day.wangfang)
    (entry,) = about(desk)
    for language, word in (("zh-hans", "联系不上"), ("zh-hant", "聯絡不上"), ("en", "not reached")):
        with translation.override(language):
            assert word in sentence(entry, day.wangfang)


def test_the_author_sees_what_was_heard_once_the_log_is_final(day: Cast) -> None:
    """Before that it could be handed in anew after what the desk heard, and the two logs would not be two (R115)."""
    verbs.hear_report(day.chenan, stops=[ELSEWHERE], by=day.wangfang)
    log = hand_in(day)
    assert may_compare(day.wumin, log)
    assert not may_compare(day.chenan, log)
    own = enter(Client(), day.chenan)
    address = reverse("daylog:log", args=[log.pk])
    shown = own.get(address).content.decode()
    assert "绍兴" not in shown
    assert "双日志不一致" not in shown
    assert "绍兴" in enter(Client(), day.wumin).get(address).content.decode()
    with clock.at(log.locks_at + timedelta(minutes=1)):
        assert may_compare(day.chenan, log)
        assert "双日志不一致" in own.get(address).content.decode()
        log.returned_at = log.locks_at
        assert not may_compare(day.chenan, log)


def test_a_log_that_was_asked_about_is_explained_and_not_written_anew(day: Cast) -> None:
    verbs.hear_report(day.chenan, stops=[ELSEWHERE], by=day.wangfang)
    log = hand_in(day)
    verbs.ask_about(log, line=log.lines.all()[0], field="place", by=day.wangfang)
    assert may_compare(day.chenan, log)
    with pytest.raises(Refused, match="询问"):
        verbs.submit_log(day.chenan, day=TUESDAY, stops=[ELSEWHERE], by=day.chenan)
    verbs.refuse(
        Request.objects.about(log).waiting().get(), opinion="地点与总部听到的不同，请更正", by=day.wumin
    )
    sent_back = verbs.submit_log(day.chenan, day=TUESDAY, stops=[ELSEWHERE], by=day.chenan)
    assert sent_back.edition == 2
