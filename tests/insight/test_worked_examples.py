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
    assert (found["cycle_median_days"], found["cycles"], found["won_within_a_day"]) == ("60.00", 3, 0)
    # O2 from 5 January to 10 February, O5 from 12 January to 1 February.
    assert (found["lost_cycle_mean_days"], found["lost_cycle_median_days"]) == ("28.00", "28.00")
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


def _column(stages: list[dict[str, Any]], name: str) -> list[Any]:
    return [stage[name] for stage in stages]


def test_d3_conversion(d3: None) -> None:
    stages = _d3("conversion")["stages"]
    assert _column(stages, "stage") == ["验证", "开发", "提案", "成交"]
    assert _column(stages, "cohort") == [9, 7, 5, 4]
    assert _column(stages, "advanced") == [7, 5, 4, 3]
    assert _column(stages, "exited") == [1, 1, 0, 0]
    assert _column(stages, "inflight") == [1, 1, 1, 1]
    assert _column(stages, "rate") == ["0.875000", "0.833333", "1.000000", "1.000000"]
    assert _column(stages, "low") == ["0.777778", "0.714286", "0.800000", "0.750000"]
    assert _column(stages, "high") == ["0.888889", "0.857143", "1.000000", "1.000000"]
    assert stages[0]["maturity"] == "0.888889"
    assert _column(stages, "skip_rate") == ["0.000000", "0.142857", "0.000000", "0.000000"]
    assert _column(stages, "regression_rate") == ["0.000000", "0.000000", "0.200000", "0.000000"]
    # S1: 30+40+50+70+20+10+10 of those and O5's 60; S2: O1 O3 O4 O6 O10 = 180 of those and O2's 40.
    assert _column(stages, "amount_rate")[:2] == ["0.793103", "0.818182"]


def test_d3_stage_times(d3: None) -> None:
    stages = _d3("stage-time")["stages"]
    assert _column(stages, "left") == [8, 5, 4, 3]
    assert _column(stages, "mean_days") == ["16.25", "21.20", "18.75", "9.67"]
    assert stages[1]["advancers_mean_days"] == "22.50"
    assert (stages[1]["median_days"], stages[1]["p75_days"]) == ("20.00", "30.00")
    assert _column(stages, "p75_days") == ["20.00", "30.00", "20.00", "10.00"]
    assert stages[1]["first_to_next_days"] == "20.00"
    assert stages[3]["first_to_next_days"] == "9.67"  # to the win


def test_d3_cohorts_as_known_on_the_tenth_of_march(d3: None) -> None:
    """O6 stood lost, O4 had come to the last stage only the next day, O10 was still in the second."""
    stages = _d3("conversion", **{"as-of": "2026-03-10T12:00:00+08:00"})["stages"]
    assert _column(stages, "advanced") == [7, 4, 2, 2]
    assert _column(stages, "exited") == [1, 1, 1, 0]
    assert stages[1]["inflight"] == 2
    times = _d3("stage-time", **{"as-of": "2026-03-10T12:00:00+08:00"})["stages"]
    assert times[2]["left"] == 3  # O1 20, O6 10, O3 20; O4 is in it again
    assert times[2]["mean_days"] == "16.67"


def test_d3_velocity(d3: None) -> None:
    """On 1 February six stood on the funnel, six on 1 March: 4 × 60 % × 333,333.33 ÷ 58 a day."""
    found = _d3("velocity")
    assert found["counts"] == [0, 6, 6]
    assert (found["open"], found["win_rate"], found["won_amount_mean"]) == ("4.00", "0.600000", "333333.33")
    assert (found["cycle_mean_days"], found["velocity"]) == ("58.00", "13793.10")
    late = _d3("velocity", **{"from": "2026-01-15", "to": "2026-04-01"})
    assert (late["counts"], late["open"]) == ([6, 6], "6.00")  # the month starts that lie in the window
    later = _d3("velocity", **{"from": "2026-02-01T00:00:01+08:00", "to": "2026-04-01"})
    assert (later["counts"], later["open"]) == ([6], "6.00")
    within = _d3("velocity", **{"from": "2026-02-10", "to": "2026-02-20"})
    assert within["counted_at"] == ["2026-02-09T16:00:00+00:00"]  # none: its own start
    empty = _d3("velocity", **{"from": "2024-01-01", "to": "2024-04-01"})
    assert (empty["velocity"], empty["velocity_reason"]) == (None, "no_base")


def test_d3_leakage(d3: None) -> None:
    """O7 stood 59 days where three quarters leave within 20, O4 21 where within 10; O8 and O10 are in time."""
    found = _d3("leakage")
    stages = found["stages"]
    assert _column(stages, "lost") == [1, 1, 0, 0]  # O6's loss was undone: its last departure counts
    assert stages[1]["rate"] == "0.166667"
    assert _column(stages, "stuck") == [1, 0, 0, 1] == _column(stages, "silent")
    assert _column(stages, "amount") == ["700000.00", "400000.00", "0.00", "700000.00"]
    assert found["amount"] == "1800000.00"
    assert found["reasons"] == [
        {"reason": "price", "kind": "lost", "name": "价格", "count": 2, "amount": "1000000.00"}
    ]
    assert stages[0]["no_next_step"] is None
    with clock.at(instant("2026-04-02 10:00")):
        now = run("leakage", Q1, None)["stages"]
    assert _column(now, "no_next_step") == [1, 1, 1, 1] == _column(now, "silent")


def test_d3_has_too_few_deals_for_a_bottleneck(d3: None) -> None:
    found = _d3("bottlenecks")
    assert (found["bottleneck"], found["bottleneck_reason"]) == (None, "small_n")
    assert _column(found["stages"], "score_reason") == ["small_n"] * 4
    assert _column(found["stages"], "downstream")[2:] == ["1.000000", "1.000000"]


def test_every_stage_is_listed_though_nothing_was_there(d3: None) -> None:
    for name in ("conversion", "stage-time"):
        stages = _d3(name, **{"from": "2024-01-01", "to": "2024-04-01"})["stages"]
        assert len(stages) == 4
        key = "rate" if name == "conversion" else "mean_days"
        assert {(stage[key], stage[f"{key}_reason"]) for stage in stages} == {(None, "no_base")}


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
        "delivery": None,
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
