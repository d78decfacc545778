"""Rounding is half up; a quotient without a base has no value and says why."""

from __future__ import annotations

from decimal import Decimal

import pytest

from loudou.kernel.numbers import MILLIONTH, Ratio, key_of, rounded, wilson


@pytest.mark.parametrize(
    ("value", "step", "shown"),
    [
        ("2.345", "0.01", "2.35"),
        ("2.344999", "0.01", "2.34"),
        ("-2.345", "0.01", "-2.35"),
        ("0.5", "1", "1"),
        ("1.5", "1", "2"),
        ("2.5", "1", "3"),
        ("0.6666666666", "0.000001", "0.666667"),
    ],
)
def test_half_goes_up(value: str, step: str, shown: str) -> None:
    assert rounded(Decimal(value), Decimal(step)) == Decimal(shown)


def test_nothing_is_less_than_nothing() -> None:
    assert [str(rounded(Decimal(value))) for value in ("-0.004", "-0", "-0.005")] == ["0.00", "0.00", "-0.01"]


def test_a_ratio_is_exact() -> None:
    third = Ratio.of(1, 3)
    assert third.value == Decimal(1) / Decimal(3)
    assert third.reason == ""
    assert (third.numerator, third.denominator) == (1, 3)
    assert rounded(third.value or Decimal(0), MILLIONTH) == Decimal("0.333333")


def test_nothing_to_divide_by_is_no_value_with_a_reason() -> None:
    none = Ratio.of(5, 0)
    assert none.value is None
    assert none.reason == "no_base"
    assert Ratio.of(5, 0, reason="not_assigned").reason == "not_assigned"
    assert Ratio.missing("immature") == Ratio(None, "immature")


@pytest.mark.parametrize("text", ["", None, "²", "２", "-1", "1.0", " 1", "9" * 19, "1\x00"])
def test_what_names_no_row_has_no_key(text: object) -> None:
    assert key_of(text) is None


def test_a_key_is_plain_digits() -> None:
    assert key_of("17") == key_of(17) == 17


def test_the_wilson_interval_of_two_in_three() -> None:
    assert wilson(0, 0) is None
    low, high = wilson(2, 3) or (0, 0)
    assert low == pytest.approx(0.2077, abs=1e-4)
    assert high == pytest.approx(0.9385, abs=1e-4)
    low, high = wilson(0, 10) or (1, 0)
    assert low == pytest.approx(0, abs=1e-9)
    assert high == pytest.approx(0.2775, abs=1e-4)
