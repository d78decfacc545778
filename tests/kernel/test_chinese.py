"""Chinese is compared in one script."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from loudou.kernel.chinese import simplified


def test_traditional_and_simplified_are_one_name() -> None:
    assert simplified("華為技術") == simplified("华为技术") == "华为技术"
    assert simplified("Huawei 123") == "Huawei 123"


@given(st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)))
def test_doing_it_twice_changes_nothing(text: str) -> None:
    assert simplified(simplified(text)) == simplified(text)
    assert len(simplified(text)) == len(text)
