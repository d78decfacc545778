"""Forgetting what nobody needs any more."""

from __future__ import annotations

from loudou.exchange.callers import prune
from loudou.exchange.exporting import making
from loudou.exchange.importing import receiving, unattended
from loudou.journal.jobs import job


@job(cron="*/10 * * * *", alone=True)
def clear_exports(timestamp: int = 0) -> int:
    """Delete export files a day after they were made; returns how many."""
    return making.clear()


@job(cron="* * * * *", alone=True)
def end_unattended(timestamp: int = 0) -> int:
    """End imports and exports that nobody works at any more, in a sentence; returns how many."""
    return unattended.end_unattended() + making.end_unattended()


@job(cron="41 3 * * *", alone=True)
def clear_imports(timestamp: int = 0) -> int:
    """Delete the files of imports that can no longer be taken back; returns how many."""
    return receiving.clear()


@job(cron="23 * * * *", alone=True)
def forget_replies(timestamp: int = 0) -> int:
    """Forget what idempotency keys were answered two days ago; returns how many rows went."""
    return prune()
