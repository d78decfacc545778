"""The worker's part of signing: reminding before a request is due, bringing in the next superior after."""

from __future__ import annotations

from datetime import timedelta

from loudou.journal.jobs import job
from loudou.kernel import clock
from loudou.people.present import of_today
from loudou.signoff import verbs
from loudou.signoff.queries import due_before, late_at

REMIND_BEFORE = timedelta(hours=4)


@job(cron="*/10 * * * *", alone=True)
@of_today
def remind(timestamp: int = 0) -> int:
    """Remind signers of what is due within four hours; returns of how many requests."""
    return verbs.remind(due_before(clock.now() + REMIND_BEFORE), by=None)


@job(cron="*/10 * * * *", alone=True)
@of_today
def escalate(timestamp: int = 0) -> int:
    """Let late requests wait for the next superior as well; returns how many."""
    return verbs.escalate(late_at(clock.now()), by=None)
