"""What packs and meetings may say."""

from __future__ import annotations

from loudou.ui.texts import kept

LONGEST = {"place": 120, "reason": 300, "decisions": 300, "minutes": 8000}
PARAGRAPH = 4000


def text(field: str, value: str, refusal: str = "") -> str:
    """A text as it is kept; with `refusal` it must not be empty."""
    return kept(value, field, longest=LONGEST.get(field, PARAGRAPH), needed=refusal)
