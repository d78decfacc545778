"""Success rates, and what of the open deals a forecast counts (M20, R089)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loudou.insight.figures.forecast import Pile, bucket, chance, forecast, left_out, pile_of
from loudou.kernel.periods import Period

Q2 = Period(date(2026, 4, 1), date(2026, 7, 1))
RATES = {1: Decimal("0.1"), 2: Decimal("0.3"), 3: Decimal("0.5"), 4: Decimal("0.8")}
money = st.decimals(0, 10**9, places=2)


def test_an_approved_own_rate_goes_before_the_calibrated_and_that_before_the_stage() -> None:
    own, learned, stage = Decimal("0.9"), Decimal("0.4"), Decimal("0.3")
    assert chance(own, stage, learned) == own
    assert chance(None, stage, learned) == learned
    assert chance(None, stage) == stage
    assert chance(Decimal(0), stage, learned) == 0


def test_what_was_learned_of_a_deal_goes_before_its_stages_rates_and_behind_its_own() -> None:
    own, deals, stages, configured = Decimal("0.9"), Decimal("0.6"), Decimal("0.4"), Decimal("0.3")
    assert chance(own, configured, stages, deals) == own
    assert chance(None, configured, stages, deals) == deals
    assert chance(None, configured, None, Decimal(0)) == 0


@pytest.mark.parametrize(
    ("outcome", "expected_on", "found"),
    [
        ("open", date(2026, 6, 30), "due"),
        ("open", date(2026, 5, 10), "due"),
        ("open", date(2026, 5, 9), "overdue"),
        ("open", date(2026, 3, 31), "overdue"),
        ("open", date(2026, 7, 1), "outside"),
        ("open", None, "undated"),
        ("on_hold", date(2026, 6, 30), "resting"),
    ],
)
def test_where_a_deal_stands_before_the_sheet(outcome: str, expected_on: date | None, found: str) -> None:
    assert bucket(outcome, expected_on, Q2, date(2026, 5, 10)) == found


def test_before_the_period_begins_its_deals_are_due_already() -> None:
    assert bucket("open", date(2026, 4, 1), Q2, date(2026, 3, 20)) == "due"
    assert bucket("open", date(2026, 3, 31), Q2, date(2026, 3, 20)) == "outside"


def test_without_a_period_every_open_deal_counts() -> None:
    assert bucket("open", None, None, date(2026, 5, 10)) == "due"
    assert bucket("open", date(2020, 1, 1), None, date(2026, 5, 10)) == "due"
    assert bucket("on_hold", None, None, date(2026, 5, 10)) == "resting"


def test_the_sheet_of_d2() -> None:
    amounts = {1: 800_000, 2: 700_000, 3: 1_000_000, 4: 450_000}
    piles = [pile_of(stage, RATES[stage], Decimal(amount), None) for stage, amount in amounts.items()]
    sheet = forecast(list(RATES.items()), piles)
    assert [line.weighted for line in sheet.stages] == [80_000, 210_000, 500_000, 360_000]
    assert (sheet.count, sheet.amount, sheet.weighted) == (4, 2_950_000, 1_150_000)


def test_an_empty_stage_is_a_line_of_zeros() -> None:
    sheet = forecast([(1, RATES[1])], [])
    assert [(line.count, line.amount, line.weighted, line.chance) for line in sheet.stages] == [
        (0, 0, 0, RATES[1])
    ]


def test_a_calibrated_rate_moves_only_deals_without_their_own() -> None:
    piles = [
        pile_of(1, RATES[1], Decimal(100), None),
        pile_of(1, RATES[1], Decimal(100), Decimal("0.9")),
    ]
    sheet = forecast([(1, RATES[1])], piles, {1: Decimal("0.25")})
    assert sheet.stages[0].weighted == Decimal("115.00")
    assert sheet.stages[0].chance == Decimal("0.25")


def test_what_is_left_out_says_why() -> None:
    piles = [
        pile_of(1, RATES[1], Decimal(5), None, bucket="overdue"),
        pile_of(2, RATES[2], Decimal(7), None, bucket="overdue"),
        pile_of(2, RATES[2], Decimal(9), None, bucket="resting"),
        pile_of(2, RATES[2], Decimal(9), None),
    ]
    assert left_out(piles) == {"overdue": (2, Decimal(12)), "resting": (1, Decimal(9))}
    assert forecast([(2, RATES[2])], piles).amount == 9


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(RATES)), money, st.none() | st.decimals(0, 1, places=4)), max_size=30
    )
)
def test_sums_are_exact_and_piles_change_nothing(deals: list[tuple[int, Decimal, Decimal | None]]) -> None:
    """However deals are piled, the sheet sums amount × rate of each without rounding."""
    singly = [pile_of(stage, RATES[stage], amount, own) for stage, amount, own in deals]
    piled: dict[int, Pile] = {}
    for pile in singly:
        before = piled.get(pile.stage, Pile(pile.stage, pile.rate, 0, Decimal(0), Decimal(0), Decimal(0)))
        piled[pile.stage] = Pile(
            pile.stage,
            pile.rate,
            before.count + pile.count,
            before.amount + pile.amount,
            before.own_weighted + pile.own_weighted,
            before.plain + pile.plain,
        )
    one, many = forecast(list(RATES.items()), piled.values()), forecast(list(RATES.items()), singly)
    assert one == many
    expected = sum(
        (amount * (own if own is not None else RATES[stage]) for stage, amount, own in deals), Decimal(0)
    )
    assert many.weighted == expected


@given(st.tuples(money, st.none() | st.decimals(0, 1, places=4)))
def test_a_pile_taken_away_leaves_nothing(deal: tuple[Decimal, Decimal | None]) -> None:
    amount, own = deal
    both = [pile_of(1, RATES[1], amount, own), pile_of(1, RATES[1], amount, own, -1)]
    sheet = forecast([(1, RATES[1])], both)
    assert (sheet.count, sheet.amount, sheet.weighted) == (0, 0, 0)
