"""The worker's part of field work: plans nobody carried out, positions kept long enough."""

from __future__ import annotations

from loudou.fieldwork import verbs
from loudou.journal.jobs import job
from loudou.people.present import of_today


@job(cron="15 0 * * *", alone=True)
@of_today
def expire_visits(timestamp: int = 0) -> int:
    """Close plans that nobody carried out by the day after theirs; returns how many."""
    return verbs.expire_visits(by=None)


@job(cron="25 3 * * *", alone=True)
def forget_positions(timestamp: int = 0) -> int:
    """Forget positions older than ninety days; returns how many."""
    return verbs.forget_positions(by=None)
