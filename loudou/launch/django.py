"""Getting Django and its database ready for a command."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from loudou import environment
from loudou.launch import postgres


@contextmanager
def ready(channel: str = "command") -> Iterator[None]:
    """Django set up, the database running for the length of the block, acts written as coming through `channel`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loudou.settings")
    with database():
        import django

        django.setup()
        from loudou.journal.channel import through

        with through(channel):
            yield


@contextmanager
def database() -> Iterator[None]:
    """The embedded database for the length of the block, unless `DATABASE_URL` names another."""
    env = environment.read()
    if env.database_url:
        yield
        return
    with postgres.use(env.data):
        yield
