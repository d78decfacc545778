"""What is written down for a closed month after its books were closed counts in the open one, with a link (C20)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from loudou.catalog import verbs as catalog
from loudou.customers import verbs as customers
from loudou.exchange.exporting.handing import hand
from loudou.exchange.importing.handing import Order, hand_in
from loudou.fieldwork import verbs as fieldwork
from loudou.insight.queries.achieved.posted import posted_for
from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.kernel.periods import Fiscal
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.models import Organisation
from loudou.people.queries import organisation
from loudou.pipeline.models import Deal, Line, Stage
from loudou.signoff.models import Request
from loudou.steering import verbs
from loudou.steering.models import Budget, Cost
from loudou.steering.queries.budgets import by_month
from loudou.targets import verbs as targets
from loudou.targets.models import Actual, Closing, Fact
from tests.cast import Cast
from tests.make import instant
from tests.targets.test_pages import text

APRIL = Fiscal().parse("2026-04")
MAY = Fiscal().parse("2026-05")


@pytest.fixture(autouse=True)
def _may(db: None) -> Iterator[None]:
    with clock.at(instant("2026-05-06 10:00")):
        yield


def bring(folder: Path, kind: str, *lines: str) -> None:
    file = folder / f"{kind}.csv"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    result = hand_in(Order(kind, file), dry_run=False, all_or_nothing=True)
    assert result.refused == 0, result.as_text()


def brought(folder: Path, code: str, *moves: str, amount: int = 50_000) -> None:
    """A deal of chenan's with its moves, by import."""
    head = "code,title,funnel,owner_username,amount,currency,created_at"
    bring(folder, "deals", head, f"{code},产线 {code},b2b,chenan,{amount},CNY,2026-04-02T09:00:00+08:00")
    rows = (f"{code},2026-04-02T09:00:00+08:00,enter,verify,,,", *(f"{code},{move}" for move in moves))
    bring(folder, "moves", "deal_code,at,event,stage,amount,reason,by", *rows)


def aims(cast: Cast) -> None:
    propose = Stage.objects.get(funnel__code="b2b", code="propose")
    with clock.at(instant("2026-01-05")):
        for period in (APRIL, MAY):
            whom: dict[str, Any] = {"unit": None, "person": cast.chenan, "period": period, "by": None}
            for metric in ("bookings", "deals", "visits", "conversion"):
                targets.set_target(metric=metric, amount=Decimal(100), **whom)
            targets.set_target(metric="deals", amount=Decimal(100), stage=propose, **whom)


def reached(period: str, **params: str) -> dict[str, str]:
    rows = run("target-progress", {"period": period, "owner": "chenan", **params}, None)["rows"]
    return {row["metric"] + (f" {row['stage']}" if row["stage"] else ""): row["actual"] for row in rows}


NOTHING = {"bookings": "0.00", "deals": "0.00", "visits": "0.00", "conversion": None, "deals propose": "0.00"}


def test_wins_losses_and_visits_that_come_late_count_in_the_open_month(cast: Cast, tmp_path: Path) -> None:
    aims(cast)
    brought(tmp_path, "L1", "2026-04-10T09:00:00+08:00,won,,,,", amount=500_000)
    closing = verbs.close_month(APRIL, by=None)
    april = {
        **NOTHING,
        "bookings": "500000.00",
        "deals": "1.00",
        "conversion": "1.000000",
        "deals propose": "1.00",
    }
    assert (reached("2026-04"), reached("2026-05")) == (april, NOTHING)
    with clock.at(instant("2026-05-07 10:00")):
        brought(tmp_path, "L2", "2026-04-20T09:00:00+08:00,won,,,,", amount=70_000)
        brought(tmp_path, "L3", "2026-04-21T09:00:00+08:00,lost,,,price,")
        brought(tmp_path, "L4", "2026-05-02T09:00:00+08:00,won,,,,", amount=8_000)
        customer = customers.add_customer(name="华东阀门", owner=cast.chenan, by=None)
        said = {"kind": "visit", "customer": customer, "contact": "许明华", "result": "看了现场", "by": None}
        fieldwork.log_activity(owner=cast.chenan, at=instant("2026-04-22 09:00"), **said)
    with clock.at(instant("2026-05-08 10:00")):
        assert reached("2026-04") == april
        late = reached("2026-05")
        assert (late["bookings"], late["deals"], late["deals propose"]) == ("78000.00", "2.00", "2.00")
        assert (late["visits"], late["conversion"]) == ("1.00", "0.666667")
        before = reached("2026-05", as_of="2026-05-07T00:00:00+08:00")
        assert (before["bookings"], before["visits"]) == (
            "8000.00",
            "0.00",
        )  # an imported past is known at its time
        found = posted_for(closing, organisation(), None)
        assert [(one.is_visit, one.at.day) for one in found] == [
            (True, 22),
            (False, 21),
            (False, 20),
            (False, 2),
        ]
        assert posted_for(closing, organisation(), cast.sunqiang) == []
    with clock.at(instant("2026-06-04 10:00")):
        verbs.close_month(MAY, by=None)
        assert reached("2026-05") == late and reached("2026-04") == april


