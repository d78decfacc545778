"""Bottleneck, improvement value and velocity on plain values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from loudou.insight.figures.bottlenecks import Pace, bottleneck, healths
from loudou.insight.figures.conversion import Conversion
from loudou.insight.figures.velocity import Velocity, a_year_before
from loudou.insight.figures.winrate import WinRate
from loudou.kernel.numbers import Ratio


def pace(advanced: int, exited: int, inflight: int = 0, median: int | None = None) -> Pace:
    days = Ratio(Decimal(median)) if median is not None else Ratio.missing("no_base")
    return Pace(Conversion(advanced + exited + inflight, advanced, exited, advanced + exited), days)


def test_the_narrowest_stage_and_what_mending_it_is_worth() -> None:
    """60 % of formerly 75 %, 30 days of formerly 20: ten in flight would win 10 × 0.15 × 0.5 more at 100,000 each."""
    now = [pace(18, 2, 5, 10), pace(12, 8, 10, 30), pace(10, 10, 0, 12)]
    before = [
        [pace(9, 1, 0, 10)] * 4,
        [pace(70, 30, 0, 15), pace(80, 20, 0, 25), pace(75, 25, 0, 20), pace(75, 25, 0, 20)],
        [pace(5, 5, 0, 12)] * 4,
    ]
    found = healths(now, before)
    assert bottleneck(found) == 1
    narrow = found[1]
    assert narrow.base_rate.value == Decimal("0.75") and narrow.base_median.value == 20
    assert narrow.score.value == Decimal("0.8") * (Decimal(20) / Decimal(30))
    assert narrow.downstream.value == Decimal("0.5")
    assert narrow.extra_wins.value == Decimal("0.75")
    assert narrow.worth(Ratio(Decimal(100_000))).value == Decimal("75000")
    assert narrow.rate_gap.value is not None and round(narrow.rate_gap.value, 6) == Decimal("-3.674235")
    assert narrow.median_gap.value is not None and round(narrow.median_gap.value, 6) == Decimal("2.449490")
    assert found[0].extra_wins.value == 0 and found[0].rate_gap.reason == "no_base"  # quarters all alike


def test_too_few_deals_say_nothing() -> None:
    found = healths([pace(9, 0, 3, 5)], [[pace(9, 1, 0, 5)]])
    assert bottleneck(found) is None and found[0].score.reason == "small_n"
    assert found[0].rate_gap.reason == "no_base"
    enough = healths([pace(9, 1, 3, 5)], [[pace(9, 1, 0, 5)]])
    assert bottleneck(enough) == 0 and enough[0].score.value is not None
    assert [Conversion(n, n).is_small for n in (9, 10)] == [True, False]
    nothing = healths([pace(12, 3)], [[]])
    assert nothing[0].score.reason == "no_base" and nothing[0].extra_wins.reason == "no_base"
    assert nothing[0].worth(Ratio(Decimal(1))).value is None


def test_an_undecided_later_stage_lends_its_baseline() -> None:
    found = healths([pace(12, 8, 4, 9), pace(0, 0, 6)], [[pace(9, 1, 0, 9)] * 4, [pace(3, 7)] * 4])
    assert found[0].downstream.value == Decimal("0.3")


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 9)), min_size=1, max_size=6))
def test_mending_is_never_worth_less_than_nothing(stages: list[tuple[int, int, int]]) -> None:
    found = healths([pace(*one, 9) for one in stages], [[pace(4, 4, 0, 8)] * 4 for _ in stages])
    for health in found:
        assert health.extra_wins.value is None or health.extra_wins.value >= 0
    place = bottleneck(found)
    if place is not None:
        lowest = found[place].score.value
        assert all(one.score.value is None or (lowest or 0) <= one.score.value for one in found)


def test_velocity_as_the_definition_has_it() -> None:
    """N 40, p 25 %, A 200,000, L 80 days: 25,000 a day."""
    closes = WinRate(won=10, lost=30, won_amount=Decimal(2_000_000), cycle=timedelta(days=800), cycles=10)
    one = Velocity([30, 40, 50], closes)
    assert (one.open.value, one.closes.rate.value, one.won_amount_mean.value) == (
        40,
        Decimal("0.25"),
        200_000,
    )
    assert one.value.value == 25_000
    quick = Velocity([40], WinRate(won=1, lost=0, won_amount=Decimal(8), cycle=timedelta(hours=1), cycles=1))
    assert quick.value.value == 320  # a cycle counts for a day at least
    assert Velocity([], closes).value.reason == "no_base"
    assert a_year_before(datetime(2028, 2, 29, tzinfo=UTC)) == datetime(2027, 2, 28, tzinfo=UTC)
