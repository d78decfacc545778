"""Money is a Decimal with its currency, exact until written out."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loudou.kernel.money import CurrencyMismatch, Money, minor_unit, parse_amount

AMOUNTS = st.decimals(min_value=-(10**12), max_value=10**12, places=2, allow_nan=False, allow_infinity=False)


def cny(amount: str | int) -> Money:
    return Money(Decimal(amount), "CNY")


def test_amounts_of_one_currency_add_and_compare() -> None:
    assert cny("0.1") + cny("0.2") == cny("0.3")
    assert cny(5) - cny(7) == -cny(2)
    assert cny(3) * 2 == 2 * cny(3) == cny(6)
    assert cny(1) < cny(2)
    assert cny(2) <= cny(2)


def test_two_currencies_never_meet_without_a_rate() -> None:
    usd = Money(Decimal(1), "USD")
    for act in (lambda: cny(1) + usd, lambda: cny(1) - usd, lambda: cny(1) < usd, lambda: cny(1) <= usd):
        with pytest.raises(CurrencyMismatch):
            act()


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_only_finite_numbers_are_amounts(text: str) -> None:
    with pytest.raises(ValueError):
        Money(Decimal(text), "CNY")


def test_rounding_is_half_up_to_the_smallest_unit() -> None:
    assert cny("2.345").rounded() == cny("2.35")
    assert cny("-2.345").rounded() == cny("-2.35")
    assert Money(Decimal("2.5"), "JPY").rounded() == Money(Decimal(3), "JPY")
    assert {minor_unit(code) for code in ("JPY", "KRW", "VND", "CLP", "ISK")} == {1}
    assert minor_unit("CNY") == Decimal("0.01")


def test_changing_the_currency_rounds_in_the_new_one() -> None:
    assert Money(Decimal("10.01"), "USD").into("CNY", Decimal("7.1234")) == cny("71.31")
    assert cny("100").into("JPY", Decimal("20.456")) == Money(Decimal(2046), "JPY")


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1234.5", "1234.5"),
        ("1,234.50", "1234.50"),
        ("¥1,234,567", "1234567"),
        ("￥12万", "120000"),
        ("1.5萬", "15000"),
        ("2.41亿", "241000000"),
        ("3億", "300000000"),
        ("1 234", "1234"),
        ("1\u00a0234", "1234"),
        ("(500)", "-500"),
        ("（500）", "-500"),
        ("-12.5", "-12.5"),
        ("+7", "7"),
        ("１２，３４５．６", "12345.6"),
        ("$99", "99"),
        ("¥(1,234)", "-1234"),
        (" ¥ (1,234.50)", "-1234.50"),
        ("(¥500)", "-500"),
        ("￥（5）", "-5"),
        (" -   ", "0"),
        (" －", "0"),
        ("\u00a0-\u00a0", "0"),
        ("¥ -", "0"),
        (" $-   ", "0"),
    ],
)
def test_amounts_are_read_as_people_write_them(text: str, amount: str) -> None:
    assert parse_amount(text) == Decimal(amount)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "1,5",
        "12.000,50",
        "1,23,456",
        "12,3456",
        "1234,567",
        "1_000",
        "NaN",
        "nan",
        "inf",
        "1e5",
        "万",
        "--3",
        "1.2.3",
        ",123",
        "-",
        "－",
        "¥",
        " ",
        "( - )",
        "¥(5",
        "-- ",
        "–",
    ],
)
def test_anything_else_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError):
        parse_amount(text)


@given(AMOUNTS)
def test_what_is_written_is_read_back(amount: Decimal) -> None:
    assert parse_amount(f"{amount:,}") == amount
    assert parse_amount(str(amount)) == amount


@given(AMOUNTS, AMOUNTS)
def test_adding_and_taking_away_is_nothing(one: Decimal, other: Decimal) -> None:
    assert Money(one, "CNY") + Money(other, "CNY") - Money(other, "CNY") == Money(one, "CNY")
