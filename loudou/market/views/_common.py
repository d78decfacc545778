"""What the pages of the market share."""

from __future__ import annotations

from typing import Any

from loudou.market import words


def context(active: str, **more: Any) -> dict[str, Any]:
    """What every page shows: which tab is open, how voices look."""
    shown = {"about": words.ABOUT, "tones": words.TONES, "sources": words.SOURCES, "urls": words.URLS}
    return {"section": "market", "active": active, **shown, **more}
