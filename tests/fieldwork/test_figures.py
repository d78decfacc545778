"""Which records count (M40), and how fresh a deal's contact is (R074)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from loudou.fieldwork.figures.contacts import CADENCE, contact_state
from loudou.fieldwork.figures.visits import Said, counting, is_valid
from tests.make import instant

NINE = instant("2026-04-14 09:00")
VISIT = Said(1, "visit", NINE, "许明华", 7, "谈了需求", "")


def test_a_visit_needs_a_person_and_a_result_or_next_step() -> None:
    assert is_valid("visit", "许明华", "谈了需求", "")
    assert is_valid("visit", "许明华", " ", "送样")
    assert not is_valid("visit", " ", "谈了需求", "送样")
    assert not is_valid("visit", "许明华", "", " ")
    assert is_valid("call", "", "", "")


def test_the_same_customer_on_the_same_day_counts_once() -> None:
    again = replace(VISIT, key=2, at=NINE + timedelta(hours=5))
    assert counting([again, VISIT]) == {1}


def test_a_second_visit_counts_with_another_person_and_another_purpose() -> None:
    later = replace(VISIT, key=2, at=NINE + timedelta(hours=5))
    assert counting([VISIT, replace(later, contact="韩磊")]) == {1}
    assert counting([VISIT, replace(later, purpose=8)]) == {1}
    assert counting([VISIT, replace(later, contact="韩磊", purpose=8)]) == {1, 2}


def test_what_is_not_valid_hides_nothing_that_is() -> None:
    empty = replace(VISIT, key=2, at=NINE - timedelta(hours=1), result="")
    calls = [replace(VISIT, key=3, kind="call"), replace(VISIT, key=4, kind="call")]
    assert counting([VISIT, empty, *calls]) == {1, 3, 4}


def test_the_contact_state_follows_the_cadence() -> None:
    assert timedelta(days=7) == CADENCE
    assert contact_state(None, NINE) == "never"
    assert contact_state(NINE - CADENCE, NINE) == "fresh"
    assert contact_state(NINE - CADENCE - timedelta(seconds=1), NINE) == "due"
    assert contact_state(NINE - 2 * CADENCE, NINE) == "due"
    assert contact_state(NINE - 2 * CADENCE - timedelta(seconds=1), NINE) == "silent"
