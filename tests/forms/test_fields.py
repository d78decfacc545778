"""What makes a form, and what does not: before anything is kept."""

from __future__ import annotations

from dataclasses import replace

from loudou.forms.figures.fields import MOST_FIELDS, faults
from tests.forms.making import MARKET, field


def test_a_form_has_fields_and_not_too_many() -> None:
    assert faults([]) == [(-1, "no_fields")]
    assert faults([field(f"a{number}") for number in range(MOST_FIELDS + 1)]) == [(-1, "many_fields")]
    assert faults(MARKET) == []


def test_a_field_without_a_name_is_found_at_its_place() -> None:
    nameless = replace(field("b"), label={"en": ""})
    assert faults([field("a"), nameless, field("a")]) == [(1, "label_missing"), (2, "code_twice")]
