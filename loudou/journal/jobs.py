"""Work for the worker: `@job` makes a function a job that runs at least once, on its own connection, as channel `job`.

Deferring a job inside a verb makes it part of the act: it exists only if the act commits.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import close_old_connections
from django.utils import translation
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.tasks import Task

from loudou.journal import channel

_RETRIES = RetryStrategy(max_attempts=5, exponential_wait=5)


def job(
    *, cron: str = "", alone: bool = False, queue: str = "default"
) -> Callable[[Callable[..., Any]], Task[..., Any, Any]]:
    """Make a function a job.

    With `cron` it also runs on a schedule (five fields, or six with seconds last), and takes the `timestamp` of the
    run. With `alone` a second one is not queued while one waits, and two never run at once.
    """

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
            retry=_RETRIES,
            queueing_lock=name if alone else None,
            lock=name if alone else None,
        )(run)
        if cron:
            app.periodic(cron=cron)(task)
        return task

    return make


def later(name: str, **arguments: Any) -> None:
    """Queue a job by its name (`loudou.desk.tasks.verify_journal`), for verbs, which stand below the tasks.

    Inside a verb it is part of the act.
    """
    app.configure_task(name, allow_unknown=False).defer(**arguments)
