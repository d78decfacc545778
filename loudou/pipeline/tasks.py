"""The worker's part of the pipeline: waking deals that rest, carrying on migrations that were begun."""

from __future__ import annotations

from loudou.journal.jobs import job
from loudou.people.queries import organisation
from loudou.pipeline import verbs
from loudou.pipeline.models import Deal, FunnelMigration
from loudou.pipeline.models.deal import Outcome


@job(cron="*/15 * * * *", alone=True)
def wake(timestamp: int = 0) -> int:
    """Take up again every deal whose day has come; its owner hears of it. Returns how many woke.

    It looks every quarter of an hour, for the day begins when it begins where the organisation is.
    """
    due = Deal.objects.filter(outcome=Outcome.ON_HOLD, wake_on__lte=organisation().today)
    deals = list(due.order_by("wake_on", "pk"))
    for deal in deals:
        verbs.resume(deal, by=None)
    return len(deals)


@job(cron="* * * * * */5", alone=True)
def carry_on_migrations(timestamp: int = 0) -> int:
    """Move deals to the version they were sent to, some at a time, until none is left. Returns how many were moved."""
    moved = 0
    for migration in FunnelMigration.objects.filter(ended_at=None).order_by("pk"):
        row = migration
        while row.ended_at is None:
            before = row.done
            row = verbs.carry_on(row, by=None)
            moved += row.done - before
    return moved