def test_a_customer_is_new_once_however_late_an_earlier_win_comes(cast: Cast, tmp_path: Path) -> None:
    propose = Stage.objects.get(funnel__code="b2b", code="propose")
    for period in (APRIL, MAY):
        whom: dict[str, Any] = {"unit": None, "person": cast.chenan, "period": period, "by": None}
        for stage in (None, propose):
            targets.set_target(metric="new_customers", amount=Decimal(9), stage=stage, **whom)
    for name in ("甬江机电", "越城纺机"):
        customers.add_customer(name=name, owner=cast.chenan, by=None)

    def won(code: str, customer: str, day: str) -> None:
        head = "code,title,customer_name,funnel,owner_username,amount,currency,created_at"
        began = "2026-04-01T09:00:00+08:00"
        bring(tmp_path, "deals", head, f"{code},产线,{customer},b2b,chenan,1000,CNY,{began}")
        moves = (f"{code},{began},enter,verify", f"{code},{day}T09:00:00+08:00,won,")
        bring(tmp_path, "moves", "deal_code,at,event,stage", *moves)

    def new(period: str) -> tuple[str, str]:
        found = reached(period)
        return found["new_customers"], found["new_customers propose"]

    won("N1", "甬江机电", "2026-04-20")
    verbs.close_month(APRIL, by=None)
    with clock.at(instant("2026-05-07 10:00")):
        won("N2", "甬江机电", "2026-04-10")
        assert (new("2026-04"), new("2026-05")) == (("1.00", "1.00"), ("0.00", "0.00"))
        won("N3", "越城纺机", "2026-04-21")
        won("N4", "越城纺机", "2026-04-15")
        won("N5", "越城纺机", "2026-05-02")
        assert (new("2026-04"), new("2026-05")) == (("1.00", "1.00"), ("1.00", "1.00"))


def test_a_frozen_win_that_is_another_now_counts_its_difference_in_the_open_month(
    cast: Cast, client: Client, tmp_path: Path
) -> None:
    aims(cast)
    won = "2026-04-10T09:00:00+08:00,won,,,,"
    brought(tmp_path, "L1", won, amount=500_000)
    brought(tmp_path, "L2", won, amount=20_000)
    brought(tmp_path, "L3", won, amount=3_000)
    closing = verbs.close_month(APRIL, by=None)
    april = reached("2026-04")
    assert (april["bookings"], april["deals"]) == ("523000.00", "3.00")
    head = "code,title,funnel,owner_username,amount,currency,created_at"
    with clock.at(instant("2026-05-07 10:00")):
        # By the deal's row, by a fact of its own, by the deal being none.
        bring(tmp_path, "deals", head, "L1,产线 L1,b2b,chenan,450000,CNY,2026-04-02T09:00:00+08:00")
        rows = (
            "L2,2026-04-09T09:00:00+08:00,amount,,21000,,",
            "L3,2026-05-06T09:00:00+08:00,invalid,,,duplicate,",
        )
        bring(tmp_path, "moves", "deal_code,at,event,stage,amount,reason,by", *rows)
        brought(tmp_path, "L4", "2026-05-02T09:00:00+08:00,won,,,,", amount=8_000)
    with clock.at(instant("2026-05-08 10:00")):
        assert reached("2026-04") == april
        late = reached("2026-05")
        assert (late["bookings"], late["deals"]) == ("-44000.00", "0.00")  # 8,000 − 50,000 + 1,000 − 3,000
        before = reached("2026-05", as_of="2026-05-07T00:00:00+08:00")
        assert before["bookings"] == "8000.00"
        found = posted_for(closing, organisation(), None)
        assert sorted(one.amount or 0 for one in found if one.is_difference) == [-50_000, -3_000, 1_000]
        client.force_login(cast.hezong)
        page = client.get(reverse("steering:closing", args=[closing.pk])).content.decode()
        assert "-¥50,000" in page.replace("−", "-") and "差额" in page
    with clock.at(instant("2026-06-04 10:00")):
        verbs.close_month(MAY, by=None)
        assert reached("2026-05") == late and reached("2026-04") == april


