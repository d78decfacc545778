"""Whose adjusting helped, and who asks for a review (M23, M24): told from files over several months, read as an outsider."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from loudou.exchange.importing.handing import Order, hand_in
from loudou.forecasts.figures.error import Accuracy, Held
from loudou.insight.reports import run
from loudou.kernel import clock
from tests.cast import Cast
from tests.doors import enter
from tests.exchange.calling import Calls
from tests.insight.examples import write
from tests.make import instant

PEOPLE = (
    ("g_low", "低报", "gx", "rep", "g_mgr"),
    ("g_hide", "藏单", "gx", "rep", "g_mgr"),
    ("g_fair", "实报", "gx", "rep", "g_mgr"),
    ("g_mgr", "有益", "gx", "manager", "g_dir"),
    ("g_dir", "有害", "g", "director", ""),
)
MONTHS = ("2026-01", "2026-02", "2026-03")
# What each wins a month; the hider's last win comes past the funnel.
WINS = {"g_low": 1_000_000, "g_hide": 500_000, "g_fair": 300_000}
# (who, number, adjustment) of every month: reps forecast, the manager adds what the low one keeps back, the director takes it off.
NUMBERS = (
    ("g_low", 800_000, 0),
    ("g_hide", 500_000, 0),
    ("g_fair", 300_000, 0),
    ("g_mgr", 1_750_000, 150_000),
    ("g_dir", 1_500_000, -250_000),
)


def told(folder: Path, numbers: list[tuple[str, str, int, int]]) -> None:
    deals, moves = [], []
    for month in MONTHS:
        for who, amount in WINS.items():
            code, hides = f"{who}-{month}", (who, month) == ("g_hide", "2026-03")
            began = f"{month}-18" if hides else "2025-10-09"
            deals.append((code, code, "b2b", who, amount, "CNY", began))
            moves.append((code, f"{began}T10:00:00+08:00", "enter", "成交" if hides else "验证", ""))
            moves.append((code, f"{month}-20T10:00:00+08:00", "won", "", ""))
    files: dict[str, tuple[tuple[str, ...], Any]] = {
        "units": (("code", "name", "parent_code", "kind"), [("g", "戊中心", "", "region"), ("gx", "戊部", "g", "department")]),
        "people": (("username", "name", "unit_code", "roles", "manager_username"), PEOPLE[::-1]),
        "deals": (("code", "title", "funnel", "owner_username", "amount", "currency", "created_at"), deals),
        "moves": (("deal_code", "at", "event", "stage", "reason"), moves),
        "forecasts": (
            ("period", "username", "submitted", "adjustment", "reason", "locked_at"),
            [(month, who, sum_, part, "按经验", f"{month}-07T18:00:00+08:00") for month, who, sum_, part in numbers],
        ),
    }  # fmt: skip
    for kind, (head, rows) in files.items():
        result = hand_in(
            Order(kind, write(folder / f"{kind}.csv", head, rows)), dry_run=False, all_or_nothing=True
        )
        assert result.refused == 0, result.as_text()


@pytest.fixture
def spring(cast: Cast, tmp_path: Path) -> Any:
    with clock.at(instant("2026-04-10 09:00")):
        told(tmp_path, [(month, *row) for month in MONTHS for row in NUMBERS])
        yield


def people(**params: str) -> dict[str, dict[str, Any]]:
    found = run("forecast-accuracy", {"from": "2026-01-01", "to": "2026-04-01", "unit": "g", **params}, None)
    return {one["who"]: one for one in found["people"]}


def test_three_low_numbers_and_a_tenth_past_the_funnel_ask_for_a_review(spring: Any) -> None:
    found = people()
    assert found["g_low"]["review"] == ["sandbag"] and found["g_low"]["bias"] == "-0.200000"
    assert found["g_hide"]["review"] == ["hidden"]
    assert found["g_hide"]["off_funnel_share"] == "0.333333"  # 500,000 of 1,500,000
    assert found["g_fair"]["review"] == [] and found["g_fair"]["off_funnel_share"] == "0.000000"
    # 500,000 of 5,400,000 is 9.3 %: no tenth
    assert found["g_mgr"]["off_funnel_share"] == "0.092593" and "hidden" not in found["g_mgr"]["review"]
    assert found["g_dir"]["review"] == ["sandbag"]  # 1,500,000 against 1,800,000: 16.7 % too low, three times


def test_before_the_third_month_is_over_nobody_held_back(spring: Any) -> None:
    assert people(**{"as-of": "2026-03-31T12:00:00+08:00"})["g_low"]["review"] == []


def test_exactly_fifteen_per_cent_is_no_review(cast: Cast, tmp_path: Path) -> None:
    """Bias *below* −15 % (M24): the limit itself asks for none, and a better month between two low ones ends the row."""
    numbers = [(month, "g_low", 850_000, 0) for month in MONTHS]
    numbers += [(month, "g_fair", 200_000 if month != "2026-02" else 290_000, 0) for month in MONTHS]
    with clock.at(instant("2026-04-10 09:00")):
        told(tmp_path, numbers)
        found = people()
    assert found["g_low"]["review"] == [] and found["g_fair"]["review"] == []


def test_the_board_tells_whose_adjusting_made_it_better(spring: Any, cast: Cast, client: Client) -> None:
    found = people()
    # Below the manager 1,600,000 against 1,800,000 won: 200,000 off; with 1,750,000 it is 50,000, three times.
    assert [found["g_mgr"][name] for name in ("closer", "adjusted", "adjusted_better", "adjusted_worse")] == [
        "450000.00", 3, 3, 0,
    ]  # fmt: skip
    assert (found["g_mgr"]["value_added"], found["g_dir"]["closer"]) == ("0.083333", "-750000.00")
    assert found["g_dir"]["adjusted_worse"] == 3 and found["g_low"]["closer"] == "0.00"
    asked = "from=2026-01-01&to=2026-04-01&unit=g"
    assert Calls(cast.hezong).get(f"/reports/forecast-accuracy?{asked}").json()["people"] == list(
        found.values()
    )
    enter(client, cast.hezong)
    page = client.get(f"/forecasts/accuracy/?{asked}").content.decode()
    said = page.split('id="adjusters"')[1].split("</section>")[0]
    assert 'role="region"' not in said  # the panel bears its name already
    assert "有益的调整使预测更准：累计接近 ¥45万。" in said and "有害的调整使偏差多出 ¥75万。" in said
    assert said.index("有益</b>") < said.index("有害</b>") and "低报" not in said.split("<table")[1]


def test_a_running_month_tells_of_no_adjustments(cast: Cast, tmp_path: Path, client: Client) -> None:
    """Who has only a number of a month that runs is not judged beside those whose months are over."""
    numbers = [(month, *row) for month in MONTHS[:2] for row in NUMBERS if row[0] != "g_dir"]
    with clock.at(instant("2026-03-25 09:00")):
        told(tmp_path, [*numbers, ("2026-03", *NUMBERS[-1])])
        found = people()
        assert (found["g_mgr"]["adjusted"], found["g_mgr"]["closer"]) == (2, "300000.00")
        assert (found["g_dir"]["n"], found["g_dir"]["adjusted"], found["g_dir"]["review"]) == (0, 0, [])
        assert found["g_dir"]["wape"] is None and found["g_dir"]["bias"] is None
        enter(client, cast.hezong)
        page = client.get("/forecasts/accuracy/?from=2026-01-01&to=2026-04-01&unit=g").content.decode()
        assert "有害" not in page.split('id="adjusters"')[1].split("</section>")[0]
        row = page.split(">有害</a>")[1].split("</tr>")[0]
        assert "0/0" in row and "%" not in row
        alone = client.get("/forecasts/accuracy/?from=2026-03-01&to=2026-04-01&unit=g").content.decode()
        assert 'id="adjusters"' not in alone and "进行中" in alone


def test_where_nobody_helped_it_says_so(cast: Cast, tmp_path: Path, client: Client) -> None:
    with clock.at(instant("2026-04-10 09:00")):
        told(tmp_path, [("2026-01", *row) for row in NUMBERS if row[0] == "g_dir"])
        enter(client, cast.hezong)
        asked = "from=2026-01-01&to=2026-04-01&unit=g"
        page = client.get(f"/forecasts/accuracy/?{asked}").content.decode()
        assert "没有人的调整使预测更准。" in page and "有害的调整使偏差多出 ¥25万。" in page


def test_a_number_that_became_official_long_after_its_hour_says_when(
    cast: Cast, tmp_path: Path, client: Client
) -> None:
    with clock.at(instant("2026-04-10 09:00")):
        told(tmp_path, [("2026-01", "g_low", 800_000, 0)])
        late = [("2026-02", "g_low", 990_000, 0, "", "2026-02-25T10:00:00+08:00")]
        head = ("period", "username", "submitted", "adjustment", "reason", "locked_at")
        assert (
            hand_in(
                Order("forecasts", write(tmp_path / "late.csv", head, late)),
                dry_run=False,
                all_or_nothing=True,
            ).refused
            == 0
        )
        enter(client, cast.hezong)
        page = client.get("/forecasts/accuracy/?from=2026-01-01&to=2026-04-01&unit=g").content.decode()
        assert "2-25 10:00 已锁定" in page and "1-07 18:00 已锁定" not in page


def test_what_adjusting_brought() -> None:
    better, worse, left = (
        Held(Decimal(90), Decimal(100), Decimal(70)),
        Held(Decimal(50), Decimal(100), Decimal(80)),
        Held(Decimal(1), Decimal(100), Decimal(1)),
    )
    told = Accuracy([better, worse, left, Held(Decimal(5), Decimal(100))])
    assert (better.closer, worse.closer, left.closer) == (20, -30, 0)
    assert (told.closer, told.adjusted, told.helped, told.hurt) == (-10, 2, 1, 1)
    assert told.below.value == Decimal(149) / 300
