"""Taking a report out of the house."""

from __future__ import annotations

from collections.abc import Mapping

from loudou.insight import events
from loudou.journal.record import record, verb
from loudou.people.access import require
from loudou.people.models import User


@verb
def take_out(report: str, *, form: str, count: int, asked: Mapping[str, str], by: User) -> None:
    """Put on record that a report left as a file: which, in what form, with how many rows, asked for how."""
    require(by, "insight.see")
    require(by, "exchange.export")
    record(events.TAKEN_OUT, by, by=by, report=report, form=form, count=count, asked=dict(asked))
