"""Writing one cell: values as import reads them back, and no text that a spreadsheet would take for a formula."""

from __future__ import annotations

from datetime import date, datetime, tzinfo
from decimal import Decimal

from loudou.ui.cells import guarded

Cell = str | Decimal | date | None


def instant(value: datetime | None, zone: tzinfo) -> str | None:
    """An instant with its offset, exact to the microsecond."""
    return value.astimezone(zone).isoformat() if value is not None else None


def plain(value: Cell) -> str:
    """A cell of a CSV file."""
    if value is None:
        return ""
    if isinstance(value, str):
        return guarded(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat()
