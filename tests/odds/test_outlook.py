"""The forecast of a period: its parts on plain values, the report and the page over a year of closed deals."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.odds.figures.outlook import (
    Curve,
    Outlook,
    Pairs,
    Ways,
    microseconds,
    outlook,
    quantile,
    stretches,
)
from loudou.odds.tasks import look_ahead
from tests import jobs
from tests.cast import Cast
from tests.doors import enter
from tests.insight import examples
from tests.insight.test_worked_examples import _brought
from tests.make import instant
from tests.opening import closed, numbers, read

AT = datetime(2026, 6, 1, tzinfo=UTC)
NOW = microseconds(AT)
DAY = 24 * 60 * 60 * 1_000_000


def taught(*some: tuple[int, bool], ago: int = 10, open_: Sequence[int] = ()) -> Ways:
    """Ways of deals that came to stage 1 and were won or lost after so many days, so long ago; others are open since."""
    closings: dict[tuple[int, bool], Pairs] = {(1, True): Pairs(), (1, False): Pairs()}
    for days, won in some:
        closings[1, won].add(NOW - (ago + days) * DAY, NOW - ago * DAY)
    return Ways.of(closings, {1: [NOW - days * DAY for days in open_]}, NOW)


def chance(age: int, left: int, won: Sequence[int], lost: Sequence[int], open_: Sequence[int] = ()) -> float:
    """The chance of a deal of an age in days within so many days, of those that took so long."""
    curve = Curve.of(*([days * DAY for days in some] for some in (won, lost, open_)))
    return curve.chances([age * DAY], left * DAY)[0]


def test_a_deal_goes_the_way_of_those_that_stood_as_long() -> None:
    took = (10, 20, 40), (5, 30)
    assert chance(0, 100, *took) == pytest.approx(3 / 5)
    assert chance(10, 10, *took) == pytest.approx(1 / 3)  # of 20, 30 and 40 the first, within ten more
    assert chance(40, 10, *took) == chance(1, 1, (), ()) == 0


def test_of_two_years_and_of_the_stage_most_have_stood_in() -> None:
    assert taught((5, False), (10, True), (20, True)).n == 3
    assert taught((5, True), ago=731).n == taught((5, True), ago=0).n == 0
    assert taught((5, True), ago=730).n == 1


def test_who_is_still_open_was_at_risk_so_long() -> None:
    """Of five the second was won after ten days, the third stands there since fifteen: of the two left one is won at 20."""
    took = (10, 20), (5, 30), (15,)
    assert chance(0, 12, *took) == pytest.approx(1 / 5)
    assert chance(12, 10, *took) == pytest.approx(1 / 2)


def test_the_same_forecast_each_time() -> None:
    dice = random.Random(3)
    ways = taught(*((dice.randrange(1, 90), dice.random() < 0.4) for _ in range(200)))
    wins, cents = Pairs(), []
    for ago in range(1, 400, 5):
        wins.add(NOW - (ago + 20) * DAY, NOW - ago * DAY)
        cents.append(dice.randrange(100, 90_000))
    fresh = stretches(wins, cents, min(wins.first), NOW, 45 * DAY)
    deals = [(NOW - dice.randrange(60) * DAY, dice.randrange(100, 100_000, 100)) for _ in range(260)]

    def told(some: Sequence[tuple[int, int]], left: int = 45) -> Outlook | None:
        pairs = Pairs()
        for since, amount in some:
            pairs.add(since, amount)
        return outlook(NOW, left * DAY, Decimal(5_000), {1: pairs}, ways, fresh if left else [0.0])

    found = told(deals)
    assert found is not None and found == told(deals)
    # Read in another order, many of one amount among them.
    assert len({amount for _since, amount in deals}) < len(deals)
    assert found == told(deals[::-1])
    assert found.won == 5_000 and found.deals == 260
    assert found.won < found.low < found.middle < found.high
    assert abs(found.middle - found.expected) < found.expected / 20
    assert found.holds(found.middle) and not found.holds(found.high + 1)
    pairs = Pairs()
    pairs.add(NOW - DAY, 100)
    untaught = outlook(NOW, DAY, Decimal(0), {2: pairs}, ways, fresh)
    assert untaught is not None
    assert (untaught.open, untaught.deals) == (0, 1)  # nobody was in that stage before
    over = told([], 0)
    assert over is not None and over.low == over.high == over.expected == 5_000
    few = taught(*((1, True) for _ in range(29)))
    assert outlook(NOW, DAY, Decimal(0), {}, few, fresh) is None


def test_quantiles_lie_between_neighbours() -> None:
    assert quantile([1.0, 2.0, 4.0], 0.75) == 3.0
    assert quantile([7.0], 0.9) == 7.0


@pytest.fixture
def year(cast: Cast, tmp_path: Path) -> None:
    """Each week of 2025 three deals of 100,000 begin: one is lost after three weeks, two are won after six; then two stand open."""
    deals, moves = [], []
    for week in range(70):
        born = instant("2025-01-06 09:00") + timedelta(weeks=week)
        for number in range(3):
            code, won = f"W{week:02}-{number}", number > 0
            end = born + timedelta(days=42 if won else 21)
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
    """Two wins a week: thirteen weeks of a quarter bring some 2.6 million, of 12 May on a good million more."""
    with clock.at(instant("2026-05-12 10:00")):
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
        assert jobs.run(look_ahead) == 4
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
