"""What every room that makes papers says alike: when one was made, and how long it may be."""

from __future__ import annotations

from datetime import datetime, tzinfo

from loudou.ui import format as f

MOST_ON_PAPER = 1_000  # lines of a PDF; a workbook has them all
MOST_IN_WORKBOOK = 50_000


def made_at(now: datetime, zone: tzinfo) -> str:
    """When a paper was made, as it says so itself."""
    local = now.astimezone(zone)
    return f"{f.day(local, year=True)} {local:%H:%M}"
