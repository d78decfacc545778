"""A month of early warnings told by files, a day at a time, with nights the worker was down (M48)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from loudou.exchange.importing.handing import Order, hand_in
from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.warnings.tasks import keep_watch
from tests import jobs
from tests.cast import Cast
from tests.exchange.calling import Calls
from tests.insight.examples import write
from tests.make import instant

DOWN = {17, 18, 19, 24}  # nights of March without a worker
HEAD = ("code", "title", "funnel", "owner_username", "amount", "currency", "expected_close", "created_at")
# code, amount, stage, expected, and what happens: (day of March, event, stage, reason). The first stage allows 20 days.
STORY: tuple[tuple[str, int, str, str, tuple[tuple[int, str, str, str], ...]], ...] = (
    ("W1", 100_000, "验证", "2026-09-30", ((20, "enter", "开发", ""),)),  # moved on in time
    ("W2", 200_000, "验证", "2026-09-30", ()),  # over its limit on the 22nd
    ("W3", 300_000, "验证", "2026-09-30", ((20, "lost", "", "price"),)),  # lost before the limit could pass
    ("W4", 400_000, "开发", "2026-03-25", ((23, "expected_close", "", "2026-09-30"),)),  # date moved in time
    ("W5", 500_000, "开发", "2026-03-25", ()),  # past its date on the 26th
)
ENTERED = "2026-03-02T09:00:00+08:00"


def took(kind: str, head: tuple[str, ...], rows: list[Any], folder: Path) -> None:
    result = hand_in(
        Order(kind, write(folder / f"{kind}.csv", head, rows)), dry_run=False, all_or_nothing=True
    )
    assert result.refused == 0, result.as_text()


def moved(rows: list[Any], folder: Path) -> None:
    took("moves", ("deal_code", "at", "event", "stage", "reason"), rows, folder)


@pytest.fixture
def month(cast: Cast, tmp_path: Path) -> dict[str, dict[str, Any]]:
    """What the report said on the morning of each day."""
    with clock.at(instant("2026-03-02 10:00")):
        deals = [
            (code, code, "b2b", "chenan", amount, "CNY", due, "2026-03-02")
            for code, amount, _, due, _ in STORY
        ]
        took("deals", HEAD, deals, tmp_path)
        moved([(code, ENTERED, "enter", stage, "") for code, _, stage, _, _ in STORY], tmp_path)
    said = {}
    for number in range(3, 32):
        with clock.at(instant(f"2026-03-{number:02} 01:30")):
            rows = [
                (code, f"2026-03-{number - 1:02}T18:00:00+08:00", *what)
                for code, *_, happens in STORY
                for when, *what in happens
                if when == number - 1
            ]
            if rows:
                moved(rows, tmp_path)
            if number not in DOWN:
                jobs.run(keep_watch)
            said[f"{number:02}"] = told()
    return said


def told(**params: str) -> dict[str, Any]:
    return run("prevention", {"from": "2026-03-01", "to": "2026-04-01", "owner": "chenan", **params}, None)


def of(report: dict[str, Any], sign: str) -> tuple[int, ...]:
    row = next((one for one in report["signs"] if one["sign"] == sign), {})
    return tuple(row.get(name, 0) for name in ("prevented", "occurred", "unannounced", "void"))


def test_each_ends_as_it_came(month: dict[str, dict[str, Any]]) -> None:
    last = month["31"]
    assert of(last, "near_limit") == (1, 1, 0, 1)  # W1 moved on, W2 went over, W3 was lost before it could
    assert of(last, "due_soon") == (1, 1, 0, 0)  # W4 was moved, W5 went past
    assert month["16"]["prevented"] + month["16"]["occurred"] == 0


def test_a_night_without_a_worker_is_caught_up_to_the_instant(
    month: dict[str, dict[str, Any]], cast: Cast
) -> None:
    """W2 went over its limit on the 22nd, W5 past its date at midnight of the 26th, whenever it was looked."""
    for params, sign, expected in (
        ({"to": "2026-03-22"}, "near_limit", (1, 0, 0, 1)),
        ({"from": "2026-03-22", "to": "2026-03-23"}, "near_limit", (0, 1, 0, 0)),
        ({"from": "2026-03-23", "to": "2026-03-24"}, "due_soon", (1, 0, 0, 0)),
        ({"from": "2026-03-26", "to": "2026-03-27"}, "due_soon", (0, 1, 0, 0)),
    ):
        with clock.at(instant("2026-04-01 09:00")):
            assert of(told(**params), sign) == expected, params


def test_the_command_and_the_api_say_the_same(month: dict[str, dict[str, Any]], cast: Cast) -> None:
    with clock.at(instant("2026-04-01 09:00")):
        asked = "from=2026-03-01&to=2026-04-01&owner=chenan&as_of=2026-03-31T12:00:00%2B08:00"
        answer = Calls(cast.wumin).get(f"/reports/prevention?{asked}").json()
        assert answer == run(
            "prevention",
            {
                "from": "2026-03-01",
                "to": "2026-04-01",
                "owner": "chenan",
                "as-of": "2026-03-31T12:00:00+08:00",
            },
            cast.wumin,
        )
        ratio = answer["prevented"] / (answer["prevented"] + answer["occurred"])
        assert answer["ratio"] == f"{ratio:.6f}"
