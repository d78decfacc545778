"""D2 and D3 of `domain.md`, to the digit, from the files an outsider hands in to the report they read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from loudou.exchange.importing.handing import Order, hand_in
from loudou.insight.reports import run
from loudou.kernel import clock
from tests.cast import Cast
from tests.insight import examples
from tests.make import instant

END_OF_Q1 = "2026-04-01T00:00:00+08:00"
Q1 = {"from": "2026-01-01", "to": "2026-04-01"}


def _brought(files: dict[str, Path]) -> None:
    for kind, file in files.items():
        result = hand_in(Order(kind, file), dry_run=False, all_or_nothing=True)
        assert result.refused == 0, result.as_text()


@pytest.fixture
def d3(cast: Cast, tmp_path: Path) -> None:
    with clock.at(instant("2026-04-02 09:00")):
        _brought(examples.d3(tmp_path))


def _d3(name: str, **params: str) -> dict[str, Any]:
    with clock.at(instant("2026-04-02 10:00")):
        return run(name, {**Q1, "as-of": END_OF_Q1, **params}, None)


def test_d3_win_rate_and_cycle(d3: None) -> None:
    found = _d3("win-rate")
    assert (found["won"], found["lost"]) == (3, 2)
    assert (found["rate"], found["amount_rate"]) == ("0.600000", "0.500000")
    assert (found["won_amount"], found["lost_amount"]) == ("1000000.00", "1000000.00")
    assert found["cycle_mean_days"] == "58.00"
    assert (found["cohort_low"], found["cohort_high"]) == ("0.333333", "0.777778")


def test_d3_as_known_on_the_tenth_of_march(d3: None) -> None:
    found = _d3("win-rate", **{"as-of": "2026-03-10T12:00:00+08:00"})
    assert (found["won"], found["lost"], found["rate"]) == (2, 3, "0.400000")
    assert _d3("win-rate", **{"as-of": "2026-03-10"})["rate"] == "0.400000"


def test_d3_flow_of_the_second_stage(d3: None) -> None:
    stage = _d3("funnel")["stages"][1]
    assert stage["stage"] == "开发"
    names = ("start", "inflow", "backflow_in", "outflow", "lost", "backflow_out", "stay")
    assert [stage[name] for name in names] == [0, 6, 0, 4, 1, 0, 1]
    assert (stage["conversion"], stage["loss_rate"], stage["handed_over"]) == ("0.666667", "0.166667", 0)


def test_d3_inventory_counts_what_is_open(d3: None) -> None:
    stages = _d3("funnel")["stages"]
    assert [stage["count"] for stage in stages] == [1, 1, 1, 1]
    assert [stage["amount"] for stage in stages] == ["100000.00", "100000.00", "100000.00", "700000.00"]
    assert [stage["weighted"] for stage in stages] == ["10000.00", "30000.00", "50000.00", "560000.00"]


def test_d3_promotion_table_tells_skips_steps_back_and_reopenings(d3: None) -> None:
    rows = {row["code"]: row for row in _d3("promotion-table")["rows"]}
    assert "O9" not in rows
    assert [step["event"] for step in rows["O3"]["events"]] == ["opened", "skip", "up", "won"]
    assert [step["mark"] for step in rows["O4"]["events"]] == ["＋", "↑", "↑", "↓", "↑", "↑"]
    told = [step["event"] for step in rows["O6"]["events"]]
    assert told == ["opened", "up", "up", "lost", "reopen", "up", "won"]
    assert (rows["O7"]["stage_at_end"], rows["O7"]["days_in_stage"]) == ("验证", "59.00")
    assert (rows["O6"]["stage_at_end"], rows["O6"]["outcome"]) == (None, "won")
    assert {row["stage_at_start"] for row in rows.values()} == {None}


def test_d3_over_stay_is_flagged(d3: None) -> None:
    rows = _d3("anomalies")["rows"]
    assert {(row["code"], row["kind"], row["n"]) for row in rows if row["kind"] == "over_stay"} == {
        ("O8", "over_stay", 5),
        ("O7", "over_stay", 39),
        ("O4", "over_stay", 1),
    }
    assert {row["code"] for row in rows if row["kind"] == "backward"} == {"O4"}


def test_d2_forecast_sheet(cast: Cast, tmp_path: Path) -> None:
    with clock.at(instant("2026-05-10 09:00")):
        _brought(examples.d2(tmp_path))
        sheet = run("forecast-sheet", {"owner": "zhangwei"}, None)
    assert [stage["stage"] for stage in sheet["stages"]] == ["验证", "开发", "提案", "成交"]
    assert [stage["probability"] for stage in sheet["stages"]] == [
        "0.100000",
        "0.300000",
        "0.500000",
        "0.800000",
    ]
    assert [stage["amount"] for stage in sheet["stages"]] == [
        "800000.00",
        "700000.00",
        "1000000.00",
        "450000.00",
    ]
    assert [stage["weighted"] for stage in sheet["stages"]] == [
        "80000.00",
        "210000.00",
        "500000.00",
        "360000.00",
    ]
    assert (sheet["total_amount"], sheet["total_weighted"]) == ("2950000.00", "1150000.00")
    assert sheet["stages"][0]["deals"][0] == {
        "code": "C001",
        "customer": "灯具客户 C001",
        "customer_code": "C001",
        "title": "灯具 C001",
        "owner": "张伟",
        "amount": "500000.00",
        "probability": "0.100000",
        "expected_on": "2026-06-30",
        "weighted": "50000.00",
    }


def test_d2_is_empty_for_another_period_and_says_why(cast: Cast, tmp_path: Path) -> None:
    with clock.at(instant("2026-05-10 09:00")):
        _brought(examples.d2(tmp_path))
        later = run("forecast-sheet", {"owner": "zhangwei", "period": "2026-Q3"}, None)
        always = run("forecast-sheet", {"owner": "zhangwei", "period": "all"}, None)
    assert (later["total_weighted"], len(later["stages"])) == ("0.00", 4)
    assert later["left_out"] == {"outside": {"count": 6, "amount": "2950000.00"}}
    assert always["total_weighted"] == "1150000.00"
    with clock.at(instant("2026-07-01 09:00")):
        overdue = run("forecast-sheet", {"owner": "zhangwei", "period": "2026-Q2"}, None)
    assert overdue["left_out"] == {"overdue": {"count": 6, "amount": "2950000.00"}}
