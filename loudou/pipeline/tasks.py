"""The worker's part of the pipeline: waking deals, carrying migrations on, keeping the kept counts small and true."""

from __future__ import annotations

import logging

from loudou.journal.jobs import job
from loudou.people.present import of_today
from loudou.people.queries import organisation
from loudou.pipeline import kept, verbs
from loudou.pipeline.models import Deal, FunnelMigration, Move
from loudou.pipeline.models.deal import Outcome
from loudou.pipeline.models.history import MoveKind
from loudou.pipeline.verbs._stock import fold_stock, recount_stock, stock_faults
from loudou.pipeline.verbs._tally import fold_tallies, recount_tallies, tally_faults

AT_ONCE = 1_000
log = logging.getLogger(__name__)


@job(cron="*/15 * * * *", alone=True)
@of_today
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


@job()
def judge_deals() -> int:
    """Judge the deals there are by thresholds that were changed; returns how many are told otherwise."""
    jumped = Move.objects.filter(kind=MoveKind.AMOUNT).order_by().values_list("deal", flat=True)
    won = Deal.objects.filter(outcome=Outcome.WON).values_list("pk", flat=True)
    keys = sorted({*jumped.distinct(), *won})
    return sum(verbs.judge(keys[at : at + AT_ONCE], by=None) for at in range(0, len(keys), AT_ONCE))


@job(cron="3-59/5 * * * *", alone=True)
def fold_counts(timestamp: int = 0) -> int:
    """Fold what the database counted since the last time; returns how many rows fewer there are."""
    return fold_tallies() + fold_stock()


@job(cron="11 3 * * *", alone=True)
def forget_kept(timestamp: int = 0) -> int:
    """Drop kept sums that are old, and what all others have seen; returns how many disturbances went."""
    return kept.forget()


@job(cron="41 2 * * *", alone=True)
def prove_counts(timestamp: int = 0) -> int:
    """Hold the kept counts against the deals they count, every night; what is wrong is said loudly and counted anew."""
    faults = 0
    for name, count, recount in (
        ("tallies", tally_faults, recount_tallies),
        ("stock", stock_faults, recount_stock),
    ):
        if wrong := count():
            log.error("%s differ from the deals they count in %s places; they are counted anew", name, wrong)
            recount()
            faults += wrong
    return faults
