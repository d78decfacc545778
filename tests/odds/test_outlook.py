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
from loudou.kernel.periods import Fiscal
from loudou.odds.figures.chances import FAR, Shares, Stays, Ways, microseconds
from loudou.odds.figures.outlook import Outlook, Pairs, Rest, Wins, quantile, stretches, widening
from loudou.odds.tasks import look_ahead
from loudou.targets import verbs as targets
from loudou.targets.models import Target
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


def stays(*some: tuple[float, float, float | None], worth: int = 100, brought: int = 100) -> Stays:
    """Deals that came to the stage so many days ago, left it after so many, and were won after so many, if at all."""
    found = Stays()
    for ago, stood, won in some:
        entered = NOW - int(ago * DAY)
        close = entered + int(won * DAY) if won is not None else FAR
        found.add(entered, entered, entered + int(stood * DAY), close)
        if won is not None:
            found.grown.append((close, worth, brought))
    return found


def chance(some: Stays, age: float, left: int) -> float:
    """The chance of a deal of an age in days within so many days."""
    return Shares.of(some, NOW, left * DAY)[0].chance(int(age * DAY))


def test_a_deal_goes_the_way_of_those_that_stood_as_long() -> None:
    """Of fifty that came 100 days ago ten were won on the fifth day, twenty went on after three weeks and were won a week later."""
    some = stays(*[(100, 5, 5)] * 10, *[(100, 21, 28)] * 20, *[(100, 40, None)] * 20)
    assert chance(some, 0, 30) == 30 / 50
    assert chance(some, 0, 10) == 10 / 50  # the others were won later than in ten days
    assert chance(some, 7, 30) == 20 / 40
    assert chance(some, 7, 14) == 0
    assert chance(some, 15, 30) == 20 / 40


def test_who_went_on_says_nothing_of_who_still_stands() -> None:
    """Ten days in the stage: thirty went on after two days and were won on the twentieth, thirty stood, and never were."""
    some = stays(*[(100, 2, 20)] * 30, *[(100, 60, None)] * 30)
    assert chance(some, 1, 30) == 30 / 60
    assert chance(some, 10, 30) == 0


def test_only_of_whom_it_is_known_what_became_of_them() -> None:
    """Of two years before the last ones of whom it is known; whoever came since may still be won."""
    known = [(50, 40, 20)] * 30
    assert chance(stays(*known, *[(10, 40, None)] * 90), 0, 30) == 1
    assert chance(stays(*known, *[(800, 40, None)] * 90), 0, 30) == 1
    assert chance(stays(*known, *[(700, 40, None)] * 90), 0, 30) == 30 / 120
    assert Shares.of(stays(*known), NOW, 30 * DAY)[1] == 30
    assert Shares.of(stays(*known), NOW, 60 * DAY)[1] == 0


def test_few_old_ones_teach_with_younger_ones() -> None:
    """Sixty stood five days, ten of them fifty and two thirds of them a hundred days long: of an old one all that are as old."""
    some = stays(*[(300, 5, None)] * 50, *[(300, 100, 120)] * 10)
    assert 0 < chance(some, 80, 60) < 1
    assert chance(stays(*[(300, 100, 120)] * 30), 3000, 60) == chance(stays(*[(300, 100, 120)] * 30), 99, 60)
    assert chance(Stays(), 80, 60) == 0


def test_what_wins_bring_of_what_their_deals_were_worth() -> None:
    many = stays(*[(100, 20, 20)] * 30, worth=200, brought=250)
    assert Shares.of(many, NOW, DAY)[0].growth == 1.25
    assert Shares.of(stays(*[(100, 20, 20)] * 29, worth=200, brought=250), NOW, DAY)[0].growth == 1
    assert Shares.of(stays(*[(900, 20, 20)] * 30, worth=200, brought=250), NOW, DAY)[0].growth == 1


