"""Days as files: what is wrong is named, what is known stays, an import goes back (C21)."""

from __future__ import annotations

from pathlib import Path

import pytest

from loudou.daylog import verbs
from loudou.daylog.models import Absence, DayLog, DeskLog, Item, SpotCheck, Support
from loudou.insight.reports import run
from loudou.kernel.refusals import Forbidden
from loudou.signoff.models import Request
from tests.cast import Cast
from tests.daylog.files import bring

LOG = {
    "用户名": "chenan",
    "日期": "2026-04-14",
    "提交时间": "2026-04-14 20:00",
    "到什么地方": "宁波",
    "拜访客户": "甬江机电",
    "见了谁": "许明华",
    "结果": "确认方案",
}
CHECK = {"username": "chenan", "day": "2026-04-14", "result": "不实", "checker_username": "wangfang"}


def reasons(tmp_path: Path, kind: str, *rows: dict[str, str]) -> list[str]:
    return [note.reason for note in bring(tmp_path, kind, rows).notes]


def test_chinese_headers_are_understood_and_stops_of_a_day_are_one_log(cast: Cast, tmp_path: Path) -> None:
    result = bring(tmp_path, "day-logs", [LOG, {**LOG, "拜访客户": "越城纺机"}, {**LOG, "用户名": "niemand"}])
    assert (result.counts.new, result.counts.refused) == (2, 1)
    log = DayLog.objects.get()
    assert [line.customer_name for line in log.lines.all()] == ["甬江机电", "越城纺机"]
    assert log.unit == cast.chenan.unit


def test_what_cannot_be_is_refused(cast: Cast, tmp_path: Path) -> None:
    assert reasons(tmp_path, "day-logs", {**LOG, "日期": "2026-04-15"}) == ["提交时间早于日志日期。"]
    other = {**LOG, "到达时间": "2026-04-13 10:00"}
    notes = bring(tmp_path, "day-logs", [LOG, other]).notes
    assert {(note.column, note.reason) for note in notes} == {
        ("at", "2026-04-13 10:00 不在日志日期 2026-04-14 当天。")
    }
    assert reasons(tmp_path, "spot-checks", CHECK) == ["此人当天没有日清单。"]
    bring(tmp_path, "day-logs", [LOG])
    own = {**CHECK, "checker_username": "wumin"}
    assert reasons(tmp_path, "spot-checks", own) == ["本人及其直属主管不得抽查该日志。"]
    heard = {"username": "chenan", "day": "2026-04-14", "place": "宁波"}
    assert reasons(tmp_path, "desk-logs", heard) == ["请写明晚汇报电话的时间。"]
    call = {"username": "chenan", "matter": "样机", "asked_at": "2026-04-14 10:00"}
    early = {**call, "answered_at": "2026-04-14 09:00"}
    assert reasons(tmp_path, "support-requests", early) == ["答复时间早于提出时间。"]
    assert reasons(tmp_path, "support-requests", {**call, "answered_by": "niemand"}) != []
    sign = {"subject": "日报", "asker_username": "chenan", "signer_username": "wumin"}
    assert reasons(
        tmp_path, "signatures", {**sign, "asked_at": "2026-04-14 10:00", "answered_at": "2026-04-13"}
    )
    assert reasons(tmp_path, "signatures", {**sign, "asked_at": "2026-04-14", "signer_username": "chenan"})


def test_a_morning_call_without_an_evening_one_is_taken_over(cast: Cast, tmp_path: Path) -> None:
    blank = {"reported_at": "", "place": "", "customer": "", "result": ""}
    result = bring(
        tmp_path, "desk-logs", [{"username": "chenan", "day": "2026-04-14", "arrival": "late", **blank}]
    )
    assert (result.counts.new, result.counts.refused) == (1, 0)
    desk = DeskLog.objects.get()
    assert (desk.arrival, desk.in_window, desk.lines.count()) == ("late", False, 0)


