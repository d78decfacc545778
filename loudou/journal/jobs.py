"""Work for the worker: `@job` makes a function a job that runs at least once, on its own connection, as channel `job`.

Deferring a job inside a verb makes it part of the act: it exists only if the act commits.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import close_old_connections, transaction
from django.utils import translation
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.tasks import Task

from loudou.journal import channel

MOST_TRIES = 5  # that follow the first one
_RETRIES = RetryStrategy(max_attempts=MOST_TRIES, exponential_wait=5)


@dataclass(frozen=True)
class Attendance:
    """A job that will work for a record, or does so: whether it is at it now, how often it failed before, when it is due."""

    at_work: bool
    failed: int
    due_at: datetime | None


def job(
    *, cron: str = "", alone: bool = False, queue: str = "default"
) -> Callable[[Callable[..., Any]], Task[..., Any, Any]]:
    """Make a function a job.

    With `cron` it also runs on a schedule (five fields, or six with seconds last) by the installation's clock, and takes
    the `timestamp` of the run; the last run that was missed because nothing was on is made up for, up to eight days late.
    With `alone` a second one is not queued while one waits, and two never run at once. What failed is tried again, later
    and later, unless its schedule brings it again within the hour: the next one may be waiting already, and two of those
    that are `alone` cannot.
    """
    soon_again = bool(cron) and cron.split()[1] == "*"

    def make(function: Callable[..., Any]) -> Task[..., Any, Any]:
        name = f"{function.__module__}.{function.__qualname__}"

        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            close_old_connections()
            try:
                with channel.through("job"), translation.override(settings.LANGUAGE_CODE):
                    return function(*args, **kwargs)
            finally:
                close_old_connections()

        task: Task[..., Any, Any] = app.task(
            name=name,
            queue=queue,
            retry=False if soon_again else _RETRIES,
            queueing_lock=name if alone else None,
            lock=name if alone else None,
        )(run)
        if cron:
            app.periodic(cron=cron)(task)
        return task

    return make


def later(name: str, **arguments: Any) -> None:
    """Queue a job by its name (`loudou.desk.tasks.verify_journal`), for verbs, which stand below the tasks.

    Inside a verb it is part of the act. One that is `alone` and waits already is not queued again.
    """
    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        app.configure_task(name, allow_unknown=False).defer(**arguments)


def attended(*names: str) -> dict[int, Attendance]:
    """The records that jobs of these names wait or work for, by the `pk` they were queued with.

    What stands as being worked for and is not here is worked for no more: its job was given up, or killed with the
    machine's files, or never came back with a backup.
    """
    from procrastinate.contrib.django.models import ProcrastinateJob

    live = ProcrastinateJob.objects.filter(task_name__in=names, status__in=("todo", "doing")).order_by("id")
    return {job.args["pk"]: Attendance(job.status == "doing", job.attempts, job.scheduled_at) for job in live}
