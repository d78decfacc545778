"""The contact state of a deal (机会接触状况, R074): how long ago the last contact was, against how often it shall be."""

from __future__ import annotations

from datetime import datetime, timedelta

CADENCE = timedelta(days=7)  # a live deal hears of us at least this often (C2)
NEVER, FRESH, DUE, SILENT = "never", "fresh", "due", "silent"
STATES = (FRESH, DUE, SILENT, NEVER)


def contact_state(last: datetime | None, now: datetime, cadence: timedelta = CADENCE) -> str:
    """`fresh` within the cadence, `due` beyond it, `silent` beyond twice the cadence (M12), `never` without any."""
    if last is None:
        return NEVER
    since = now - last
    if since <= cadence:
        return FRESH
    return DUE if since <= 2 * cadence else SILENT
