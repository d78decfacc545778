"""Imports that stand as under way and that nobody is at: when the next try comes, and their end when none does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from fcntl import LOCK_EX
from pathlib import Path

from django.utils import translation

from loudou.exchange.importing.running import folder
from loudou.exchange.models import Import
from loudou.exchange.verbs.importing import CHECK, UNDO, WRITE, give_up_import
from loudou.journal.jobs import attended
from loudou.kernel import clock
from loudou.kernel.refusals import Stale
from loudou.launch.locks import can_lock, locked

_ELSEWHERE = timedelta(
    days=1
)  # how long a command of another machine, whose lock is not seen here, is believed in


@dataclass(frozen=True)
class Pause:
    """A try that failed, and when the next one comes."""

    until: datetime


@contextmanager
def at_work(run: Import) -> Iterator[None]:
    """While the block lasts, a command is at this import; when it is killed, that is seen."""
    mark = _mark(run)
    with locked(mark, LOCK_EX):
        try:
            yield
        finally:
            mark.unlink(missing_ok=True)


def pause_of(run: Import) -> Pause | None:
    """Whether what was tried waits to be tried again: the disk was full, or the database away."""
    job = attended(CHECK, WRITE, UNDO).get(run.pk) if run.is_under_way else None
    if job is None or job.at_work or not job.failed or job.due_at is None or job.due_at <= clock.now():
        return None
    return Pause(job.due_at)


def end_unattended() -> int:
    """End the imports that nobody is at and nobody will be; returns how many."""
    ended = 0
    seen = list(Import.objects.under_way())
    jobs = attended(CHECK, WRITE, UNDO)
    for run in seen:
        job = jobs.get(run.pk)
        if (job is None and not _has_command(run)) or (
            job is not None and run.stop_asked and not job.at_work
        ):
            with translation.override(run.language or None):
                try:
                    give_up_import(run, by=None)
                except Stale:
                    continue  # it ended by itself just now
            ended += 1
    return ended


def _has_command(run: Import) -> bool:
    """Whether a command may be at it still."""
    if run.stored_as or run.state != Import.State.WRITING:
        return False
    mark = _mark(run)
    if mark.exists():
        return not can_lock(mark, LOCK_EX)
    return run.asked_at > clock.now() - _ELSEWHERE


def _mark(run: Import) -> Path:
    return folder() / f"{run.request_id.hex}.lock"
