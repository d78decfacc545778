"""Forecast error (M23) and guards (M24): the worked example and the edges."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from loudou.forecasts.figures.error import Accuracy, Held, hides, sandbags
from loudou.kernel.numbers import MILLIONTH, rounded

MILLION = st.integers(0, 10_000_000).map(Decimal)


def held(forecast: int, actual: int, base: int | None = None) -> Held:
    return Held(Decimal(forecast), Decimal(actual), Decimal(base) if base is not None else None)


def test_an_error_of_exactly_the_limit_passes() -> None:
    assert held(135, 100).passes(Decimal("0.35"))
    assert not held(136, 100).passes(Decimal("0.35"))
    assert held(65, 100).passes(Decimal("0.35"))


def test_it_is_divided_by_what_happened() -> None:
    """115 against 83 is 38.6 % too much, however nice 27.8 % of the forecast would look."""
    error = held(115, 83).ape.value
    assert error is not None and rounded(error, MILLIONTH) == Decimal("0.385542")


def test_nothing_won() -> None:
    assert held(0, 0).ape.value == 0
    assert held(0, 0).passes(Decimal("0.2"))
    assert (held(5, 0).ape.value, held(5, 0).ape.reason) == (None, "no_base")
    assert not held(5, 0).passes(Decimal(1))


def test_an_adjustment_that_made_it_worse() -> None:
    added = held(1_900_000, 1_980_000, 2_050_000).value_added.value
    assert added is not None and rounded(added, MILLIONTH) == Decimal("-0.005051")
    assert held(1, 0, 1).value_added.value is None
    assert held(1, 1).value_added.value is None


def test_several_together() -> None:
    both = Accuracy([held(1_150_000, 830_000), held(900_000, 1_150_000)])
    values = [both.wape.value, both.mape.value, both.bias.value]
    assert [rounded(value, MILLIONTH) for value in values if value is not None] == [
        Decimal("0.287879"),
        Decimal("0.301467"),
        Decimal("0.035354"),
    ]
    assert both.accuracy.value == 1 - Decimal(570) / Decimal(1980)
    assert both.value_added.value is None


def test_of_nothing_there_is_nothing() -> None:
    none = Accuracy([])
    found = [none.wape, none.mape, none.bias, none.accuracy, none.tracking_signal, none.value_added]
    assert [one.value for one in found] == [None] * 6
    assert not none.is_biased


def test_nothing_won_counts_in_wape_and_not_in_mape() -> None:
    both = Accuracy([held(10, 0), held(90, 100)])
    assert (both.wape.value, both.mape.value) == (Decimal("0.2"), Decimal("0.1"))


def test_errors_to_one_side_show_after_four() -> None:
    over = [held(150, 100)] * 5
    assert Accuracy(over).tracking_signal.value == 5
    assert Accuracy(over).is_biased
    assert not Accuracy(over[:3]).is_biased
    assert not Accuracy(over[:4]).is_biased  # exactly 4 is not beyond it
    assert Accuracy(over).value_added.value is None
    helped = Accuracy([held(110, 100, 130)])
    assert helped.value_added.value == Decimal("0.2")


def test_three_times_much_too_low_asks_for_a_review() -> None:
    low, fair = held(80, 100), held(85, 100)
    assert sandbags([fair, low, low, low])
    assert sandbags([low, low, low, fair])  # a later period that was fair, or still runs, takes nothing back
    assert not sandbags([low, low, fair, low])
    assert not sandbags([low, low])
    assert not sandbags([low, low, fair])  # exactly −15 % is not below it


def test_more_than_a_tenth_past_the_funnel() -> None:
    assert hides(Decimal("280"), Decimal("1900"))
    assert not hides(Decimal("190"), Decimal("1900"))


@given(st.lists(st.tuples(MILLION, MILLION), min_size=1, max_size=12))
def test_wape_is_never_below_the_bias(pairs: list[tuple[Decimal, Decimal]]) -> None:
    together = Accuracy([Held(forecast, actual) for forecast, actual in pairs])
    if together.wape.value is not None and together.bias.value is not None:
        assert together.wape.value >= abs(together.bias.value)
        assert together.accuracy.value is not None and 0 <= together.accuracy.value <= 1
