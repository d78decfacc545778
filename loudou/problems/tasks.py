"""The worker's part: the owners of rules are told when these are due for review."""

from __future__ import annotations

from loudou.journal.jobs import job
from loudou.people.present import of_today
from loudou.people.queries import organisation
from loudou.problems import verbs
from loudou.problems.queries.register import to_review


@job(cron="35 7 * * *", alone=True)
@of_today
def remind_of_reviews(timestamp: int = 0) -> int:
    """Tell whoever answers for a rule whose review is due, once a date; returns how many."""
    return verbs.remind_of_reviews(to_review(organisation().today), by=None)
