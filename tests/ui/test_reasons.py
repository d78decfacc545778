"""Why a figure has no value is said in words, whatever room gives the reason."""

from __future__ import annotations

import re
from pathlib import Path

from loudou.ui.format import reason_sentence

HOUSE = Path(__file__).parents[2] / "loudou"
GIVEN = re.compile(r'Ratio\.missing\(\s*"(\w+)"|Ratio\.of\([^"]*reason="(\w+)"')


def test_every_reason_has_its_words() -> None:
    given = {
        code
        for path in HOUSE.rglob("*.py")
        for pair in GIVEN.findall(path.read_text())
        for code in pair
        if code
    }
    assert {"no_base", "no_target", "too_late"} <= given
    assert not [code for code in given if reason_sentence(code) == code]
