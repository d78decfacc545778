"""The worker's part of people: what was planned for a day happens on it."""

from __future__ import annotations

from loudou.journal.jobs import job
from loudou.people import verbs
from loudou.people.present import of_today


@job(cron="*/15 * * * *", alone=True)
@of_today
def settle(timestamp: int = 0) -> int:
    """Let planned moves of units and people take effect; returns how many did."""
    return len(verbs.settle(by=None))