def test_what_was_ordered_with_a_frozen_win_that_is_none_is_taken_back_in_the_open_month(
    cast: Cast, tmp_path: Path
) -> None:
    for period in (APRIL, MAY):
        targets.set_target(
            unit=None, person=cast.chenan, metric="quantity", period=period, amount=Decimal(9), by=None
        )
    lamp = catalog.add_product(code="L1", name="射灯", list_price=Decimal(100), by=None)
    for code, pieces in (("L1", 3), ("L2", 4)):
        brought(tmp_path, code, "2026-04-10T09:00:00+08:00,won,,,,", amount=400)
        deal = Deal.objects.get(code=code)
        Line.objects.create(
            deal=deal, product=lamp, quantity=pieces, price=100, position=1, system_of_record="funnel"
        )
    verbs.close_month(APRIL, by=None)
    assert (reached("2026-04")["quantity"], reached("2026-05")["quantity"]) == ("7.00", "0.00")
    with clock.at(instant("2026-05-07 10:00")):
        rows = ("L1,2026-05-06T09:00:00+08:00,invalid,duplicate", "L2,2026-04-09T09:00:00+08:00,amount,")
        bring(tmp_path, "moves", "deal_code,at,event,reason,amount", f"{rows[0]},", f"{rows[1]},500")
    with clock.at(instant("2026-06-04 10:00")):
        verbs.close_month(MAY, by=None)
        assert (reached("2026-04")["quantity"], reached("2026-05")["quantity"]) == ("7.00", "-3.00")


def test_a_forecast_of_closed_books_is_held_against_what_was_frozen(cast: Cast, tmp_path: Path) -> None:
    def held(period: str, **params: str) -> tuple[str, str]:
        [row] = run("forecast-accuracy", {"period": period, "owner": "chenan", **params}, None)["rows"]
        return row["actual"], row["ape"]

    brought(tmp_path, "L1", "2026-04-10T09:00:00+08:00,won,,,,", amount=500_000)
    head = "period,username,submitted,adjustment,reason,locked_at"
    rows = (
        f"2026-{month},chenan,{amount},0,,2026-0{lock}"
        for month, amount, lock in (
            ("04", 550_000, "4-02T10:00:00+08:00"),
            ("05", 56_000, "5-04T10:00:00+08:00"),
        )
    )
    bring(tmp_path, "forecasts", head, *rows)
    verbs.close_month(APRIL, by=None)
    assert held("2026-04") == ("500000.00", "0.100000")
    with clock.at(instant("2026-05-07 10:00")):
        brought(tmp_path, "L2", "2026-04-20T09:00:00+08:00,won,,,,", amount=70_000)
    with clock.at(instant("2026-05-08 10:00")):
        assert held("2026-04") == ("500000.00", "0.100000")
        assert held("2026-05") == ("70000.00", "0.200000")


def test_the_first_closing_counts_from_the_first_fact_on(cast: Cast, tmp_path: Path) -> None:
    brought(tmp_path, "L1", "2026-04-10T09:00:00+08:00,won,,,,", amount=500_000)
    closing = verbs.close_month(APRIL, by=None)
    assert closing.starts_on == date(1990, 1, 1)
    days = closing.facts.filter(metric="bookings").values_list("day", "amount")
    assert list(days) == [(date(2026, 4, 10), 500_000)]


def test_books_opened_again_take_their_own(cast: Cast, tmp_path: Path) -> None:
    aims(cast)
    closing = verbs.close_month(APRIL, by=None)
    with clock.at(instant("2026-05-07 10:00")):
        brought(tmp_path, "L2", "2026-04-20T09:00:00+08:00,won,,,,", amount=70_000)
        targets.ask_reopening(closing, reason="补录合同", by=cast.qianjin)
        request = Request.objects.get()
        targets.confirm_target(request, opinion="凭证补齐后重开，次日再关账", by=cast.hezong)
        assert (reached("2026-04")["bookings"], reached("2026-05")["bookings"]) == ("70000.00", "0.00")


