"""Scenario D5 (`domain.md`): a week of field reps goes in as files, and every digit comes out of the reports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from loudou.daylog.models import DayLog, DeskLog, Item, SpotCheck
from loudou.insight.reports import run
from loudou.people.models import User
from tests.cast import Cast
from tests.daylog import files
from tests.daylog.files import bring
from tests.doors import enter
from tests.exchange.calling import Calls

DAY = {"unit": "D5", "from": "2026-04-14", "to": "2026-04-15"}
WEEK = {"unit": "D5", "from": "2026-04-13", "to": "2026-04-18"}


@pytest.fixture
def week(cast: Cast, tmp_path: Path) -> Path:
    for kind, rows in files.team():
        bring(tmp_path, kind, rows)
    for kind, rows in (
        ("day-logs", files.day_logs()),
        ("desk-logs", files.desk_logs()),
        ("log-items", files.items()),
        ("spot-checks", files.checks()),
    ):
        result = bring(tmp_path, kind, rows)
        assert (result.counts.new, result.counts.refused) == (len(rows), 0), kind
    return tmp_path


def test_the_day_of_the_14th(week: Path) -> None:
    told = run("three-e", DAY, None)
    assert (told["on_duty"], told["checked"], told["coverage"]) == (10, 8, "0.800000")
    assert told["covers_most"] is True
    assert (told["on_time"], told["punctuality"]) == (7, "0.875000")
    assert (told["reported"], told["evening_rate"]) == (9, "0.900000")
    assert (told["items_due"], told["items_closed"], told["closing_rate"]) == (46, 39, "0.847826")
    assert (told["pairs"], told["compared"], told["differing"]) == (9, 36, 3)
    assert told["agreement"] == "0.916667"
    assert told["log_score"] == "0.850000"


def test_the_discipline_of_the_14th(week: Path) -> None:
    told = run("log-discipline", DAY, None)
    assert [told[name] for name in ("due", "on_time", "late", "missing")] == [10, 8, 1, 1]
    assert told["score"] == "0.850000"
    rows = {row["who"]: row for row in told["rows"]}
    assert (rows["field9"]["late"], rows["field9"]["score"]) == (1, "0.500000")
    assert (rows["field10"]["missing"], rows["field10"]["score"]) == (1, "0.000000")


def test_the_week_is_checked_on_the_spot(week: Path) -> None:
    told = run("three-e", WEEK, None)
    assert (told["logs"], told["sampled"]) == (48, 8)
    assert (told["verifiable"], told["verified"], told["unreachable"], told["false"]) == (7, 6, 1, 1)
    assert told["truth_rate"] == "0.857143"
    forged = DayLog.objects.get(user__username="field8", day=files.WEEK[3])
    assert forged.annulled_at is not None
    assert forged.standing == "missing"
    rows = {row["who"]: row for row in run("log-discipline", WEEK, None)["rows"]}
    assert (rows["field8"]["on_time"], rows["field8"]["missing"]) == (4, 1)


def test_before_the_check_the_forged_log_counted(week: Path) -> None:
    known: dict[str, Any] = {**WEEK, "as-of": "2026-04-17T09:00:00+08:00"}
    rows = {row["who"]: row for row in run("log-discipline", known, None)["rows"]}
    assert (rows["field8"]["on_time"], rows["field8"]["missing"]) == (4, 0)
    assert run("three-e", known, None)["truth_rate"] is None


def test_leave_takes_a_day_off_what_is_due(week: Path) -> None:
    bring(week, "absences", [{"username": "field10", "first": "2026-04-14", "kind": "年假"}])
    told = run("log-discipline", DAY, None)
    assert (told["due"], told["score"]) == (9, "0.944444")
    assert run("three-e", DAY, None)["on_duty"] == 9


def test_the_same_files_again_change_nothing(week: Path) -> None:
    before = [model.objects.count() for model in (DayLog, DeskLog, Item, SpotCheck)]
    result = bring(week, "day-logs", files.day_logs())
    assert (result.counts.new, result.counts.unchanged) == (0, len(files.day_logs()))
    bring(week, "desk-logs", files.desk_logs())
    bring(week, "log-items", files.items())
    bring(week, "spot-checks", files.checks())
    assert [model.objects.count() for model in (DayLog, DeskLog, Item, SpotCheck)] == before


def test_the_api_and_the_page_tell_the_same_digits(week: Path) -> None:
    control = User.objects.get(username="wangfang")
    query = "unit=D5&from=2026-04-14&to=2026-04-15"
    told = Calls(control).get(f"/reports/three-e?{query}").json()
    rates = ("coverage", "punctuality", "evening_rate", "closing_rate", "agreement", "log_score")
    assert [told[name] for name in rates] == [
        *("0.800000", "0.875000", "0.900000", "0.847826", "0.916667", "0.850000")
    ]
    page = enter(Client(), control).get(f"/field/board/?{query}").content.decode()
    for figure in ("80.0%", "87.5%", "90.0%", "84.8%", "91.7%", "85.0%", "39/46", "33/36", "8/10"):
        assert figure in page, figure
    whole = (
        enter(Client(), control).get("/field/board/?unit=D5&from=2026-04-13&to=2026-04-18").content.decode()
    )
    assert "85.7%" in whole and "6/7" in whole and "8/48" in whole