def test_a_check_of_what_came_after_its_lock_is_no_part_of_the_sample(cast: Cast, tmp_path: Path) -> None:
    """抽查率 is a share of the logs there are: one of one, not two of one; of the late one nothing is verified either."""
    late = {**LOG, "日期": "2026-04-15", "提交时间": "2026-04-16 12:01"}
    bring(tmp_path, "day-logs", [LOG, late])
    true = {**CHECK, "result": "属实", "finding": "问过客户，属实", "checked_at": "2026-04-17 10:00"}
    brought = bring(tmp_path, "spot-checks", [true, {**true, "day": "2026-04-15"}])
    assert brought.counts.refused == 0
    told = run("three-e", {"from": "2026-04-14", "to": "2026-04-17"}, None)
    assert (told["logs"], told["sampled"], told["sampling_rate"], told["verified"]) == (1, 1, "1.000000", 1)


def test_who_was_excused_neither_owes_nor_gives_an_evening_report(cast: Cast, tmp_path: Path) -> None:
    day, evening = "2026-04-14", "2026-04-14 17:30"
    heard = [("chenan", "excused", evening), ("lina", "on_time", evening), ("zhangwei", "on_time", "")]
    rows = [dict(zip(("username", "arrival", "reported_at"), one, strict=True)) for one in heard]
    bring(tmp_path, "desk-logs", [{"day": day, **row} for row in rows])
    told = run("three-e", {"from": day, "to": "2026-04-15", "unit": cast.lina.unit.code}, None)
    assert (told["checked"], told["reported"]) == (2, 1)
    alone = run("three-e", {"from": day, "to": "2026-04-15", "owner": "chenan"}, None)
    assert (alone["on_duty"], alone["reported"], alone["evening_rate"]) == (0, 0, None)


def test_calls_for_help_have_a_median(cast: Cast, tmp_path: Path) -> None:
    bring(tmp_path, "day-logs", [LOG])
    call = {"username": "chenan", "asked_at": "2026-04-14 10:00", "answered_by": "wumin", "answer": "已安排"}
    bring(
        tmp_path,
        "support-requests",
        [
            {**call, "matter": "样机", "answered_at": "2026-04-14 11:30"},
            {**call, "matter": "报价", "answered_at": "2026-04-15 10:00"},
            {"username": "chenan", "matter": "法务", "asked_at": "2026-04-14 12:00"},
        ],
    )
    again = bring(
        tmp_path,
        "support-requests",
        [{"username": "chenan", "matter": "法务", "asked_at": "2026-04-14 12:00"}],
    )
    assert (again.counts.new, again.counts.unchanged) == (0, 1)
    told = run("three-e", {"owner": "chenan", "period": "2026-04-14"}, None)
    assert (told["help_asked"], told["help_answered"], told["support_median_hours"]) == (3, 2, "12.75")


def test_what_came_goes_back_and_the_log_stands_again(cast: Cast, tmp_path: Path) -> None:
    bring(tmp_path, "day-logs", [LOG])
    bring(tmp_path, "desk-logs", [{"username": "chenan", "day": "2026-04-14", "arrival": "准时到达"}])
    bring(tmp_path, "log-items", [{"username": "chenan", "item": "回访", "due_on": "2026-04-14"}])
    bring(tmp_path, "support-requests", [{"username": "chenan", "matter": "样机", "asked_at": "2026-04-14"}])
    bring(tmp_path, "spot-checks", [CHECK])
    bring(tmp_path, "absences", [{"username": "lina", "first": "2026-04-14", "last": "2026-04-16"}])
    assert DayLog.objects.get().standing == "missing"
    for model in (SpotCheck, DeskLog, Item, Support, Absence):
        keys = list(model._default_manager.values_list("pk", flat=True))
        with pytest.raises(Forbidden):
            verbs.withdraw_days(model, keys, by=cast.chenan)
        verbs.withdraw_days(model, keys, by=None)
        assert not model._default_manager.exists()
    assert DayLog.objects.get().standing == "on_time"
    verbs.withdraw_days(DayLog, [DayLog.objects.get().pk], by=None)
    assert not DayLog.objects.exists()
    assert not Request.objects.exists()


def test_whoever_may_not_bring_history_brings_no_days(cast: Cast) -> None:
    from loudou.exchange.importing.spec import kind_named

    for name in ("day-logs", "desk-logs", "log-items", "support-requests", "spot-checks", "signatures"):
        kind = kind_named(name)
        assert kind is not None
        assert kind.open_to(cast.linjing)
        assert not kind.open_to(cast.wumin)
    absences = kind_named("absences")
    assert absences is not None
    assert absences.open_to(cast.wumin)
