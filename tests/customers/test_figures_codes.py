"""Credit codes and their check letter."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loudou.customers.figures.codes import ALPHABET, check_letter, code_fault, normal_code

VECTORS = (
    Path(__file__).parents[3] / "shared" / "data" / "cn_validation" / "uscc_vectors.csv"
)  # beside the project, where it is kept
_BODIES = st.builds(
    lambda head, region, tail: f"{head}1{region:06d}{tail}",
    st.sampled_from("159Y"),
    st.integers(110000, 659999),
    st.text(ALPHABET, min_size=9, max_size=9),
)


@pytest.mark.parametrize(
    "code", ["91110000600037341L", "91310115MA1K3BTP2B", "121200004013590816", "91340600MA2PBM9HXD"]
)
def test_codes_in_use_fit(code: str) -> None:
    assert code_fault(code) == ""


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("12345", "length"),
        ("911100006000373411L", "length"),
        ("A1110000600037341L", "check"),
        ("9111000060003IOZSV", "letters"),
        ("91ABCDEF600037341L", "letters"),
        ("91110000600037341N", "check"),
    ],
)
def test_what_is_wrong_is_told_apart(code: str, fault: str) -> None:
    assert code_fault(code) == fault


def test_blanks_width_and_case_do_not_matter() -> None:
    assert normal_code(" 91 1100-0060\u3000003734１l ") == "91110000600037341L"


@pytest.mark.parametrize(
    ("code", "fault"), [("04595257", ""), ("10458575", ""), ("10458574", ""), ("04595258", "check")]
)
def test_numbers_of_taiwan_fit_their_own_rule(code: str, fault: str) -> None:
    assert code_fault(code) == fault


@given(_BODIES)
def test_a_code_made_fits_and_no_other_letter_does(body: str) -> None:
    right = check_letter(body)
    assert code_fault(body + right) == ""
    for letter in set(ALPHABET) - {right}:
        assert code_fault(body + letter) == "check"


@given(_BODIES, st.integers(2, 16), st.sampled_from("0123456789"))
def test_one_digit_mistyped_is_noticed(body: str, place: int, digit: str) -> None:
    code = body + check_letter(body)
    if code[place] != digit:
        assert code_fault(code[:place] + digit + code[place + 1 :]) == "check"


@pytest.mark.skipif(not VECTORS.exists(), reason="the shared vectors are not here")
def test_all_shared_vectors_come_out() -> None:
    with VECTORS.open(encoding="utf-8") as file:
        wrong = [
            row["code"]
            for row in csv.DictReader(file)
            if (code_fault(normal_code(row["code"])) == "") != (row["expected"] == "valid")
        ]
    assert wrong == []
