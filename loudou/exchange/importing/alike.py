"""Whether two texts say the same: what a program or a hand does to a file on its way is no change of what it says.

Line ends, blanks at their ends, composed and decomposed letters, wide and narrow forms differ from one spreadsheet to the
next. A text that only differs in these is the one that stands here already, and stays as it is written.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from django.db.models import Model

_WIDE = str.maketrans(
    {
        chr(code + 0xFEE0): chr(code)
        for code in range(0x21, 0x7F)
        if chr(code).isalnum() or chr(code) in "-_./+#@&"
    }
    | {"\u3000": " ", "−": "-"}
)


def written(text: str) -> str:
    """A text as it is kept: its lines end in one way, its letters are composed."""
    if text.isascii():
        return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


def narrow(text: str) -> str:
    """A code or a number with narrow letters, digits and signs; the punctuation of Chinese text stays as it is."""
    return text if text.isascii() else unicodedata.normalize("NFC", text).translate(_WIDE)


def compared(value: Any) -> Any:
    """What a value is compared by: of texts, what they say."""
    if isinstance(value, str):
        plain = value if value.isascii() else unicodedata.normalize("NFKC", value)
        if "\n" not in plain and "\r" not in plain:  # nearly every cell is one line
            return plain.strip()
        return "\n".join(line.strip() for line in plain.splitlines()).strip()
    if isinstance(value, list | tuple):
        return tuple(map(compared, value))
    if isinstance(value, dict):
        return {name: compared(each) for name, each in value.items()}
    return value


def alike(one: Any, other: Any) -> bool:
    """Whether two values say the same."""
    return bool(one == other or compared(one) == compared(other))


def as_there(record: Model, told: Mapping[str, Any]) -> dict[str, Any]:
    """What is told of a record, in its own writing where that says the same."""
    there = {
        name: getattr(record, name) for name, value in told.items() if isinstance(value, str | list | dict)
    }
    return {
        name: there[name] if name in there and alike(there[name], value) else value
        for name, value in told.items()
    }
