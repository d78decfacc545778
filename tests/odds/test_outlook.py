"""The forecast of a period: its parts on plain values, the report and the page over a year of closed deals."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.odds.figures.outlook import (
    LOOK_BACK,
    Gone,
    Standing,
    Ways,
    Win,
    outlook,
    quantile,
    stretches,
)
from tests.cast import Cast
from tests.doors import enter
from tests.insight import examples
from tests.insight.test_worked_examples import _brought
from tests.make import instant
from tests.opening import closed, numbers, read

AT = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def gone(days: int, won: bool, *, stage: int = 1, ago: int = 10) -> Gone:
    return Gone(stage, AT - ago * DAY - days * DAY, AT - ago * DAY, won)


def test_a_deal_goes_the_way_of_those_that_stood_as_long() -> None:
    ways = Ways([gone(5, False), gone(10, True), gone(20, True), gone(30, False), gone(40, True)], [], AT)
    assert ways.n == 5
    assert ways.chance(1, 0 * DAY, 100 * DAY) == pytest.approx(3 / 5)
    assert ways.chance(1, 10 * DAY, 10 * DAY) == pytest.approx(
        1 / 3
    )  # of 20, 30 and 40 the first, within ten more
    assert ways.chance(1, 40 * DAY, 10 * DAY) == ways.chance(2, DAY, DAY) == 0
    assert Ways([gone(5, True, ago=731), Gone(1, AT, AT + DAY, True)], [], AT).n == 0


def test_who_is_still_open_was_at_risk_so_long() -> None:
    """Of five the second was won after ten days, the third stands there since fifteen: of the two left one is won at 20."""
    open_ = [Standing(1, AT - 15 * DAY, Decimal(1))]
    ways = Ways([gone(5, False), gone(10, True), gone(20, True), gone(30, False)], open_, AT)
    assert ways.chance(1, 0 * DAY, 12 * DAY) == pytest.approx(1 / 5)
    assert ways.chance(1, 12 * DAY, 10 * DAY) == pytest.approx(1 / 2)
    assert ways.n == 4


@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200)), max_size=12),
    st.integers(1, 120),
)
def test_stretches_counted_slowly(pairs: list[tuple[int, int]], length: int) -> None:
    wins = [
        Win(AT - max(pair) * DAY, AT - min(pair) * DAY, Decimal(2**number))
        for number, pair in enumerate(pairs)
    ]
    found = stretches(wins, AT, length * DAY)
    known = [win for win in wins if win.won_at < AT]
    if not known:
        assert found == [0.0]
        return
    first = max(min(win.began_at for win in known), AT - LOOK_BACK)
    start, sums = AT - length * DAY, []
    while start >= first or not sums:
        inside = [win.amount for win in known if win.began_at >= start and win.won_at < start + length * DAY]
        sums.append(float(sum(inside)))
        start -= 7 * DAY
    assert found == sums


def test_the_same_forecast_each_time() -> None:
    dice = random.Random(3)
    closed = [gone(dice.randrange(1, 90), dice.random() < 0.4) for _ in range(200)]
    wins = [
        Win(AT - (ago + 20) * DAY, AT - ago * DAY, Decimal(dice.randrange(1, 900)))
        for ago in range(1, 400, 5)
    ]
    deals = [
        Standing(1, AT - dice.randrange(60) * DAY, Decimal(dice.randrange(1, 1_000))) for _ in range(260)
    ]
    told = outlook(AT, AT + 45 * DAY, Decimal(5_000), deals, deals, closed, wins)
    assert told == outlook(AT, AT + 45 * DAY, Decimal(5_000), deals, deals, closed, wins)
    turned = deals[::-1]  # read in another order, many of one amount among them
    assert len({deal.amount for deal in deals}) < len(deals)
    assert told == outlook(AT, AT + 45 * DAY, Decimal(5_000), turned, turned, closed, wins)
    assert told is not None and told.won == 5_000 and told.deals == 260
    assert told.won < told.low < told.middle < told.high
    assert abs(told.middle - told.expected) < told.expected / 20
    assert told.holds(told.middle) and not told.holds(told.high + 1)
    over = outlook(AT, AT - DAY, Decimal(5_000), [], [], closed, wins)
    assert over is not None and (over.low, over.high, over.expected) == (5_000, 5_000, 5_000)
    assert outlook(AT, AT + DAY, Decimal(0), [], [], closed[:29], wins) is None


def test_quantiles_lie_between_neighbours() -> None:
    assert quantile([1.0, 2.0, 4.0], 0.75) == 3.0
    assert quantile([7.0], 0.9) == 7.0


@pytest.fixture
def year(cast: Cast, tmp_path: Path) -> None:
    """Each week of 2025 three deals of 100,000 begin: one is lost after three weeks, two are won after six; then two stand open."""
    deals, moves = [], []
    for week in range(70):
        born = instant("2025-01-06 09:00") + week * 7 * DAY
        for number in range(3):
            code, won = f"W{week:02}-{number}", number > 0
            end = born + (42 if won else 21) * DAY
            deals.append(
                (code, f"商机 {code}", "b2b", "chenan", 100_000, "CNY", "2026-12-31", f"{born:%Y-%m-%d}")
            )
            moves.append((code, born.isoformat(), "enter", "验证", "", "", ""))
            if end <= instant("2026-05-11 09:00"):
                moves.append(
                    (code, end.isoformat(), "won" if won else "lost", "", "", "" if won else "price", "")
                )
    with clock.at(instant("2026-05-11 09:00")):
        _brought(
            {
                "deals": examples.write(tmp_path / "d.csv", examples._DEALS, deals),
                "moves": examples.write(tmp_path / "m.csv", examples._MOVES, moves),
            }
        )


def test_a_steady_year_goes_on(year: None, cast: Cast, client: Client) -> None:
    """Two wins a week: thirteen weeks of a quarter bring some 2.6 million, of 11 May on a good million more."""
    with clock.at(instant("2026-05-11 10:00")):
        found = run("period-forecast", {"period": "2026-Q2"}, None)
        won, expected = Decimal(found["won"]), Decimal(found["expected"])
        assert won == 1_200_000  # six Mondays, two each
        # Of the five weeks before two deals each: all that are older than three weeks, two thirds of the others.
        assert float(found["open"]) == pytest.approx(1_000_000, rel=0.02)
        assert expected == won + Decimal(found["open"]) + Decimal(found["not_yet_created"])
        assert Decimal(found["low"]) <= Decimal("2600000") <= Decimal(found["high"])
        assert [one["from"] for one in found["tried"]] == [
            "2026-01-01",
            "2025-10-01",
            "2025-07-01",
            "2025-04-01",
        ]
        assert found["coverage"] == "1.000000" and all(one["within"] for one in found["tried"][:2])
        again = run("period-forecast", {"period": "2026-Q2"}, None)
        assert again == found
        over = run("period-forecast", {"period": "2026-Q1"}, None)
        assert over["won"] == over["expected"] == over["high"] == "2600000.00" and over["tried"] == []
        enter(client, cast.heli)
        client.get("/forecasts/outlook/")
        with CaptureQueriesContext(connection) as queries:
            page = client.get("/forecasts/outlook/?period=2026-Q2").content.decode()
            assert closed(page) == [] and list(numbers(read(page)))
        assert len(queries) <= 20
        assert "¥120万" in page and "落在区间内" in page
        assert 'href="/forecasts/deals/"' in page  # a director judges, a rep does not
        enter(client, cast.chenan)
        assert 'href="/forecasts/deals/"' not in client.get("/forecasts/outlook/").content.decode()


def test_a_part_goes_the_way_of_the_whole(year: None, cast: Cast, tmp_path: Path) -> None:
    """Who stands open in the south is at risk for everybody: the parts of a forecast are what the whole has open."""
    born = instant("2025-11-03 09:00")
    deals = [
        (f"S{n:02}", f"南 {n}", "b2b", "maxiao", 100_000, "CNY", "2026-12-31", f"{born:%Y-%m-%d}")
        for n in range(30)
    ]
    moves = [(code, born.isoformat(), "enter", "验证", "", "", "") for code, *_rest in deals]
    with clock.at(instant("2026-05-11 09:30")):
        alone = run("period-forecast", {"period": "2026-Q2", "unit": "D1"}, None)
        _brought(
            {
                "deals": examples.write(tmp_path / "s.csv", examples._DEALS, deals),
                "moves": examples.write(tmp_path / "t.csv", examples._MOVES, moves),
            }
        )
    with clock.at(instant("2026-05-11 10:00")):
        whole, ours, theirs = (
            run("period-forecast", {"period": "2026-Q2", **where}, None)
            for where in ({}, {"unit": "D1"}, {"unit": "S1"})
        )
    parts = Decimal(ours["open"]) + Decimal(theirs["open"])
    assert abs(parts - Decimal(whole["open"])) <= Decimal("0.02")
    assert Decimal(ours["open"]) < Decimal(alone["open"]) - 10_000
    assert (ours["deals"], theirs["deals"]) == (alone["deals"], 30)


def test_too_few_deals_foretell_nothing(cast: Cast, client: Client) -> None:
    with clock.at(instant("2026-05-11 10:00")):
        found = run("period-forecast", {"period": "all"}, None)
        assert (found["expected"], found["expected_reason"], found["from"]) == (None, "small_n", "2026-04-01")
        enter(client, cast.linjing)
        assert "不足 30 个无法预测" in client.get("/forecasts/outlook/").content.decode()
