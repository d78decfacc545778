"""Phone records by file: as they were, the same again changes nothing, taken back without a trace."""

from __future__ import annotations

from pathlib import Path

from loudou.customers import verbs as customers
from loudou.exchange.exporting.handing import hand
from loudou.exchange.importing.handing import Order, hand_in
from loudou.fieldwork import verbs as fieldwork
from loudou.fieldwork.models import Activity, PhoneCall
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.tasks.models import Task
from tests.cast import Cast
from tests.make import instant

CALLS = (
    "at,taker_username,name,phone,customer_code,minutes,matter,reply,owner_username,due_on,result\n"
    "2026-03-02T09:30:00+08:00,chenan,许明华,138 1234 5678,K-1,4,样件何时到,周一,,,\n"
    "2026-03-02T10:00:00+08:00,wangfang,王工,,,,投诉噪音,,chenan,2026-03-03,已换轴承\n"
    "2026-03-02T11:00:00+08:00,wangfang,刘总,,,,要报价,,chenan,2026-03-03,\n"
)


def test_phone_records_come_in_once_and_go_back_whole(cast: Cast, tmp_path: Path) -> None:
    customers.add_customer(name="宁波甬江机电", code="K-1", by=cast.chenan)
    file = tmp_path / "calls.csv"
    file.write_text(CALLS, "utf-8")
    counts = [hand_in(Order("calls", file), dry_run=False, all_or_nothing=True).counts for _time in range(2)]
    assert (counts[0].new, counts[1].unchanged, counts[1].new) == (3, 3, 0)
    first, second, third = PhoneCall.objects.order_by("at")
    contact = first.activity
    assert contact is not None and (first.phone, first.minutes) == ("+8613812345678", 4)
    assert (contact.known_at, contact.at, contact.contact) == (first.at, first.at, "许明华")
    assert (second.is_waiting, second.ended_at, second.result) == (False, second.at, "已换轴承")
    assert third.is_waiting and third.task is None and not Task.objects.exists()
    fieldwork.withdraw_calls([first.pk, second.pk, third.pk], by=None)
    assert not PhoneCall.objects.exists() and not Activity.objects.exists()


def test_a_call_that_came_among_the_activities_is_that_one(cast: Cast, tmp_path: Path) -> None:
    customer = customers.add_customer(name="宁波甬江机电", code="K-1", by=cast.chenan)
    told = fieldwork.ActivityRow("call", instant("2026-03-02 09:30"), cast.chenan, "HD-77", customer)
    fieldwork.import_activities([told], by=None)
    file = tmp_path / "calls.csv"
    twice = CALLS + CALLS.splitlines()[1].replace("样件何时到", "样件到哪了") + "\n"
    file.write_text(twice, "utf-8")
    hand_in(Order("calls", file), dry_run=False, all_or_nothing=True)
    ours = PhoneCall.objects.exclude(activity=None).order_by("pk")
    assert [(call.activity.code == "HD-77", call.activity.contact) for call in ours if call.activity] == [
        (True, "许明华"),
        (False, "许明华"),
    ]
    fieldwork.withdraw_calls([call.pk for call in ours], by=None)
    assert list(Activity.objects.values_list("code", flat=True)) == ["HD-77"]


def test_phone_records_that_make_none_are_refused_by_line(cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_text(
        "code,at,taker_username,name,minutes,matter,reply,result\n"
        "T-1,2026-03-02,chenan,许,x,问价,好,\n"
        "T-2,2026-03-02,niemand,许,,问价,好,\n"
        "T-3,2026-03-02,chenan,,,问价,好,\n"
        "T-4,2026-03-02,chenan,许,,问价,好,\n",
        "utf-8",
    )
    result = hand_in(Order("calls", file), dry_run=False, all_or_nothing=False)
    assert (result.counts.new, result.counts.refused) == (1, 3)
    file.write_text("code,at,taker_username,name,matter,reply\nT-4,2026-03-02,chenan,许,别的,好\n", "utf-8")
    assert hand_in(Order("calls", file), dry_run=False, all_or_nothing=False).counts.refused == 1
    row = fieldwork.CallRow(cast.chenan, clock.now(), "问价", code="T-4", name="许", reply="好")
    outcome = fieldwork.import_calls([row], by=None)[0]
    assert isinstance(outcome, Refused) and outcome.field == "code"


def test_without_the_right_to_history_they_obey_the_rules_of_the_page(cast: Cast, tmp_path: Path) -> None:
    at = clock.now().isoformat()
    file = tmp_path / "calls.csv"
    head = "at,taker_username,name,matter,reply,result\n"
    file.write_text(f"{head}{at},chenan,许,问价,好,\n{at},chenan,刘,问价,,成了\n", "utf-8")
    result = hand_in(Order("calls", file, username="chenan"), dry_run=False, all_or_nothing=False)
    assert (result.counts.new, result.counts.refused) == (1, 1)
    again = hand_in(Order("calls", file, username="chenan"), dry_run=False, all_or_nothing=False)
    assert (again.counts.unchanged, again.counts.new) == (1, 0)


def test_what_was_exported_of_calls_changes_nothing_when_it_comes_back(cast: Cast, tmp_path: Path) -> None:
    customer = customers.add_customer(name="宁波甬江机电", by=cast.chenan)
    said = {"customer": customer, "phone": "13812345678", "minutes": 0}
    fieldwork.take_call(by=cast.chenan, name="=许", matter="问价\n两件", reply="-好", **said)
    fieldwork.take_call(by=cast.wangfang, colleague=cast.lina, matter="要样品", owner=cast.chenan)
    for name in (None, "wangfang"):  # the desk gets the number masked: that says nothing
        file = tmp_path / f"calls-{name}.csv"
        hand("calls", username=name, output=file, form="csv", filters={}, bom=False)
        result = hand_in(Order("calls", file), dry_run=False, all_or_nothing=False)
        assert (result.counts.rows, result.counts.unchanged) == (2, 2), result.as_text()
