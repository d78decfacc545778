"""Targets that are a growth over a frozen base, a share of a whole, or of a single stage (R002, R010), to the digit."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from loudou.exchange.importing.handing import Order, hand_in
from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.kernel.periods import Fiscal
from loudou.kernel.refusals import Refused
from loudou.pipeline.models import Stage
from loudou.targets import verbs
from loudou.targets.figures.goals import Goal, amount_at, apart, counted_as, rate_of, reached
from loudou.targets.models import Target
from tests.cast import Cast
from tests.make import instant

Q2 = Fiscal().parse("2026-Q2")
Q1 = Fiscal().parse("2026-Q1")


@pytest.fixture
def first_half(cast: Cast, tmp_path: Path) -> Cast:
    """chenan wins 300,000 in the first quarter and 198,000 in the second; lina has deals on their way."""
    lines = ["code,title,funnel,owner_username,amount,currency,created_at,customer_code"]
    moves = ["deal_code,at,event,stage,amount,reason,by"]
    customers = ["code,name", "K1,甲", "K2,乙"]
    for code, owner, amount, customer in (
        ("G1", "chenan", 300000, "K1"),
        ("G2", "chenan", 198000, "K1"),
        ("G3", "lina", 70000, "K1"),
        ("G4", "lina", 30000, "K2"),
    ):
        lines.append(f"{code},商机,b2b,{owner},{amount},CNY,2026-01-05T09:00:00+08:00,{customer}")
        moves.append(f"{code},2026-01-05T09:00:00+08:00,enter,verify,,,")
    moves += [
        "G1,2026-02-02T09:00:00+08:00,won,,,,",
        "G2,2026-04-02T09:00:00+08:00,won,,,,",
        "G3,2026-04-03T09:00:00+08:00,enter,propose,,,",
        "G4,2026-04-04T09:00:00+08:00,enter,propose,,,",
        "G4,2026-04-20T09:00:00+08:00,lost,,,price,",
    ]
    for kind, rows in (("customers", customers), ("deals", lines), ("moves", moves)):
        bring(tmp_path, kind, *rows)
    return cast


def bring(folder: Path, kind: str, *lines: str, refused: int = 0) -> str:
    file = folder / f"{kind}.csv"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    result = hand_in(Order(kind, file), dry_run=False, all_or_nothing=False)
    assert result.refused == refused, result.as_text()
    return result.as_text()


@pytest.fixture
def may() -> Iterator[None]:
    with clock.at(instant("2026-05-01")):
        yield


def line(owner: str, metric: str = "bookings", stage: str | None = None, **params: str) -> dict[str, Any]:
    params.setdefault("period", "2026-Q2")
    params.setdefault("as_of", "2026-05-01T00:00:00+08:00")
    rows = run("target-progress", params, None)["rows"]
    found = [row for row in rows if (row["owner"], row["metric"], row["stage"]) == (owner, metric, stage)]
    assert len(found) == 1, rows
    return found[0]


def test_figures() -> None:
    assert amount_at("growth", Decimal("1234567.89"), Decimal("0.1")) == Decimal("1358024.68")
    assert amount_at("share", Decimal(4_000_000), Decimal("0.125")) == Decimal("500000.00")
    assert rate_of("growth", Decimal(3), Decimal("3.33"), Decimal("0.11")) == Decimal("0.11")
    assert rate_of("growth", Decimal(3), Decimal(4)) == Decimal("0.333333")
    assert reached("share", Decimal(8), Decimal(2)).value == Decimal("0.25")
    assert reached("growth", Decimal(8), None, "not_recorded").reason == "not_recorded"
    assert apart(counted_as("deals", 7)) == ("deals", 7) and apart("visits") == ("visits", None)


def test_a_growth_counts_its_base_and_freezes_it(first_half: Cast, may: None, tmp_path: Path) -> None:
    goal = Goal("growth", Decimal("0.1"), Q1)
    target = verbs.set_target(
        unit=None, person=first_half.chenan, metric="bookings", period=Q2, goal=goal, by=None
    )
    assert (target.base_value, target.amount, target.asked_rate) == (300_000, 330_000, Decimal("0.1"))
    assert target.base_period == Q1
    bring(
        tmp_path,
        "deals",
        "code,title,funnel,owner_username,amount,currency,created_at",
        "G9,晚,b2b,chenan,500000,CNY,2026-01-05T09:00:00+08:00",
    )
    moves = ("G9,2026-01-05T09:00:00+08:00,enter,verify,,,", "G9,2026-03-02T09:00:00+08:00,won,,,,")
    bring(tmp_path, "moves", "deal_code,at,event,stage,amount,reason,by", *moves)
    told = line("chenan")
    assert (told["kind"], told["base"], told["rate"]) == ("growth", "300000.00", "0.100000")
    assert (told["target"], told["actual"], told["attainment"]) == ("330000.00", "198000.00", "0.600000")
    assert (told["rate_reached"], told["base_period"]) == ("-0.340000", "2026-Q1")
    again = verbs.adjust_target(target, goal=Goal("growth", Decimal("0.2")), by=None)
    assert (again.amount, again.base_value) == (360_000, 300_000)
    by_hand = verbs.adjust_target(again, amount=Decimal(400_000), by=None)
    assert by_hand.asked_rate == Decimal("0.333333")


def test_a_share_is_of_a_whole_that_is_said(first_half: Cast, may: None) -> None:
    unit = first_half.chenan.unit
    goal = Goal("share", Decimal("0.125"), base=Decimal(4_000_000))
    verbs.set_target(unit=unit, metric="bookings", period=Q2, goal=goal, by=None)
    rows = run("target-progress", {"period": "2026-Q2", "as_of": "2026-05-01T00:00:00+08:00"}, None)["rows"]
    told = next(row for row in rows if row["unit"] == unit.code and row["owner"] is None)
    assert (told["target"], told["rate"], told["rate_reached"]) == ("500000.00", "0.125000", "0.049500")
    assert told["base_period"] is None


def test_what_is_absolute_says_so(first_half: Cast, may: None) -> None:
    verbs.set_target(
        unit=None, person=first_half.chenan, metric="bookings", period=Q2, amount=Decimal(5), by=None
    )
    told = line("chenan")
    assert (told["kind"], told["rate"], told["rate_reason"], told["rate_reached_reason"]) == (
        *("absolute", None),
        *("absolute", "absolute"),
    )


def test_a_conversion_grows_in_per_cent(first_half: Cast, may: None) -> None:
    goal = Goal("growth", Decimal("-0.5"), Q1)
    unit = first_half.chenan.unit
    target = verbs.set_target(unit=unit, metric="conversion", period=Q2, goal=goal, by=None)
    assert (target.base_value, target.amount) == (100, 50)  # one close, and it was won


@pytest.mark.parametrize(
    ("metric", "goal", "field"),
    [
        ("bookings", Goal("twice", Decimal(1)), "kind"),
        ("bookings", Goal("growth", Decimal(-2)), "rate"),
        ("bookings", Goal("share", Decimal("1.01")), "rate"),
        ("bookings", Goal("growth", Decimal("0.1234567")), "rate"),
        ("conversion", Goal("share", Decimal("0.5")), "kind"),
        ("bookings", Goal("share", Decimal("0.5")), "base"),
        ("bookings", Goal("share", Decimal("0.5"), base=Decimal(-1)), "base"),
        ("bookings", Goal("share", Decimal("0.5"), base=Decimal("1e17")), "base"),
        ("bookings", Goal("growth", Decimal("0.5")), "base"),
        ("bookings", Goal("growth", Decimal("0.5"), Q2), "base_period"),
        ("invoiced", Goal("growth", Decimal("0.5"), Q1), "base"),
    ],
)
def test_a_goal_that_cannot_be_is_refused(cast: Cast, may: None, metric: str, goal: Goal, field: str) -> None:
    with pytest.raises(Refused) as refusal:
        verbs.set_target(unit=cast.chenan.unit, metric=metric, period=Q2, goal=goal, by=None)
    assert refusal.value.field == field
    assert not Target.objects.exists()


def test_a_base_period_that_runs_is_told_by_hand(cast: Cast, may: None) -> None:
    owner: dict[str, Any] = {"unit": cast.chenan.unit, "metric": "bookings", "by": None}
    q3 = Fiscal().parse("2026-Q3")
    with pytest.raises(Refused) as refusal:
        verbs.set_target(**owner, period=q3, goal=Goal("growth", Decimal("0.1"), Q2))
    assert refusal.value.field == "base"
    goal = Goal("growth", Decimal("0.1"), Q2, Decimal(1000))
    assert verbs.set_target(**owner, period=q3, goal=goal).amount == 1100
    with pytest.raises(Refused) as refusal:
        verbs.set_target(**owner, period=q3, goal=Goal("share", Decimal("0.1"), base=Decimal(1)))
    assert refusal.value.field == "kind"
    with pytest.raises(Refused) as refusal:
        verbs.set_target(**owner, period=q3, goal=Goal("growth", Decimal("0.1")), currency="USD")
    assert refusal.value.field == "currency"
    with pytest.raises(Refused) as refusal:
        verbs.set_target(**owner, period=Q2)
    assert refusal.value.field == "amount"


def test_targets_of_a_stage_count_what_reaches_it(first_half: Cast, may: None) -> None:
    stage = Stage.objects.get(funnel__code="b2b", code="propose")
    lina, chenan = first_half.lina, first_half.chenan
    for metric, amount in (("deals", 4), ("bookings", 200_000), ("new_customers", 2)):
        verbs.set_target(
            unit=None, person=lina, metric=metric, period=Q2, amount=Decimal(amount), stage=stage, by=None
        )
    verbs.set_target(unit=None, person=lina, metric="deals", period=Q2, amount=Decimal(1), by=None)
    verbs.set_target(unit=lina.unit, metric="deals", period=Q2, amount=Decimal(9), stage=stage, by=None)
    deals = line("lina", "deals", "propose")
    assert (deals["actual"], deals["target"], deals["attainment"]) == ("2.00", "4.00", "0.500000")
    assert (deals["standing_count"], deals["standing_amount"], deals["funnel"]) == (1, "70000.00", "b2b")
    assert line("lina", "bookings", "propose")["actual"] == "100000.00"
    assert line("lina", "new_customers", "propose")["actual"] == "1.00"  # 甲 was there with the win of G1
    assert line("lina", "deals")["actual"] == "0.00"
    before = line("lina", "deals", "propose", as_of="2026-04-10T00:00:00+08:00")
    assert (before["actual"], before["standing_count"], before["standing_amount"]) == ("2.00", 2, "100000.00")
    rows = run("target-progress", {"period": "2026-Q2", "as_of": "2026-05-01T00:00:00+08:00"}, None)["rows"]
    whole = next(row for row in rows if row["unit"] == lina.unit.code and row["owner"] is None)
    assert (whole["actual"], whole["standing_count"]) == ("3.00", 1)  # with the win that went beyond it
    with pytest.raises(Refused) as refusal:
        verbs.set_target(
            unit=chenan.unit, metric="visits", period=Q2, amount=Decimal(1), stage=stage, by=None
        )
    assert refusal.value.field == "stage"


def test_a_file_brings_them_and_takes_them_out(first_half: Cast, may: None, tmp_path: Path) -> None:
    head = "unit_code,username,metric,period,amount,kind,rate,base_period,base,funnel,stage"
    rows = (
        ",chenan,bookings,2026-Q2,,growth,10%,2026-Q1,,,",
        ",lina,bookings,2026-Q2,,份额,25,,1000000,,",
        ",lina,deals,2026-Q2,4,,,,,b2b,提案",
    )
    bring(tmp_path, "targets", head, *rows)
    assert "unchanged 3" in bring(tmp_path, "targets", head, *rows)
    chenan, lina, deals = Target.objects.order_by("pk")
    assert (chenan.amount, lina.amount, lina.kind) == (330_000, 250_000, "share")
    assert deals.stage is not None and deals.stage.code == "propose"
    bad = (
        ",chenan,bookings,2026-Q3,,growth,,,,,",
        ",lina,bookings,2026-Q3,,,,,,,",
        ",chenan,deals,2026-Q3,4,,,,,b2b,nowhere",
        ",lina,deals,2026-Q3,4,,,,,nofunnel,提案",
        ",chenan,bookings,2026-Q1,,growth,10%,sometime,,,",
        ",lina,bookings,2026-Q1,,growth,10.12345%,2026-Q1,,,",
    )
    told = bring(tmp_path, "targets", head, *bad, refused=6)
    for column in ("rate", "amount", "stage", "funnel", "base_period"):
        assert column in told
    assert Target.objects.count() == 3


def test_a_closing_freezes_what_reached_a_stage(first_half: Cast) -> None:
    from loudou.steering.verbs import close_month

    stage = Stage.objects.get(funnel__code="b2b", code="propose")
    april = Fiscal().parse("2026-04")
    with clock.at(instant("2026-05-06 10:00")):
        verbs.set_target(
            unit=None,
            person=first_half.lina,
            metric="deals",
            period=april,
            amount=Decimal(4),
            stage=stage,
            by=None,
        )
        close_month(april, by=first_half.qianjin)
    told = line("lina", "deals", "propose", period="2026-04", as_of="2026-05-07T00:00:00+08:00")
    assert told["actual"] == "2.00"


def test_the_page_sets_a_growth_and_tells_what_it_is_of(first_half: Cast, may: None, client: Client) -> None:
    client.force_login(first_half.heli)
    unit = first_half.chenan.unit
    said = {"unit": unit.pk, "metric": "bookings", "period": "2026-Q2", "currency": "CNY", "amount": ""}
    growth = {**said, "kind": "growth", "rate": "10", "base_period": "2026-Q1", "base": ""}
    answer = client.post("/targets/add/", growth)
    assert answer.status_code == 302, answer.content.decode()
    target = Target.objects.get()
    assert (target.amount, target.base_period) == (330_000, Q1)
    page = client.get(f"/targets/{target.pk}/").content.decode()
    assert "10.00%" in page.replace(" ", "") and "2026 年一季度" in page
    progress = client.get("/analysis/targets/?period=2026-Q2").content.decode()
    assert "10.00%" in progress.replace(" ", "")
    stage = Stage.objects.get(funnel__code="b2b", code="propose")
    staged = {**said, "metric": "deals", "amount": "3", "kind": "absolute", "stage": stage.pk}
    assert client.post("/targets/add/", staged).status_code == 302
    assert stage.name in client.get("/analysis/targets/?period=2026-Q2").content.decode()
    for wrong in ({**growth, "rate": ""}, {**said, "kind": "absolute"}, {**growth, "rate": "x"}):
        assert client.post("/targets/add/", wrong).status_code == 422
