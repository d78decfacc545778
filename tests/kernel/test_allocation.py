"""Taking a total apart: parts sum to it exactly, largest remainders first, ties to the earlier part."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from loudou.kernel.allocation import CannotAllocate, allocate

WEIGHTS = st.lists(
    st.decimals(min_value=0, max_value=1000, places=3, allow_nan=False, allow_infinity=False),
    min_size=1,
    max_size=40,
)
STEPS = st.sampled_from([Decimal("0.01"), Decimal(1), Decimal(100), Decimal(10000), Decimal("0.5")])


def amounts(total: str | int, weights: list[str | int], **options: object) -> list[Decimal]:
    parts = allocate(Decimal(total), [Decimal(weight) for weight in weights], **options)  # type: ignore[arg-type]
    return [part.amount for part in parts]


def test_the_year_by_months_of_the_book() -> None:
    """D1: 24,000,000 by a seasonal index in steps of 10,000."""
    parts = amounts(
        24_000_000, [80, 60, 100, 110, 105, 120, 90, 85, 110, 115, 110, 115], step=Decimal(10_000)
    )
    assert sum(parts) == 24_000_000
    assert all(part % 10_000 == 0 for part in parts)


def test_ties_go_to_the_earlier_part() -> None:
    assert amounts(100, [1, 1, 1]) == [34, 33, 33]
    assert amounts(2, [1, 1, 1]) == [1, 1, 0]
    assert amounts("0.02", [1, 1, 1], step=Decimal("0.01")) == [Decimal("0.01"), Decimal("0.01"), 0]


def test_a_repeating_fraction_is_no_winner_by_rounding() -> None:
    """1/3 three times: computed with rounded quotients the last would win."""
    assert amounts(10, ["0.1", "0.1", "0.1"]) == [4, 3, 3]
    assert amounts(1, [1, 1, 1, 1, 1, 1, 1]) == [1, 0, 0, 0, 0, 0, 0]


def test_a_negative_total_is_its_mirror() -> None:
    assert amounts(-100, [1, 1, 1]) == [-34, -33, -33]
    assert amounts(-100, [3, 1]) == [-75, -25]


def test_nothing_is_split_into_nothing() -> None:
    assert amounts(0, [1, 2]) == [0, 0]
    assert amounts(0, [0, 0]) == [0, 0]


def test_locked_parts_keep_their_amount_and_leave_first() -> None:
    parts = allocate(Decimal(100), [Decimal(1)] * 4, locked={1: Decimal(40)})
    assert [part.amount for part in parts] == [20, 40, 20, 20]
    assert [part.locked for part in parts] == [False, True, False, False]
    assert parts[1].raw == 40
    assert amounts(100, [1, 1], locked={0: Decimal(60), 1: Decimal(40)}) == [60, 40]
    assert amounts(0, [1, 1], locked={0: Decimal(5)}) == [5, -5]


@pytest.mark.parametrize(
    ("total", "weights", "options", "reason"),
    [
        (100, [0, 0], {}, "no_weight"),
        (100, [], {}, "no_weight"),
        (100, [1, -1], {}, "negative_weight"),
        (105, [1, 1], {"step": Decimal(10)}, "off_step"),
        (100, [1, 1], {"locked": {0: Decimal(150)}}, "locked_exceeds"),
        (-100, [1, 1], {"locked": {0: Decimal(-150)}}, "locked_exceeds"),
        (100, [1, 1], {"locked": {0: Decimal(60), 1: Decimal(30)}}, "no_weight"),
    ],
)
def test_what_cannot_be_split_says_why(
    total: int, weights: list[int], options: dict[str, object], reason: str
) -> None:
    with pytest.raises(CannotAllocate) as caught:
        amounts(total, weights, **options)  # type: ignore[arg-type]
    assert caught.value.reason == reason


@given(st.integers(-(10**7), 10**7), WEIGHTS, STEPS)
def test_parts_sum_exactly(steps: int, weights: list[Decimal], step: Decimal) -> None:
    assume(sum(weights) > 0)
    total = steps * step
    parts = allocate(total, weights, step=step)
    assert sum(part.amount for part in parts) == total
    assert all(part.amount % step == 0 for part in parts)
    for part in parts:
        assert abs(part.amount - part.raw) < step
        assert part.weight > 0 or part.amount == 0 or abs(part.amount) == 0


@given(st.integers(0, 10**6), WEIGHTS, st.data())
def test_locked_cells_never_move(steps: int, weights: list[Decimal], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(weights) - 1))
    held = Decimal(data.draw(st.integers(0, steps)))
    rest = [weight for place, weight in enumerate(weights) if place != index]
    assume(sum(rest) > 0 or held == steps)
    parts = allocate(Decimal(steps), weights, locked={index: held})
    assert parts[index].amount == held
    assert sum(part.amount for part in parts) == steps


@given(st.integers(0, 10**6), WEIGHTS)
def test_the_mirror_of_a_total_is_the_mirror_of_its_parts(steps: int, weights: list[Decimal]) -> None:
    assume(sum(weights) > 0)
    there = [part.amount for part in allocate(Decimal(steps), weights)]
    back = [part.amount for part in allocate(Decimal(-steps), weights)]
    assert back == [-amount for amount in there]


@given(st.integers(0, 10**6), WEIGHTS)
def test_equal_weights_differ_by_at_most_a_step_and_earlier_ones_have_it(
    steps: int, weights: list[Decimal]
) -> None:
    parts = [part.amount for part in allocate(Decimal(steps), [Decimal(1)] * len(weights))]
    assert parts == sorted(parts, reverse=True)
    assert parts[0] - parts[-1] <= 1
