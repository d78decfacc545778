"""Sums of what is over, kept: what was known before an instant changes only by an import of history or a deletion.

Whoever has sums to keep looks first (`sight`), reads, and hands both over (`keep`). They are found again (`kept`) as
long as nothing that was committed since the look reaches back before their instant. Both are decided by snapshots of
the database, not by clocks, so that a transaction that was open meanwhile is not missed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection

KEEP_DAYS = 40  # what nobody has asked for so long is read anew when somebody does

_SERVER = """
(SELECT oid::text FROM pg_database WHERE datname = current_database()) || ' ' || pg_postmaster_start_time()::text
"""
# Disturbances that a snapshot has not seen. None older than its oldest open transaction can be one.
_UNSEEN = """
d.xid >= pg_snapshot_xmin({seen}::pg_snapshot)::text::bigint
AND NOT pg_visible_in_snapshot(d.xid::text::xid8, {seen}::pg_snapshot)
"""
_FIND = f"""
SELECT k.sums FROM pipeline_kept k WHERE k.key = %s AND k.server = {_SERVER} AND NOT EXISTS (
    SELECT 1 FROM pipeline_disturbance d WHERE d.known_at < k.until AND {_UNSEEN.format(seen="k.seen")}
)
"""  # noqa: S608
# Reading takes several statements: what had happened before the instant and was written between the first and the last
# of them may have been read in halves, even where it became known too late to count.
_KEEP = f"""
INSERT INTO pipeline_kept (key, until, sums, seen, server, made_at)
SELECT %(key)s, %(until)s, %(sums)s, %(seen)s, {_SERVER}, now() WHERE NOT EXISTS (
    SELECT 1 FROM pipeline_disturbance d WHERE d.at < %(until)s AND {_UNSEEN.format(seen="%(seen)s")}
)
ON CONFLICT (key) DO UPDATE SET until = excluded.until, sums = excluded.sums, seen = excluded.seen,
    server = excluded.server, made_at = excluded.made_at
"""  # noqa: S608
# A disturbance is wanted for as long as there are sums kept, or being read, that have not seen it.
_FORGET = f"""
WITH old AS (
    DELETE FROM pipeline_kept WHERE made_at < now() - interval '{KEEP_DAYS} days' OR server <> {_SERVER}
), oldest AS (
    SELECT coalesce(min(pg_snapshot_xmin(seen::pg_snapshot)::text::bigint),
                    pg_snapshot_xmin(pg_current_snapshot())::text::bigint) AS xid
    FROM pipeline_kept WHERE made_at >= now() - interval '{KEEP_DAYS} days' AND server = {_SERVER}
)
DELETE FROM pipeline_disturbance d USING oldest WHERE d.xid < oldest.xid AND d.written_at < now() - interval '1 day'
"""  # noqa: S608


def sight() -> str:
    """The snapshot to read sums by: taken before the first statement that reads them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_snapshot()::text")
        return str(cursor.fetchone()[0])


def kept(key: str) -> Any | None:
    """The sums kept under a key, if they still hold."""
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [key])
        row = cursor.fetchone()
    if row is None:
        return None
    return json.loads(row[0]) if isinstance(row[0], str) else row[0]


def keep(key: str, until: datetime, sums: Any, seen: str) -> None:
    """Keep sums of what was known before an instant; not if something was written meanwhile that reaches back so far."""
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, {"key": key, "until": until, "sums": json.dumps(sums), "seen": seen})


def remembered(key: str, until: datetime, read: Callable[[], Any]) -> Any:
    """The sums kept under a key, as JSON gives them; else what reading tells, which is kept for whoever asks next."""
    found = kept(key)
    if found is None:
        seen = sight()
        found = read()
        keep(key, until, found, seen)
    return found


def forget() -> int:
    """Drop sums that are old and disturbances that all others have seen; returns how many of these."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET)
        return int(cursor.rowcount)
