"""The worker: runs procrastinate's queue until it is told to stop."""

from __future__ import annotations

import asyncio
import threading

from django.conf import settings
from procrastinate.contrib.django import app

from loudou.launch import templates
from loudou.launch.schedule import by_local_time

_CONCURRENCY = 4
_GRACE_SECONDS = 10


def work() -> None:
    """Run jobs until SIGTERM or SIGINT; a job under way gets ten seconds, then runs again elsewhere. Done ones are forgotten."""
    compiling = templates.compiling(*dict(settings.LANGUAGES))
    if (
        compiling is not None
    ):  # nobody waits for the further languages, but their process is not left as a dead one
        threading.Thread(target=compiling.join, daemon=True).start()
    by_local_time(app)
    with app.replace_connector(app.connector.get_worker_connector()):  # type: ignore[attr-defined]
        asyncio.run(_run())


async def _run() -> None:
    async with app.open_async():
        await app.run_worker_async(
            concurrency=_CONCURRENCY, shutdown_graceful_timeout=_GRACE_SECONDS, delete_jobs="successful"
        )
