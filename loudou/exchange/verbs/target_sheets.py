"""Taking a sheet of targets out of the house."""

from __future__ import annotations

from loudou.exchange import events
from loudou.journal.record import record, verb
from loudou.people.access import require
from loudou.people.models import Unit, User


@verb
def take_sheet_out(unit: Unit, *, metric: str, period: str, count: int, by: User) -> None:
    """Put on record that a sheet of targets left as a file: whose, of what, with how many rows."""
    require(by, "targets.see")
    require(by, "exchange.export")
    record(events.SHEET_TAKEN_OUT, unit, by=by, metric=metric, period=period, count=count)
