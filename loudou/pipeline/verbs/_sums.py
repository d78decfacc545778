"""What the kept sums have in common: one recount at a time, and proof against what they sum."""

from __future__ import annotations

from django.db import connection


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
