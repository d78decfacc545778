"""Targets over the API: a proposal that writes nothing, an adjustment asked for and signed."""

from __future__ import annotations

from decimal import Decimal

from loudou.kernel import clock
from loudou.kernel.periods import Fiscal
from loudou.targets import verbs
from loudou.targets.models import Target
from tests.cast import Cast
from tests.exchange.calling import Calls, problem
from tests.make import instant


def test_a_decomposition_is_proposed_and_not_written(cast: Cast) -> None:
    call = Calls(cast.wumin)
    said = {"unit": "D1", "metric": "bookings", "period": "2026-Q1", "total": "200000", "by": "month"}
    found = call.post("/targets/decompose", {**said, "method": "equal"}).json()
    assert [part["amount"] for part in found["parts"]] == ["66667.00", "66667.00", "66666.00"]
    assert found["sum"] == "200000.00" and found["assignment_reason"] == "not_assigned"
    people = call.post(
        "/targets/decompose", {**said, "by": "person", "method": "equal", "step": "10000"}
    ).json()
    assert people["checks"][1] == {"rule": "over_assignment", "passed": False, "shortfall": "40000.00"}
    problem(call.post("/targets/decompose", {**said, "unit": "NOWHERE"}), 422, "")
    assert not Target.objects.exists()


def test_parts_weigh_by_hand_and_locked_ones_stay(cast: Cast) -> None:
    call = Calls(cast.wumin)
    said = {"unit": "D1", "metric": "deals", "period": "2026-Q1", "total": "100", "by": "month"}
    found = call.post("/targets/decompose", {**said, "weights": {"1": "1", "2": "1", "3": "1"}}).json()
    assert [part["amount"] for part in found["parts"]] == ["34.00", "33.00", "33.00"]
    found = call.post("/targets/decompose", {**said, "method": "equal", "locked": {"2026-02": "11"}}).json()
    assert [part["amount"] for part in found["parts"]] == ["45.00", "11.00", "44.00"]
    problem(call.post("/targets/decompose", {**said, "locked": {"2026-04": "1"}}), 422, "")
    problem(call.post("/targets/decompose", {**said, "weights": {"2026-04": "1"}}), 422, "")
    problem(call.post("/targets/decompose", {**said, "locked": {"2026-01": "101"}}), 422, "")


def test_nobody_learns_from_a_proposal_what_another_branch_sold(cast: Cast) -> None:
    said = {"metric": "bookings", "period": "2026", "total": "100", "by": "person", "method": "last_year"}
    problem(Calls(cast.wumin).post("/targets/decompose", {**said, "unit": "D2"}), 403, "")


def test_an_adjustment_is_asked_for_and_signed(cast: Cast) -> None:
    year = Fiscal().parse("2026")
    target = verbs.set_target(
        unit=cast.unit("D1"),
        metric="bookings",
        period=year,
        amount=Decimal(1_200_000),
        by=None,
        family="机器人",
    )
    with clock.at(instant("2026-06-10")):
        call = Calls(cast.wumin)
        row = call.get(f"/targets/{target.pk}").json()
        assert (row["family"], row["segment"], row["approved"]) == ("机器人", "", False)
        said = {"amount": "1300000", "effective_on": "2026-07-01", "cause": "market", "reason": "招标提前"}
        asked = call.post(f"/targets/{target.pk}/adjustment", {**said, "version": 1})
        assert asked.status_code == 202 and asked.json()["signer"] == cast.heli.pk
        signing = Calls(cast.heli)
        address = f"/requests/{asked.json()['request']}"
        signed = signing.post(f"{address}/sign", {"opinion": "同意上调，请同步调整计划", "version": 1})
        assert signed.status_code == 200, signed.content
    target.refresh_from_db()
    assert target.amount == 1_300_000


def test_a_growth_a_share_and_a_target_of_a_stage(cast: Cast) -> None:
    call, unit = Calls(cast.wumin), cast.unit("D1").pk
    said = {"unit": unit, "metric": "bookings", "period": "2026-Q2"}
    growth = {**said, "kind": "growth", "rate": "0.1", "base_period": "2026-Q1", "base": "300000"}
    made = call.post("/targets", growth)
    assert made.status_code == 201, made.content
    told = made.json()
    assert (told["amount"], told["rate"], told["base"], told["base_period"]) == (
        *("330000.00", "0.100000"),
        *("300000.00", "2026-Q1"),
    )
    changed = call.patch(f"/targets/{told['id']}", {"rate": "0.2", "version": 1}).json()
    assert (changed["amount"], changed["base"]) == ("360000.00", "300000.00")
    stage = call.post("/targets", {**said, "metric": "deals", "amount": "9", "stage": "提案"}).json()
    assert (stage["funnel"], stage["stage"], stage["kind"], stage["rate"]) == (
        "b2b",
        "propose",
        "absolute",
        None,
    )
    assert {row["stage"] for row in call.get("/targets").json()["items"]} == {None, "propose"}
    assert "rate" in problem(call.post("/targets", {**said, "kind": "share"}), 422, "")["fields"]
    assert (
        "stage"
        in problem(call.post("/targets", {**said, "amount": "9", "stage": "nowhere"}), 422, "")["fields"]
    )
    assert (
        "funnel"
        in problem(
            call.post("/targets", {**said, "amount": "9", "stage": "提案", "funnel": "none"}), 422, ""
        )["fields"]
    )
    assert "amount" in problem(call.post("/targets", {**said, "metric": "visits"}), 422, "")["fields"]


def test_seasons_and_selling_days_are_set_and_taken_back(cast: Cast) -> None:
    call = Calls(cast.hezong)
    said = [{"month": 2, "index": "0.6"}, {"year": 2027, "month": 2, "index": "0.5"}]
    found = call.post("/seasonal-indices", {"seasons": said}).json()
    assert [(row["year"], row["month"], row["index"]) for row in found] == [
        *((0, 2, "0.600000"), (2027, 2, "0.500000"))
    ]
    assert len(call.post("/seasonal-indices", {"seasons": [{**said[1], "index": None}]}).json()) == 1
    problem(call.post("/seasonal-indices", {"seasons": [{"month": 13, "index": "1"}]}), 422, "")
    days = {"unit": cast.unit("D1").pk, "weekdays": ["1", "1", "1", "1", "1", "2", "2"], "holiday": "3"}
    [row] = call.post("/selling-days", days).json()
    assert (row["unit"]["name"], row["weekdays"][6], row["holiday"], row["version"]) == (
        *("直销一部", "2.00", "3.00", 1),
    )
    asked = {"unit": "D1", "metric": "deals", "period": "2026-W17", "total": "9", "by": "day"}
    parts = Calls(cast.wumin).post("/targets/decompose", asked).json()["parts"]
    assert [part["amount"] for part in parts] == ["1.00"] * 5 + ["2.00"] * 2
    problem(call.post("/selling-days", {**days, "version": 9}), 409, "")
    problem(call.post("/selling-days", {**days, "funnel": "b2b"}), 422, "")
    problem(call.post("/selling-days", {"funnel": "nowhere", "weekdays": None}), 422, "")
    assert call.post("/selling-days", {**days, "weekdays": None}).json() == []
    assert call.get("/seasonal-indices").json() == found[:1] and call.get("/selling-days").json() == []
