"""What the pages of problems share."""

from __future__ import annotations

from typing import Any

from loudou.problems import words


def context(active: str, **more: Any) -> dict[str, Any]:
    """What every page shows: which tab is open, how states look."""
    return {
        "section": "problems",
        "active": active,
        "tones": words.TONES,
        "kind_tones": words.KIND_TONES,
        **more,
    }
