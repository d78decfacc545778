"""What the kept sums have in common: one recount at a time, tried again when writers were in its way, and proof against what
they sum.
"""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable

from django.db import OperationalError, connection

_IN_THE_WAY = ("40P01", "55P03")  # a deadlock, and a lock that was not given in time (PostgreSQL, appendix A)
_TRIES = 5
log = logging.getLogger(__name__)


def tried_again(count: Callable[[], int]) -> Callable[[], int]:
    """Let what counts in a transaction of its own begin anew when people who wrote were in its way."""

    @functools.wraps(count)
    def again() -> int:
        for attempt in range(1, _TRIES):
            try:
                return count()
            except OperationalError as error:
                state = getattr(error.__cause__, "sqlstate", None)
                # Inside a transaction of somebody else's all of that is undone: only they can begin anew.
                if state not in _IN_THE_WAY or connection.in_atomic_block:
                    raise
                log.info("%s met %s and is tried again", count.__name__, state)
                time.sleep(0.1 * 2**attempt)
        return count()

    return again


def one_at_a_time(lock: int) -> None:
    """Wait until nobody else folds or recounts what this lock guards; it is let go with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock])


def rows_apart(one: str, other: str) -> int:
    """How many rows two queries do not have in common. They are sentences of this package, not of people."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM (({one} EXCEPT {other}) UNION ALL ({other} EXCEPT {one})) difference"  # noqa: S608 - sentences of this file
        )
        return int(cursor.fetchone()[0])
