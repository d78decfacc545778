"""Getting Django and its database ready for a command."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from loudou import environment
from loudou.kernel.refusals import Refused
from loudou.launch import postgres
from loudou.launch.words import told as _

_MISSING = ("42P01", "42703")  # PostgreSQL's words for a table and a column that are not there


@contextmanager
def ready(channel: str = "command") -> Iterator[None]:
    """Django set up, the database running for the length of the block, acts written as coming through `channel`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loudou.settings")
    with database():
        import django

        django.setup()
        from loudou.journal.channel import through

        with through(channel), _schema():
            yield


@contextmanager
def _schema() -> Iterator[None]:
    """Say in one sentence what a missing table means: the database is older than the program."""
    from django.db import ProgrammingError

    try:
        yield
    except ProgrammingError as problem:
        from loudou.launch.schema import unapplied

        missing = unapplied() if getattr(problem.__cause__, "sqlstate", "") in _MISSING else []
        if not missing:
            raise
        raise Refused(
            _("The database lacks {n} migrations: run loudou migrate.").format(n=len(missing))
        ) from None


@contextmanager
def database() -> Iterator[None]:
    """The embedded database for the length of the block, unless `DATABASE_URL` names another."""
    env = environment.read()
    if env.database_url:
        yield
        return
    with postgres.use(env.data):
        yield
