"""Telephone numbers as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loudou.customers.figures.phones import e164, forms, masked, shown


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("13812345678", "+8613812345678"),
        ("+86 138-1234-5678", "+8613812345678"),
        ("008613812345678", "+8613812345678"),
        ("１３８１２３４５６７８", "+8613812345678"),
        ("0574-87654321", "+8657487654321"),
        ("(0574)87654321转801", "+8657487654321x801"),
        ("0574-87654321-801", "+8657487654321x801"),
        ("021 1234 5678", "+862112345678"),
        ("400-123-4567", "+864001234567"),
        ("0912 345 678", "+886912345678"),
        ("+886 2 2123 4567", "+886221234567"),
        ("852-51234567", "+85251234567"),
        ("+1 650-253-0000", "+16502530000"),
    ],
)
def test_usual_forms_are_understood(typed: str, kept: str) -> None:
    assert e164(typed) == kept


@pytest.mark.parametrize(
    ("typed", "home", "kept"),
    [
        ("5123 4567", "HK", "+85251234567"),
        ("02 2123 4567", "TW", "+886221234567"),
        ("+8613812345678", "TW", "+8613812345678"),
        ("6612 3456", "MO", "+85366123456"),
    ],
)
def test_at_home_elsewhere_numbers_are_read_so(typed: str, home: str, kept: str) -> None:
    assert e164(typed, home) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "12345",
        "95588",
        "abc",
        "12812345678",
        "13812345678/13912345678",
        "1" * 500,
        "٠١٢٣",
        "0574-87654321-123456",
        "+86 574 8765 4321 ext. 123456",
        "51234567",
        "+999123",
    ],
)
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(ValueError):
        e164(typed)


def test_it_is_shown_as_at_home_and_masked_but_for_its_ends() -> None:
    assert [shown(e164(typed)) for typed in ("13812345678", "0574-87654321-801", "+886912345678")] == [
        "138 1234 5678",
        "0574 8765 4321 x801",
        "+886 912 345 678",
    ]
    assert [masked(e164(typed)) for typed in ("13812345678", "0574-87654321-801", "+85251234567")] == [
        "138****5678",
        "0574****4321",
        "****4567",
    ]
    assert (shown("what was this"), masked("what was this"), masked("+"), forms("what 12345")) == (
        "what was this",
        "****",
        "****",
        ["12345"],
    )


def test_it_is_found_without_what_one_dials_first() -> None:
    assert forms("+8613812345678") == ["13812345678"]
    assert forms("+8657487654321x801") == ["57487654321", "87654321"]
    assert forms("+16502530000") == ["16502530000", "6502530000", "2530000"]


@given(st.integers(10**9 * 3, 10**10 - 1))
def test_a_kept_number_reads_as_itself(number: int) -> None:
    try:
        kept = e164(f"1{number}")
    except ValueError:
        return
    assert e164(kept) == kept
    assert e164(shown(kept)) == kept
    assert kept[-4:] == masked(kept)[-4:]
