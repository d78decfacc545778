"""Budgets: control cards, expense ratio, adjustments with reasons, the seven steps, import and export."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from loudou.exchange.exporting.handing import hand
from loudou.exchange.importing.handing import Order, Result, hand_in
from loudou.insight.reports import run
from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.kernel.numbers import Ratio
from loudou.kernel.periods import Fiscal
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people.models import Organisation, Unit
from loudou.steering import verbs
from loudou.steering.figures.budget import Card, expense_ratio
from loudou.steering.models import Adjustment, Budget, BudgetLine, Cost
from loudou.steering.verbs import CostRow
from tests.cast import Cast
from tests.doors import enter
from tests.make import instant

APRIL = date(2026, 4, 1)


@pytest.fixture(autouse=True)
def _today(db: None) -> Any:
    with clock.at(instant("2026-05-06")):
        yield


@pytest.fixture
def budget(cast: Cast) -> Budget:
    """直销一部 of 2026: 10,000 for travel and 5,000 for exhibitions in April."""
    unit = Unit.objects.get(pk=cast.wumin.unit_id)
    made = verbs.set_budget(unit=unit, period=Fiscal().parse("2026"), by=cast.heli)
    verbs.set_line(made, category="travel", month=APRIL, amount=Decimal(10_000), by=cast.heli)
    verbs.set_line(made, category="exhibition", month=APRIL, amount=Decimal(5_000), by=cast.heli)
    made.refresh_from_db()
    return made


def bring(folder: Path, kind: str, *lines: str) -> Result:
    file = folder / f"{kind}.csv"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return hand_in(Order(kind, file), dry_run=False, all_or_nothing=False)


def row(budget: Budget, amount: str, **more: Any) -> CostRow:
    return CostRow(
        **{
            "unit": budget.unit,
            "category": "travel",
            "day": date(2026, 4, 9),
            "amount": Decimal(amount),
            **more,
        }
    )


@pytest.mark.parametrize(
    ("card", "status", "usage"),
    [
        (Card(Decimal(100), Decimal(50), Decimal("29.99")), "ok", "0.7999"),
        (Card(Decimal(100), Decimal(50), Decimal(30)), "warn", "0.80"),
        (Card(Decimal(100), Decimal(100)), "warn", "1"),
        (Card(Decimal(100), Decimal("100.01")), "block", "1.0001"),
        (Card(Decimal(100), Decimal(-5)), "ok", "-0.05"),
    ],
)
def test_a_card_warns_at_eighty_and_blocks_beyond_a_hundred(card: Card, status: str, usage: str) -> None:
    assert (card.status, card.usage.value) == (status, Decimal(usage))


def test_without_a_budget_anything_blocks_and_without_revenue_there_is_no_ratio() -> None:
    assert Card(approved=Decimal(1)).status == "block" and Card().status == "ok"
    assert Card(approved=Decimal(1)).usage.reason == "no_base"
    assert expense_ratio(Decimal(5), None).reason == "not_recorded"
    assert expense_ratio(Decimal(5), Decimal(-1)) == Ratio.missing("no_base")
    assert expense_ratio(Decimal(5), Decimal(40)).value == Decimal("0.125")


AMOUNT = st.decimals(0, 10**6, places=2)


@given(AMOUNT, AMOUNT, AMOUNT)
def test_what_is_left_and_used_is_the_budget(whole: Decimal, approved: Decimal, committed: Decimal) -> None:
    card = Card(whole, approved, committed)
    assert card.left + card.used == whole
    assert (card.status == "block") == (card.used > whole)


def test_an_adjustment_needs_a_reason_and_is_kept(cast: Cast, budget: Budget) -> None:
    with pytest.raises(Refused) as refusal:
        verbs.set_line(budget, category="travel", month=APRIL, amount=Decimal(12_000), by=cast.heli)
    assert refusal.value.field == "reason"
    said = {"category": "travel", "month": APRIL, "amount": Decimal(12_000), "reason": "新增华南走访"}
    with pytest.raises(Stale):
        verbs.set_line(budget, version=1, by=cast.heli, **said)
    line = verbs.set_line(budget, version=budget.version, by=cast.heli, **said)
    kept = Adjustment.objects.get()
    assert (kept.before, kept.after, kept.reason, kept.by) == (10_000, 12_000, "新增华南走访", cast.heli)
    assert str(kept) and str(line) and str(budget)
    assert verbs.set_line(budget, by=cast.heli, **said).pk == line.pk and Adjustment.objects.count() == 1
    assert Entry.objects.filter(event="budget.line_adjusted", actor=cast.heli).count() == 1


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"category": "yacht"}, "category"),
        ({"month": date(2027, 1, 1)}, "month"),
        ({"month": date(2026, 4, 2)}, "month"),
        ({"amount": Decimal(-1)}, "amount"),
        ({"amount": Decimal("0.001")}, "amount"),
    ],
)
def test_what_is_no_line_is_refused(cast: Cast, budget: Budget, more: dict[str, Any], field: str) -> None:
    said = {"category": "other", "month": APRIL, "amount": Decimal(1), **more}
    with pytest.raises(Refused) as refusal:
        verbs.set_line(budget, by=cast.heli, **said)
    assert refusal.value.field == field


def test_a_budget_is_of_whole_months_within_the_times(cast: Cast) -> None:
    unit = Unit.objects.get(pk=cast.wumin.unit_id)
    for name in ("2026-W17", "1980"):
        with pytest.raises(Refused) as refusal:
            verbs.set_budget(unit=unit, period=Fiscal().parse(name), by=cast.heli)
        assert refusal.value.field == "period"
    with pytest.raises(Forbidden):
        verbs.set_budget(unit=unit, period=Fiscal().parse("2026"), by=cast.wumin)


def test_spending_beyond_the_budget_is_refused_by_hand(cast: Cast, budget: Budget) -> None:
    verbs.spend(budget, row(budget, "9000", state="committed"), by=cast.wumin)
    with pytest.raises(Refused) as refusal:
        verbs.spend(budget, row(budget, "1000.01"), by=cast.wumin)
    assert refusal.value.field == "amount" and "¥1,000" in refusal.value.sentence
    verbs.spend(budget, row(budget, "1000"), by=cast.wumin)
    verbs.spend(budget, row(budget, "-50", day=date(2026, 4, 10)), by=cast.wumin)
    with pytest.raises(Refused) as refusal:
        verbs.spend(budget, row(budget, "1", state="dreamt"), by=cast.wumin)
    assert refusal.value.field == "state"
    with pytest.raises(Forbidden):
        verbs.spend(budget, row(budget, "1"), by=cast.chenan)


def test_a_commitment_becomes_a_claim_and_mistakes_are_withdrawn(cast: Cast, budget: Budget) -> None:
    cost = verbs.spend(budget, row(budget, "9000", state="committed"), by=cast.wumin)
    claimed = verbs.correct_cost(cost, state="approved", amount=Decimal(8_500), version=1, by=cast.qianjin)
    assert (claimed.state, claimed.amount, claimed.version, str(claimed) != "") == (
        "approved",
        8_500,
        2,
        True,
    )
    assert verbs.correct_cost(claimed, amount=Decimal(8_500), by=cast.qianjin).version == 2
    for bad in ({"category": "yacht"}, {"amount": Decimal("NaN")}, {"day": date(1980, 1, 1)}):
        with pytest.raises(Refused):
            verbs.correct_cost(claimed, by=cast.qianjin, **bad)
    assert verbs.withdraw_costs([cost.pk], by=cast.qianjin) == 1 and not Cost.objects.exists()
    assert verbs.withdraw_lines(list(BudgetLine.objects.values_list("pk", flat=True)), by=cast.heli) == 2


def test_closed_books_stay(cast: Cast, budget: Budget) -> None:
    cost = verbs.spend(budget, row(budget, "9"), by=cast.wumin)
    Organisation.objects.update(closed_through=date(2026, 4, 30))
    for act in (
        lambda: verbs.withdraw_costs([cost.pk], by=cast.wumin),
        lambda: verbs.correct_cost(cost, state="committed", by=cast.wumin),
        lambda: verbs.set_line(budget, category="other", month=APRIL, amount=Decimal(1), by=cast.heli),
    ):
        with pytest.raises(Refused):
            act()


def test_the_report_to_the_digit(cast: Cast, budget: Budget, tmp_path: Path) -> None:
    """10,000 for travel, 8,400 approved and 600 committed; 5,000 for exhibitions, 6,000 spent; 120,000 invoiced."""
    unit, below = budget.unit.code, cast.heli.unit.code
    found = bring(
        tmp_path,
        "costs",
        "unit_code,category,date,amount,state,note,source_system,source_id",
        f"{unit},差旅,2026-04-03,8400.00,,,OA,E-1",
        f"{unit},travel,2026-04-20,600,committed,,OA,E-2",
        f"{unit},展会,2026-04-21,6000,approved,展位费,,",
        f"{below},travel,2026-04-21,77,approved,,,",
        f"{unit},travel,2026-07-01,1,approved,,,",
        "NO,travel,2026-04-21,1,,,,",
        f"{unit},yacht,2026-04-21,1,,,,",
    )
    assert (found.counts.new, found.refused) == (5, 2), found.as_text()
    with clock.at(instant("2026-12-31")):
        bring(tmp_path, "actuals", "unit_code,metric,date,amount", f"{unit},invoiced,2026-04-30,120000")
    told = run("budget-vs-actual", {"period": "2026-Q2", "unit": unit}, None)
    rows = {one["category"]: one for one in told["rows"]}
    travel = rows["travel"]
    assert (travel["budget"], travel["approved"], travel["committed"]) == ("10000.00", "8400.00", "600.00")
    assert (travel["left"], travel["usage"], travel["status"]) == ("1000.00", "0.900000", "warn")
    assert (rows["exhibition"]["usage"], rows["exhibition"]["status"]) == ("1.200000", "block")
    whole = told["units"][0]
    assert (whole["approved"], whole["revenue"], whole["expense_ratio"]) == (
        "14400.00",
        "120000.00",
        "0.120000",
    )
    assert (whole["bookings"], whole["expense_ratio_to_bookings_reason"]) == ("0.00", "no_base")
    assert [one["month"] for one in told["months"]] == ["2026-04", "2026-04"]
    assert run("budget-vs-actual", {"period": "2026-Q2"}, cast.chenan)["rows"] == []
    assert run("budget-vs-actual", {"period": "2024"}, None)["units"] == []


def test_as_of_a_past_day_later_costs_do_not_count(cast: Cast, budget: Budget) -> None:
    told = [row(budget, "70", day=date(2026, 4, 20)), row(budget, "5", day=date(2026, 5, 9))]
    verbs.record_costs(told, by=None)
    for as_of, approved in (("2026-04-19", "0.00"), ("2026-04-20", "70.00"), ("2026-05-09", "75.00")):
        asked = {"period": "2026-Q2", "unit": budget.unit.code, "as_of": as_of}
        whole = run("budget-vs-actual", asked, None)["units"][0]
        assert (whole["budget"], whole["approved"]) == ("15000.00", approved), as_of
    assert run("budget-vs-actual", {"period": "2026-Q2"}, cast.heli)["units"][0]["approved"] == "75.00"


def test_files_brought_again_change_nothing(cast: Cast, budget: Budget, tmp_path: Path) -> None:
    unit = budget.unit.code
    head = "unit_code,period,category,month,amount,reason"
    lines = [
        f"{unit},2026,travel,2026-04,10000,",
        f"{unit},,培训,2026年5月,800,",
        f"{unit},2026-Q9,travel,2026-04,1,",
    ]
    first = bring(tmp_path, "budgets", head, *lines, "NO,,travel,2026-04,1,", f"{unit},,travel,April,1,")
    assert (first.counts.new, first.counts.unchanged, first.refused) == (1, 1, 3), first.as_text()
    changed = bring(tmp_path, "budgets", head, f"{unit},,travel,2026-04,9000,缩减")
    assert changed.counts.changed == 1 and Adjustment.objects.get().reason == "缩减"
    costs = [f"{unit},travel,2026-04-03,84,,餐,,", f"{unit},travel,2026-04-04,-3,,,OA,X"]
    costs_head = "unit_code,category,date,amount,state,note,source_system,source_id"
    assert bring(tmp_path, "costs", costs_head, *costs).counts.new == 2
    assert bring(tmp_path, "costs", costs_head, *costs).counts.unchanged == 2
    again = bring(tmp_path, "costs", costs_head, f"{unit},travel,2026-04-04,-4,,,OA,X", costs[0])
    assert (again.counts.changed, again.counts.unchanged) == (1, 1)
    assert bring(tmp_path, "costs", costs_head, f"{unit},travel,2026-04-05,-4,,,OA,X").refused == 1
    for kind in ("budgets", "costs"):
        out = tmp_path / f"out-{kind}.csv"
        hand(kind, username=None, output=out, form="csv", filters={}, bom=False)
        result = hand_in(Order(kind, out), dry_run=False, all_or_nothing=False)
        assert result.counts.rows == result.counts.unchanged == 2 + (kind == "budgets"), result.as_text()


def test_the_pages(cast: Cast, budget: Budget, client: Client) -> None:
    enter(client, cast.heli)
    place = f"/budgets/{budget.pk}/"
    said = {"category": "travel", "month": "2026-04-01", "amount": "1.2万", "reason": ""}
    assert client.post(f"{place}lines/", said).status_code == 422
    assert client.post(f"{place}lines/", {**said, "reason": "新增走访", "version": "1"}).status_code == 409
    assert client.post(f"{place}lines/", {**said, "reason": "新增走访"}).status_code == 302
    cost = {"unit": str(budget.unit_id), "category": "travel", "day": "2026-04-09", "amount": "11000"}
    assert client.post(f"{place}costs/", {**cost, "state": "committed"}).status_code == 302
    assert client.post(f"{place}costs/", {**cost, "state": "committed"}).status_code == 422
    assert (
        client.post(f"{place}plan/", {"demand": "锂电扩产", "resources": "两人", "strategy": ""}).status_code
        == 302
    )
    more = {"category": "promotion", "month": "2026-04-01", "amount": "0"}
    assert client.post(f"{place}lines/", more).status_code == 302
    page = client.get(place).content.decode()
    assert "推广" in page and "升迁" not in page  # the same word, of another trade, in the pipeline
    assert "锂电扩产" in page and "新增走访" in page and "91.7%" in page and "即将用完" in page
    assert "91.7%" not in client.get("/budgets/?period=2026").content.decode()
    assert "64.7%" in client.get("/budgets/?period=2026").content.decode()
    added = client.post("/budgets/add/", {"unit": str(cast.heli.unit_id), "period": "2026"})
    assert added.status_code == 302 and Budget.objects.count() == 2
    assert "本期没有预算" in client.get("/budgets/?period=2024").content.decode()
