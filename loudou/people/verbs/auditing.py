"""Reading history is itself written down (AD-07), and so is what a check of its chain found."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from loudou.journal.queries import count_by, last_number, turned_back
from loudou.journal.record import record, verb
from loudou.journal.verify import Verdict
from loudou.kernel import clock
from loudou.people import events
from loudou.people.access import require
from loudou.people.models import User
from loudou.people.queries import organisation

NOTED_AGAIN = timedelta(hours=1)


@verb
def open_journal(*, by: User, asked: dict[str, Any] | None = None) -> None:
    """Note that somebody reads history, and what they asked for; once an hour while they go on reading."""
    require(by, "journal.audit")
    if not count_by(by, events.JOURNAL_OPENED, clock.now() - NOTED_AGAIN):
        record(events.JOURNAL_OPENED, by, by=by, asked=asked or {})


@verb
def export_journal(*, by: User, count: int, asked: dict[str, Any]) -> None:
    """Note that somebody took entries out of history, how many and which."""
    require(by, "journal.audit")
    record(events.JOURNAL_EXPORTED, by, by=by, count=count, asked=asked)


@verb
def note_verification(verdict: Verdict, *, by: User | None) -> None:
    """Write down how a check of the chain ended; a broken one is told to auditors and keepers.

    So is a clock that was turned back since the check before: order is that of the numbers, and times are in doubt.
    """
    if by is not None:
        require(by, "journal.audit")
    if verdict.good:
        record(events.JOURNAL_VERIFIED, organisation(), by=by, rows=verdict.rows)
    else:
        told = {"rows": verdict.rows, "bad": verdict.bad_id, "fault": verdict.fault}
        record(events.JOURNAL_BROKEN, organisation(), by=by, notify=_keepers(), **told)
    _note_clock(by)


def _note_clock(by: User | None) -> None:
    found = turned_back(last_number(events.JOURNAL_VERIFIED, events.JOURNAL_BROKEN))
    if found is not None:
        bad, last_at, next_at = found
        told = {"bad": bad, "last_at": last_at, "next_at": next_at}
        record(events.JOURNAL_TURNED_BACK, organisation(), by=by, notify=_keepers(), **told)


def _keepers() -> list[User]:
    return list(User.objects.active().filter(roles__overlap=["auditor", "security", "admin"])[:50])
