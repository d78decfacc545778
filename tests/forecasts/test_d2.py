"""D2's precision table, to the digit, from the files an outsider hands in to the report they read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from loudou.exchange.importing.handing import Order, hand_in
from loudou.insight.reports import run
from loudou.kernel import clock
from tests.cast import Cast
from tests.insight.examples import write
from tests.make import instant

PEOPLE = (
    ("d2zhang", "张大伟", "d2a", "rep", "d2liu"),
    ("d2li", "李小娜", "d2a", "rep", "d2liu"),
    ("d2liu", "刘经理", "d2a", "manager", "d2he"),
    ("d2b", "乙经理", "d2b", "manager", "d2he"),
    ("d2he", "何主任", "d2", "director", ""),
)
NUMBERS = (
    ("d2zhang", 1_150_000, "", ""),
    ("d2li", 900_000, "", ""),
    ("d2liu", 1_900_000, -150_000, "两单合同要到七月"),
    ("d2b", 1_200_000, "", ""),
    ("d2he", 3_000_000, -100_000, "留有余地"),
)
WINS = (("Z1", "d2zhang", 830_000), ("L1", "d2li", 1_150_000), ("B1", "d2b", 1_000_000))


def brought(folder: Path) -> None:
    units = (
        ("d2", "中心", "", "region"),
        ("d2a", "甲部", "d2", "department"),
        ("d2b", "乙部", "d2", "department"),
    )
    moves = [
        (code, f"2026-{month}T10:00:00+08:00", event, stage)
        for code, _who, _amount in WINS
        for month, event, stage in (("04-02", "enter", "验证"), ("06-20", "won", ""))
    ]
    locked = "2026-04-03T18:00:00+08:00"
    files = {
        "units": (("code", "name", "parent_code", "kind"), units),
        "people": (("username", "name", "unit_code", "roles", "manager_username"), PEOPLE[::-1]),
        "deals": (
            ("code", "title", "funnel", "owner_username", "amount", "currency", "created_at"),
            [(code, f"灯具 {code}", "b2b", who, amount, "CNY", "2026-04-02") for code, who, amount in WINS],
        ),
        "moves": (("deal_code", "at", "event", "stage"), moves),
        "forecasts": (
            ("period", "username", "submitted", "adjustment", "reason", "locked_at"),
            [("2026-Q2", *row, locked) for row in NUMBERS],
        ),
    }
    for kind, (head, rows) in files.items():
        file = write(folder / f"{kind}.csv", head, rows)
        result = hand_in(Order(kind, file), dry_run=False, all_or_nothing=True)
        assert result.refused == 0, result.as_text()


@pytest.fixture
def d2(cast: Cast, tmp_path: Path) -> Path:
    with clock.at(instant("2026-07-02 09:00")):
        brought(tmp_path)
    return tmp_path


def board(**params: str) -> dict[str, Any]:
    with clock.at(instant("2026-07-02 10:00")):
        return run("forecast-accuracy", {"period": "2026-Q2", **params}, None)


def test_every_level_against_its_own_unit(d2: Path) -> None:
    rows = board()["rows"]
    assert [
        tuple(
            row[name] for name in ("level", "who", "period", "forecast", "actual", "ape", "limit", "passed")
        )
        for row in rows
    ] == [
        ("rep", "d2li", "2026-Q2", "900000.00", "1150000.00", "0.217391", "0.350000", True),
        ("rep", "d2zhang", "2026-Q2", "1150000.00", "830000.00", "0.385542", "0.350000", False),
        ("manager", "d2b", "2026-Q2", "1200000.00", "1000000.00", "0.200000", "0.250000", True),
        ("manager", "d2liu", "2026-Q2", "1900000.00", "1980000.00", "0.040404", "0.250000", True),
        ("director", "d2he", "2026-Q2", "3000000.00", "2980000.00", "0.006711", "0.200000", True),
    ]


def test_the_people_together(d2: Path) -> None:
    found = board()
    assert (found["wape"], found["mape"], found["bias"]) == ("0.287879", "0.301467", "0.035354")
    assert found["level"] == "rep"
    assert [level["level"] for level in found["levels"]] == ["rep", "manager", "director"]
    period = {one.pop("period") for one in found["over_time"]}
    counts = ("n", "passed")
    told = [{key: value for key, value in one.items() if key not in counts} for one in found["levels"]]
    assert len(period) == 1 and found["over_time"] == told  # one period, so that it tells the same


def test_the_manager_made_it_worse(d2: Path) -> None:
    liu = next(row for row in board()["rows"] if row["who"] == "d2liu")
    assert (liu["base"], liu["adjustment"]) == ("2050000.00", "-150000.00")
    assert liu["value_added"] == "-0.005051"


def test_a_unit_and_a_person(d2: Path) -> None:
    assert [row["who"] for row in board(unit="d2a")["rows"]] == ["d2li", "d2zhang", "d2liu"]
    assert [row["who"] for row in board(owner="d2liu")["rows"]] == ["d2liu"]
    assert board(owner="d2liu")["wape"] == "0.040404"


def test_before_the_lock_there_is_no_official_number(d2: Path) -> None:
    found = board(**{"as-of": "2026-04-03T18:00:00+08:00"})
    assert found["rows"] == []
    assert (found["wape"], found["wape_reason"]) == (None, "no_base")


def test_halfway_it_is_held_against_what_was_won_until_then(d2: Path) -> None:
    rows = board(**{"as-of": "2026-05-01T00:00:00+08:00"})["rows"]
    assert {(row["actual"], row["ape"], row["passed"], row["over"]) for row in rows} == {
        ("0.00", None, False, False)
    }


def test_the_same_file_again_changes_nothing(d2: Path) -> None:
    result = hand_in(Order("forecasts", d2 / "forecasts.csv"), dry_run=False, all_or_nothing=True)
    assert (result.counts.new, result.counts.unchanged, result.refused) == (0, 5, 0)
    assert len(board()["rows"]) == 5


def test_a_locked_number_cannot_be_told_anew(d2: Path) -> None:
    file = write(
        d2 / "other.csv",
        ("period", "username", "submitted", "locked_at"),
        [
            ("2026-Q2", "d2li", 1_150_000, "2026-04-03T18:00:00+08:00"),
            ("2026-Q9", "d2li", 1, ""),
            ("2026", "nobody", 1, ""),
        ],
    )
    result = hand_in(Order("forecasts", file), dry_run=False, all_or_nothing=False)
    assert (result.counts.new, result.refused) == (0, 3)
    assert board()["rows"][0]["forecast"] == "900000.00"


def test_what_was_entered_late_was_not_known_then(d2: Path, cast: Cast) -> None:
    """A win of June that somebody enters on 10 July is in the result since then, and not before."""
    from loudou.people.models import User
    from loudou.pipeline import verbs as deals
    from tests import make

    zhang = User.objects.get(username="d2zhang")
    with clock.at(instant("2026-06-25 09:00")):
        won = make.at_last_stage(zhang, amount=200_000, expected_on=make.day("2026-06-30"))
        lost = make.at_last_stage(zhang, amount=300_000, expected_on=make.day("2026-06-30"))
        deals.win(lost, by=None)
    with clock.at(instant("2026-07-10 09:00")):
        deals.win(won, by=None, at=instant("2026-06-28 10:00"))
        now = run("forecast-accuracy", {"period": "2026-Q2", "owner": "d2zhang"}, None)["rows"][0]
        then = run(
            "forecast-accuracy",
            {"period": "2026-Q2", "owner": "d2zhang", "as-of": "2026-07-09T00:00:00+08:00"},
            None,
        )["rows"][0]
    assert (now["actual"], then["actual"]) == ("1330000.00", "1130000.00")


def test_an_import_is_taken_back(d2: Path) -> None:
    from loudou.forecasts.models import Submission
    from loudou.forecasts.verbs import withdraw_submissions

    keys = list(Submission.objects.values_list("pk", flat=True))
    assert withdraw_submissions(keys, by=None) == 5
    assert board()["rows"] == []


def test_weeks_are_added_up_by_days(d2: Path) -> None:
    file = write(
        d2 / "weeks.csv",
        ("period", "username", "submitted", "locked_at"),
        [("2026年第2季度", "d2zhang", 5, "2026-05-01"), ("2026-W25", "d2li", 1_000_000, "2026-06-15 09:00")],
    )
    assert hand_in(Order("forecasts", file), dry_run=False, all_or_nothing=True).refused == 0
    row = next(row for row in board()["rows"] if row["period"] == "2026-W25")
    assert (row["actual"], row["ape"]) == ("1150000.00", "0.130435")


def test_an_export_imported_again_changes_nothing(d2: Path) -> None:
    from loudou.exchange.exporting.handing import hand

    file = d2 / "out.csv"
    assert hand("forecasts", username=None, output=file, form="csv", filters={}, bom=False) == 5
    result = hand_in(Order("forecasts", file), dry_run=False, all_or_nothing=True)
    assert (result.counts.rows, result.counts.unchanged) == (5, 5)