def test_a_late_cost_is_posted_and_a_frozen_one_corrected_by_a_posting(cast: Cast, tmp_path: Path) -> None:
    unit = cast.unit("D1")
    head = "unit_code,category,date,amount,state,note,source_system,source_id"
    bring(tmp_path, "costs", head, "D1,travel,2026-04-03,900,,,OA,E-1")
    frozen = Cost.objects.get()
    closing = verbs.close_month(APRIL, by=None)
    bring(tmp_path, "costs", head, "D1,travel,2026-04-03,950,,,OA,E-1", "D1,travel,2026-04-09,77,,,OA,E-2")
    bring(tmp_path, "costs", head, "D1,travel,2026-04-03,950,,,OA,E-1", "D1,travel,2026-04-09,77,,,OA,E-2")
    rows = Cost.objects.order_by("pk").values_list("amount", "day", "counts_on", "relates_to", "corrects")
    assert list(rows) == [
        (900, date(2026, 4, 3), date(2026, 4, 3), None, None),
        (77, date(2026, 4, 9), date(2026, 5, 1), closing.pk, None),
        (50, date(2026, 4, 3), date(2026, 5, 1), closing.pk, frozen.pk),
    ] or list(rows) == [
        (900, date(2026, 4, 3), date(2026, 4, 3), None, None),
        (50, date(2026, 4, 3), date(2026, 5, 1), closing.pk, frozen.pk),
        (77, date(2026, 4, 9), date(2026, 5, 1), closing.pk, None),
    ]
    assert frozen.as_told == 950 and verbs.correct_cost(frozen, amount=Decimal(950), by=None).version == 2
    assert verbs.correct_cost(frozen, amount=Decimal(900), by=None).as_told == 900
    budget = Budget.objects.create(unit=unit, starts_on=date(2026, 1, 1), ends_on=date(2027, 1, 1))
    told = {month.month: card.approved for (_what, month), card in by_month(budget).items()}
    assert told == {4: 900, 5: 77}
    for act in (
        lambda: verbs.correct_cost(frozen, state="committed", by=None),
        lambda: verbs.correct_cost(frozen, amount=Decimal("0.001"), by=None),
        lambda: verbs.withdraw_costs([frozen.pk], by=None),
    ):
        with pytest.raises(Refused):
            act()
    late = Cost.objects.get(source_id="E-2")
    assert verbs.correct_cost(late, amount=Decimal(80), by=None).counts_on == date(2026, 5, 1)
    assert verbs.withdraw_costs([late.pk], by=None) == 1


def test_the_page_of_a_closing_names_what_came_late(cast: Cast, client: Client, tmp_path: Path) -> None:
    closing = verbs.close_month(APRIL, by=None)
    with clock.at(instant("2026-05-07 10:00")):
        brought(tmp_path, "L2", "2026-04-20T09:00:00+08:00,won,,,,", amount=70_000)
        bring(tmp_path, "costs", "unit_code,category,date,amount", "D1,travel,2026-04-09,77")
        client.force_login(cast.hezong)
        page = client.get(reverse("steering:closing", args=[closing.pk])).content.decode()
        board = text(client.get(reverse("steering:closings")))
    assert "产线 L2" in page and "¥70,000" in page and "¥77" in page
    assert "费用 ¥77 (1)" in board