def test_misses_of_periods_before_widen_the_interval() -> None:
    """A miss of three times what chance leaves open: √((2 + 9) ÷ 3) × 1.6377 ÷ 1.2816."""
    assert widening([3.0]) == pytest.approx(2.4469, abs=5e-5)
    assert widening([]) == pytest.approx(1.8856 / 1.2816)
    assert widening([0.1, -0.2, 0.1, 0.0]) == 1
    assert widening([1.0, -1.0, 1.0, -1.0]) == pytest.approx(1.4398 / 1.2816)
    rest = Rest(Decimal(100), [(1000.0, 0.5)] * 40, [0.0, 20.0], 40)
    assert (rest.open, rest.unborn) == (20_000, 10)
    assert rest.spread == pytest.approx((40 * 0.25 * 1000**2 + 100) ** 0.5)
    assert rest.miss(Decimal(20_110) + Decimal(str(rest.spread))) == pytest.approx(1)
    plain, wide = rest.outlook([0.0] * 4), rest.outlook([3.0] * 4)
    assert (plain.widened, wide.widened) == (1, Decimal("2.8273"))
    assert float(wide.expected - wide.low) == pytest.approx(
        2.8273 * float(plain.expected - plain.low), rel=1e-3
    )
    assert rest.outlook([20.0] * 4).low == 100  # what is won stays won
    assert Rest(Decimal(100), [], [0.0], 0).miss(Decimal(100)) is None


def test_the_same_forecast_each_time() -> None:
    dice = random.Random(3)
    some = [(dice.randrange(1, 90), dice.random() < 0.4) for _ in range(200)]
    gone = stays(*((200, days, days if won else None) for days, won in some))
    ways = Ways.of({1: gone}, NOW, 45 * DAY)
    wins = Wins()
    for ago in range(1, 400, 5):
        wins.add(-FAR, NOW - (ago + 20) * DAY, NOW - ago * DAY, dice.randrange(100, 90_000))
    fresh = stretches(wins, min(wins.until), NOW, 45 * DAY)
    deals = [(NOW - dice.randrange(60) * DAY, dice.randrange(100, 100_000, 100)) for _ in range(260)]

    def told(some: Sequence[tuple[int, int]], left: int = 45) -> Outlook | None:
        pairs = Pairs()
        for since, amount in some:
            pairs.add(since, amount)
        rest = Rest.of(NOW, Decimal(5_000), {1: pairs}, ways, fresh if left else [0.0])
        return rest.outlook([1.0] * 4) if rest is not None else None

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
    untaught = Rest.of(NOW, Decimal(0), {2: pairs}, ways, fresh)
    assert untaught is not None
    assert (untaught.open, untaught.deals) == (0, 1)  # nobody was in that stage before
    over = told([], 0)
    assert over is not None and over.low == over.high == over.expected == 5_000
    few = Ways.of({1: stays(*[(100, 20, 20)] * 29)}, NOW, DAY)
    assert Rest.of(NOW, Decimal(0), {}, few, fresh) is None


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
        # Of the five weeks before two deals each: all that are older than three weeks, two thirds of the others; of those that
        # are about three weeks old the younger and the older ones teach together.
        assert float(found["open"]) == pytest.approx(1_000_000, rel=0.05)
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


def test_beside_it_stands_the_target(year: None, cast: Cast, client: Client) -> None:
    quarter, asked = Fiscal().parse("2026-Q2"), "/forecasts/outlook/target/?period=2026-Q2"
    part = {"HX-Request": "true"}
    with clock.at(instant("2026-05-12 10:00")):
        enter(client, cast.hezong)
        assert asked.replace("&", "&amp;") in client.get(asked, follow=True).content.decode()
        assert client.get(asked, headers=part).content == b""
        found = run("period-forecast", {"period": "2026-Q2"}, cast.hezong)
        assert found["target_reason"] == found["expected_attainment_reason"] == "no_target"
        low, expected, high = (Decimal(found[name]) for name in ("low", "expected", "high"))
        kept = targets.set_target(
            unit=cast.unit("HQ"), person=None, metric="bookings", period=quarter, amount=low, by=None
        )
        for amount, said in (
            (low, "取区间下限也能达到目标"),
            (expected, "平均超出 ¥0"),
            (high + 1, "即使取区间上限也达不到目标"),
        ):
            Target.objects.filter(pk=kept.pk).update(amount=amount, base_amount=amount)
            assert said in client.get(asked, headers=part).content.decode()
            told = run("period-forecast", {"period": "2026-Q2"}, cast.hezong)
            assert Decimal(told["target"]) == amount
            assert told["expected_attainment"] == f"{round(expected / amount, 6):.6f}"


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
