"""Closed books (C20): what a closed month's targets have reached never changes, what comes late counts in the open one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client

from loudou.exchange.importing.handing import Order, hand_in
from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.kernel.periods import Fiscal
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people import verbs as people
from loudou.people.models import Organisation, User
from loudou.pipeline import verbs as pipeline
from loudou.pipeline.models import Deal, Visit
from loudou.signoff.models import Request
from loudou.signoff.queries import inbox
from loudou.signoff.verbs import delegate
from loudou.steering import verbs
from loudou.targets import verbs as targets
from loudou.targets.models import Actual, Closing, Fact, Target
from loudou.targets.queries.closing import closable_months, counting_day, standing_closings
from tests.cast import Cast
from tests.doors import enter
from tests.exchange.calling import Calls, problem
from tests.make import at_last_stage, instant

APRIL = Fiscal().parse("2026-04")
MAY = Fiscal().parse("2026-05")
OPINION = "凭证补齐后重开，次日再关账"


@pytest.fixture(autouse=True)
def _may(db: None) -> Iterator[None]:
    with clock.at(instant("2026-05-06 10:00")):
        yield


def win(owner: User, when: str, amount: int) -> Deal:
    with clock.at(instant(when)):
        return pipeline.win(at_last_stage(owner, amount=amount), by=None).deal


def aim(metric: str, amount: int, period: str = "2026-04", **whose: Any) -> Target:
    said = {"unit": None, "period": Fiscal().parse(period), "amount": Decimal(amount), "by": None, **whose}
    with clock.at(instant("2026-01-05")):
        return targets.set_target(metric=metric, **said)


def cash(cast: Cast, day: str, amount: str, **more: Any) -> Actual:
    told = targets.ActualRow("cash", date.fromisoformat(day), Decimal(amount), person=cast.chenan, **more)
    made = targets.record_actuals([told], by=cast.qianjin)[0]
    assert isinstance(made, Actual), made
    return made


def progress(period: str = "2026-04", **more: str) -> dict[tuple[Any, str], tuple[str, str]]:
    rows = run("target-progress", {"period": period, **more}, None)["rows"]
    return {(row["owner"] or row["unit"], row["metric"]): (row["target"], row["actual"]) for row in rows}


def test_what_a_closed_month_has_reached_never_changes(cast: Cast) -> None:
    deal = win(cast.chenan, "2026-04-10 15:00", 500_000)
    win(cast.lina, "2026-05-02 15:00", 70_000)
    cash(cast, "2026-04-20", "300")
    for metric in ("bookings", "deals", "cash", "conversion"):
        amount = 100 if metric == "conversion" else 1000  # nobody wins more than was closed
        aim(metric, amount, person=cast.chenan)
        aim(metric, amount, unit=cast.unit("D1"))
    aim("bookings", 9_000_000, "2026-Q2", unit=cast.unit("D1"))
    before, quarter = progress(), progress("2026-Q2")
    assert before["chenan", "bookings"] == ("1000.00", "500000.00")
    assert quarter["D1", "bookings"] == ("9000000.00", "570000.00")

    closing = verbs.close_month(APRIL, note="四月", by=cast.qianjin)
    assert (closing.last_day, closing.note, str(closing)) == (date(2026, 4, 30), "四月", "2026-04")
    assert {
        (one.metric, one.day, one.person, one.amount) for one in Fact.objects.exclude(metric="new_customers")
    } >= {
        ("bookings", date(2026, 4, 10), cast.chenan, Decimal(500_000)),
        ("deals", date(2026, 4, 10), cast.chenan, Decimal(1)),
        ("cash", date(2026, 4, 20), cast.chenan, Decimal(300)),
    }
    assert (progress(), progress("2026-Q2")) == (before, quarter)

    Visit.objects.filter(deal=deal).update(
        left_amount=Decimal(1)
    )  # whatever becomes of what it was counted from
    Actual.objects.filter(metric="cash").update(base_amount=Decimal(7))
    later = targets.set_target(
        unit=cast.unit("D1"), metric="bookings", period=MAY, amount=Decimal(5), by=None
    )
    assert later.pk and (progress(), progress("2026-Q2")["D1", "bookings"]) == (
        before,
        quarter["D1", "bookings"],
    )
    rows = run("linearity", {"period": "2026-Q2", "owner": "chenan"}, None)["rows"]
    assert {row["metric"]: row["actual"] for row in rows}["bookings"] == "500000.00"


def test_a_report_as_of_before_the_closing_counts_what_was_known_then(cast: Cast) -> None:
    deal = win(cast.chenan, "2026-04-10 15:00", 500_000)
    aim("bookings", 1000, person=cast.chenan)
    verbs.close_month(APRIL, by=None)
    Visit.objects.filter(deal=deal).update(left_amount=Decimal(1))
    with clock.at(instant("2026-05-07")):
        then, now = progress(as_of="2026-05-05T00:00:00+08:00"), progress()
    assert (then["chenan", "bookings"][1], now["chenan", "bookings"][1]) == ("1.00", "500000.00")


def test_a_share_of_a_longer_target_stays_as_it_was_at_the_closing(cast: Cast) -> None:
    quarter = aim("deals", 610, "2026-Q2", person=cast.chenan)
    verbs.close_month(APRIL, by=None)
    before = progress()["chenan", "deals"][0]
    with clock.at(instant("2026-05-06 11:00")):
        targets.adjust_target(quarter, amount=Decimal(999), by=None)
        targets.set_target(
            unit=None, person=cast.lina, metric="deals", period=quarter.period, amount=Decimal(9), by=None
        )
    assert progress() == {("chenan", "deals"): (before, "0.00")}
    assert progress("2026-Q2")["chenan", "deals"][0] == "999.00"
    with pytest.raises(Refused):
        targets.withdraw_targets([quarter.pk], by=None)


def test_a_share_in_other_money_is_at_the_plan_rate(cast: Cast) -> None:
    with clock.at(instant("2026-01-02")):
        people.set_rate(currency="USD", kind="plan", valid_from=date(2026, 1, 1), rate=Decimal("7"), by=None)
    quarter = aim("bookings", 610, "2026-Q2", person=cast.chenan, currency="USD")
    verbs.close_month(APRIL, by=None)
    before = progress()["chenan", "bookings"][0]
    with clock.at(instant("2026-05-06 11:00")):
        targets.adjust_target(quarter, amount=Decimal(305), by=None)
    assert (progress()["chenan", "bookings"][0], progress("2026-Q2")["chenan", "bookings"][0]) == (
        before,
        "2135.00",
    )


def test_who_left_as_it_turned_out_later_changes_nothing_of_closed_months(cast: Cast) -> None:
    aim("deals", 220, person=cast.chenan)
    verbs.close_month(APRIL, by=None)
    User.objects.filter(pk=cast.chenan.pk).update(left_on=date(2026, 4, 16))
    assert progress()["chenan", "deals"] == ("220.00", "0.00")


def test_a_late_invoice_counts_in_the_open_month_and_names_the_closing(cast: Cast, tmp_path: Path) -> None:
    aim("cash", 1000, person=cast.chenan)
    aim("cash", 1000, "2026-05", person=cast.chenan)
    cash(cast, "2026-04-20", "300", source_id="R-1")
    closing = verbs.close_month(APRIL, by=cast.qianjin)
    late = cash(cast, "2026-04-28", "200", source_id="R-2")
    assert (late.day, late.counts_on, late.relates_to) == (date(2026, 4, 28), date(2026, 5, 1), closing)
    assert (
        progress()["chenan", "cash"][1] == "300.00" and progress("2026-05")["chenan", "cash"][1] == "200.00"
    )
    file = tmp_path / "cash.csv"
    head = "username,metric,date,amount,source_id"
    rows = [
        "chenan,cash,2026-04-20,310,R-1",
        "chenan,cash,2026-04-28,200,R-2",
        "chenan,cash,2026-04-29,1,R-3",
    ]
    file.write_text("\n".join((head, *rows)) + "\n", "utf-8")
    first = hand_in(Order("actuals", file), dry_run=False, all_or_nothing=True)
    assert (first.counts.new, first.counts.changed, first.counts.unchanged) == (1, 1, 1), first.as_text()
    again = hand_in(Order("actuals", file), dry_run=False, all_or_nothing=True)
    assert (again.counts.new, again.counts.changed, again.counts.unchanged) == (0, 0, 3)
    assert (
        progress()["chenan", "cash"][1] == "300.00" and progress("2026-05")["chenan", "cash"][1] == "211.00"
    )
    posting = Actual.objects.get(corrects__source_id="R-1")
    assert (posting.amount, posting.relates_to, posting.corrects.as_told) == (10, closing, 310)


def test_a_difference_is_posted_once_a_month_and_stays_after_reopening(cast: Cast) -> None:
    told = cash(cast, "2026-04-20", "300")
    closing = verbs.close_month(APRIL, by=None)
    for amount in ("310", "290", "290"):
        told = targets.correct_actual(told, amount=Decimal(amount), by=cast.qianjin)
    assert [row.amount for row in told.postings.all()] == [-10] and told.version == 3
    with pytest.raises(Refused):
        targets.correct_actual(told, amount=Decimal(1), currency="USD", by=cast.qianjin)
    with pytest.raises(Refused):
        targets.withdraw_actuals([told.pk], by=cast.qianjin)
    reopened(closing, cast)
    told = targets.correct_actual(told, amount=Decimal(500), by=cast.qianjin)
    assert (told.amount, told.as_told) == (510, 500)
    with pytest.raises(Refused):
        targets.withdraw_actuals([told.pk], by=cast.qianjin)


def test_where_no_month_is_open_yet_nothing_comes_late(cast: Cast) -> None:
    Organisation.objects.update(closed_through=date(2026, 5, 6))
    told = targets.ActualRow("cash", date(2026, 4, 1), Decimal(1), person=cast.chenan)
    refused = targets.record_actuals([told], by=None)[0]
    assert isinstance(refused, Refused) and refused.field == "date"


def reopened(closing: Closing, cast: Cast) -> Request:
    request = targets.ask_reopening(closing, reason="凭证缺失", by=cast.qianjin)
    opinion = f"{OPINION}（第 {request.pk} 号申请，{closing.starts_on:%Y年%m月}起）"
    return targets.confirm_target(request, opinion=opinion, by=cast.hezong)


def test_finance_asks_and_the_management_opens_again(cast: Cast) -> None:
    march = verbs.close_month(Fiscal().parse("2026-03"), by=cast.qianjin)
    april = verbs.close_month(APRIL, by=cast.qianjin)
    assert april.starts_on == march.ends_on and closable_months(Organisation.objects.get()) == []
    for closing, reason, field in ((march, "x", "reason"), (april, " ", "reason")):
        with pytest.raises(Refused) as refusal:
            targets.ask_reopening(closing, reason=reason, by=cast.qianjin)
        assert refusal.value.field == field
    with pytest.raises(Stale):
        targets.ask_reopening(april, reason="x", version=9, by=cast.qianjin)
    with pytest.raises(Forbidden):
        targets.ask_reopening(april, reason="x", by=cast.hezong)
    request = reopened(april, cast)
    april.refresh_from_db()
    assert (april.reopened_by, april.reason, request.signer) == (cast.hezong, "凭证缺失", cast.hezong)
    assert Organisation.objects.get().closed_through == date(2026, 3, 31)
    anew = verbs.close_month(APRIL, by=cast.qianjin)
    assert anew.starts_on == april.starts_on and Closing.objects.count() == 3
    reopened(anew, cast)
    reopened(march, cast)
    assert Organisation.objects.get().closed_through is None


def test_who_signs_for_the_management_opens_them_as_well(cast: Cast) -> None:
    """heli has no right to open books; while hezong is away the signature is enough, and whose it is is on record."""
    closing = verbs.close_month(APRIL, by=cast.qianjin)
    request = targets.ask_reopening(closing, reason="凭证缺失", by=cast.qianjin)
    today = Organisation.objects.get().today
    delegate(cast.hezong, to=cast.heli, first=today, last=today, by=cast.hezong)
    targets.confirm_target(request, opinion=OPINION, by=cast.heli)
    closing.refresh_from_db()
    assert closing.reopened_by == cast.heli and Organisation.objects.get().closed_through is None
    with pytest.raises(Forbidden):
        people.reopen_books(None, by=cast.heli)


def test_with_nobody_above_who_may_it_waits_for_whoever_has_the_right(cast: Cast) -> None:
    User.objects.filter(username="qianjin").update(manager=None)
    closing = verbs.close_month(APRIL, by=cast.qianjin)
    request = targets.ask_reopening(closing, reason="凭证缺失", by=User.objects.get(username="qianjin"))
    assert request.signer is None and list(inbox(cast.hezong)) == [request]


def test_what_was_closed_after_the_question_comes_first(cast: Cast) -> None:
    april = verbs.close_month(APRIL, by=cast.qianjin)
    request = targets.ask_reopening(april, reason="凭证缺失", by=cast.qianjin)
    with clock.at(instant("2026-06-08 10:00")):
        verbs.close_month(Fiscal().parse("2026-05"), by=cast.qianjin)
        with pytest.raises(Refused):
            targets.confirm_target(request, opinion=OPINION, by=cast.hezong)
    april.refresh_from_db()
    assert april.reopened_at is None


def test_a_reopened_month_is_counted_anew(cast: Cast) -> None:
    deal = win(cast.chenan, "2026-04-10 15:00", 500_000)
    aim("bookings", 1000, person=cast.chenan)
    closing = verbs.close_month(APRIL, by=None)
    Visit.objects.filter(deal=deal).update(left_amount=Decimal(1))
    with clock.at(instant("2026-05-08")):
        reopened(closing, cast)
    with clock.at(instant("2026-05-09")):
        assert progress()["chenan", "bookings"][1] == "1.00"
        then = progress(as_of="2026-05-07T00:00:00+08:00")
    assert (
        then["chenan", "bookings"][1] == "500000.00"
    )  # what was frozen when that report would have been made


@pytest.mark.parametrize("name", ["2026-05", "2026-W17", "2026-04-17", "2030"])
def test_only_whole_months_that_are_over_are_closed(cast: Cast, name: str) -> None:
    with pytest.raises(Refused) as refusal:
        verbs.close_month(Fiscal().parse(name), by=cast.qianjin)
    assert refusal.value.field == "month" and not Closing.objects.exists()


def test_books_are_closed_once_and_by_finance(cast: Cast) -> None:
    verbs.close_month(APRIL, by=cast.qianjin)
    for name in ("2026-04", "2026-03"):
        with pytest.raises(Refused):
            verbs.close_month(Fiscal().parse(name), by=cast.qianjin)
    for by in (cast.hezong, cast.linjing, cast.gaoming):
        with pytest.raises(Forbidden):
            verbs.close_month(MAY, by=by)


def test_the_pages_close_show_what_came_late_and_ask(cast: Cast) -> None:
    finance = enter(Client(), cast.qianjin)
    assert "还没有封过账" in finance.get("/targets/closings/").content.decode()
    form = finance.get("/targets/closings/close/").content.decode()
    assert "2026-04" in form and "2026-05" not in form
    assert finance.post("/targets/closings/close/", {"month": "2026-05"}).status_code == 422
    made = finance.post("/targets/closings/close/", {"month": "2026-04", "note": "四月"})
    closing = Closing.objects.get()
    assert made.status_code == 302 and made["Location"].endswith(f"/targets/closings/{closing.pk}/")
    for again in (
        finance.get("/targets/closings/close/"),
        finance.post("/targets/closings/close/", {"month": "2026-04"}),
    ):
        page = again.content.decode()
        assert "已结束的月份都已封账。" in page and 'name="month"' not in page
    cash(cast, "2026-04-20", "1234")
    board = finance.get("/targets/closings/").content.decode()
    assert "2026-04-30" in board and "1,234" in board
    page = finance.get(f"/targets/closings/{closing.pk}/").content.decode()
    assert "2026-05-01" in page and "1,234" in page
    address = f"/targets/closings/{closing.pk}/reopen/"
    assert finance.post(address, {"reason": ""}).status_code == 422
    assert finance.post(address, {"reason": "凭证缺失", "version": "1"}).status_code == 302
    assert "何总" in finance.get(f"/targets/closings/{closing.pk}/").content.decode()
    reader = enter(Client(), cast.chenan)
    assert reader.get(f"/targets/closings/{closing.pk}/").status_code == 200


def test_the_command_and_the_api_close_too(cast: Cast) -> None:
    from contextlib import nullcontext
    from unittest.mock import patch

    from loudou.steering.commands import close_books

    with patch("loudou.steering.commands.ready", nullcontext):
        told = CliRunner().invoke(close_books, ["2026-03", "--by", "qianjin", "--note", "一季度"])
        unknown = CliRunner().invoke(close_books, ["2026-04", "--by", "nobody"])
    assert json.loads(told.output)["closed_through"] == "2026-03-31"
    assert isinstance(unknown.exception, Refused)
    call = Calls(cast.qianjin)
    made = call.post("/closings", {"month": "2026-04"}).json()
    assert (made["starts_on"], made["closed_through"], made["closed_by"]["name"]) == (
        "2026-04-01",
        "2026-04-30",
        "钱进",
    )
    refused = problem(call.post("/closings", {"month": "2026-04-17"}), 422, "")
    assert list(refused["fields"]) == ["month"]
    assert [row["id"] for row in call.get("/closings").json()["items"]] == [made["id"], made["id"] - 1]
    cash(cast, "2026-04-20", "5")
    late = call.get(f"/actuals?relates_to={made['id']}").json()["items"]
    assert [(row["day"], row["counts_on"], row["corrects"]) for row in late] == [
        ("2026-04-20", "2026-05-01", None)
    ]
    [told_late] = call.get(f"/closings/{made['id']}").json()["late"]  # as the closing's page lists it
    assert (told_late["day"], told_late["counts_on"], told_late["amount"]) == (
        "2026-04-20",
        "2026-05-01",
        "5.00",
    )
    assert (told_late["actual"], told_late["deal"], told_late["difference"]) == (late[0]["id"], None, False)
    asked = call.post(f"/closings/{made['id']}/reopen", {"version": 1, "reason": "凭证缺失"})
    assert asked.status_code == 202 and asked.json()["signer"] == cast.hezong.pk


def test_what_falls_on_the_last_closed_day_counts_on_the_first_open_one() -> None:
    company = Organisation(closed_through=date(2026, 4, 30))
    with clock.at(instant("2026-05-01 10:00")):
        days = [counting_day(date(2026, month, day), company) for month, day in ((4, 29), (4, 30), (5, 1))]
    assert days == [date(2026, 5, 1)] * 3


def test_a_closing_stands_from_after_it_was_made_until_it_is_reopened(cast: Cast) -> None:
    closing, moment = verbs.close_month(APRIL, by=cast.qianjin), timedelta(microseconds=1)
    made, reopened = closing.closed_at, closing.closed_at + timedelta(hours=1)
    Closing.objects.filter(pk=closing.pk).update(reopened_at=reopened)
    times = (made, made + moment, reopened, reopened + moment)
    assert [len(standing_closings(known)) for known in times] == [0, 1, 1, 0]