def test_what_came_late_counts_in_its_month_in_another_house_too(cast: Cast, tmp_path: Path) -> None:
    """Results and costs of closed books leave with the day they count on and what was posted for them since."""
    d1 = cast.unit("D1")
    targets.set_target(unit=d1, person=None, metric="cash", period=MAY, amount=Decimal(100), by=None)
    spent = {"unit": d1, "category": "travel", "day": date(2026, 4, 10), "amount": Decimal(900)}
    got = {"metric": "cash", "unit": d1, "day": date(2026, 4, 10), "amount": Decimal(500)}
    [actual], [cost] = _both(got, spent)
    budget = verbs.set_budget(unit=d1, period=Fiscal().parse("2026"), by=None)
    verbs.set_line(
        budget, category="travel", month=date(2026, 4, 1), amount=Decimal(9000), reason="", by=None
    )
    verbs.close_month(APRIL, by=None)
    targets.correct_actual(actual, amount=Decimal(450), by=None)
    verbs.correct_cost(cost, amount=Decimal(800), by=None)
    _both(got | {"day": date(2026, 4, 11), "amount": Decimal(70)}, spent | {"day": date(2026, 4, 11)})
    told, files = _counted(budget), {}
    assert [row[1:3] for row in told[0]] == [
        (date(2026, 4, 10), date(2026, 4, 10)),
        (date(2026, 4, 11), date(2026, 5, 1)),
        (date(2026, 4, 10), date(2026, 5, 1)),
    ]
    kinds = ("actuals", "costs", "closings", "closing-facts")
    for kind in kinds:
        files[kind] = tmp_path / f"out-{kind}.csv"
        hand(kind, username=None, output=files[kind], form="csv", filters={}, bom=False)
        again = hand_in(Order(kind, files[kind]), dry_run=False, all_or_nothing=True)
        assert again.counts.unchanged == again.counts.rows > 0, again.as_text()
    _empty()
    for kind in kinds:
        bring(tmp_path, f"out-{kind}"[4:], *files[kind].read_text("utf-8").splitlines())
        out = tmp_path / f"again-{kind}.csv"
        hand(kind, username=None, output=out, form="csv", filters={}, bom=False)
        assert out.read_text() == files[kind].read_text()
    assert _counted(budget) == told


def _both(got: dict[str, Any], spent: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    actuals = targets.record_actuals([targets.ActualRow(**got)], by=None)
    return actuals, verbs.record_costs([verbs.CostRow(**spent)], by=None)


def _empty() -> None:
    for model in (Actual, Cost):
        model.objects.exclude(corrects=None).delete()
        model.objects.all().delete()
    Fact.objects.all().delete()
    Closing.objects.all().delete()
    Organisation.objects.update(closed_through=None)


def _counted(budget: Budget) -> tuple[Any, ...]:
    """Which result counts when and what it is late for, what May reached, and what the budget has left month by month."""
    rows = Actual.objects.order_by("counts_on", "-day").values_list(
        "amount", "day", "counts_on", "corrects__day", "relates_to__starts_on"
    )
    reports = [
        run("target-progress", {"period": period, "unit": "D1"}, None)["rows"]
        for period in ("2026-04", "2026-05")
    ]
    costs = Cost.objects.order_by("counts_on", "-day").values_list(
        "amount", "counts_on", "relates_to__starts_on"
    )
    return list(rows), reports, by_month(budget), list(costs)


@pytest.mark.parametrize(
    ("counts_on", "posted"),
    [
        ("2026-04-09", ""),
        ("2026-04-20", "2026-04-20 5"),
        ("", "2026-04-10 5"),
        ("", "5"),
        ("", "2026-05-01 x"),
    ],
)
@pytest.mark.usefixtures("cast")
def test_nothing_counts_before_its_day_nor_is_posted_before_it_counts(
    counts_on: str, posted: str, tmp_path: Path
) -> None:
    for kind, what in (("actuals", "metric"), ("costs", "category")):
        file = tmp_path / f"{kind}.csv"
        word = {"metric": "cash", "category": "travel"}[what]
        file.write_text(
            f"unit_code,{what},date,amount,counts_on,posted\nD1,{word},2026-04-10,9,{counts_on},{posted}\n"
        )
        result = hand_in(Order(kind, file), dry_run=False, all_or_nothing=False)
        assert result.refused == 1, result.as_text()
    assert not Actual.objects.exists() and not Cost.objects.exists()


def test_only_who_may_import_history_says_on_which_day_something_counted(cast: Cast) -> None:
    late = {"counts_on": date(2026, 5, 2), "posted": {date(2026, 5, 3): Decimal(1)}}
    row = targets.ActualRow("cash", date(2026, 4, 1), Decimal(5), unit=cast.unit("D1"), **late)
    cost = verbs.CostRow(cast.unit("D1"), "travel", date(2026, 4, 1), Decimal(5), **late)
    with pytest.raises(Forbidden):
        targets.record_actuals([row], by=cast.qianjin)
    with pytest.raises(Forbidden):
        verbs.record_costs([cost], by=cast.wumin)
    outcomes = _both(vars(row), vars(cost))
    assert [one.amount for [one] in outcomes] == [4, 4]
