"""Sums of what is over, kept: what was known before an instant changes only by an import of history or a deletion.

Whoever has sums to keep looks first (`look`), reads, and hands over what was seen with them (`keep`). They are found
again as long as nothing that was committed since the look reaches back before their instant. Both are decided by snapshots of
the database, not by clocks, so that a transaction that was open meanwhile is not missed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from threading import Lock
from typing import Any, TypeVar

from django.db import connection

from loudou.kernel import memory

T = TypeVar("T")

KEEP_DAYS = 40  # what nobody has asked for so long is read anew when somebody does
LARGE = 256 * 1024  # characters
MOST_REMEMBERED = 6 * 1024 * 1024  # characters of sums that a process remembers, as they were read

_MEMORY: dict[str, tuple[str, int, Any]] = {}  # by key, the last remembered last: mark, size, what was read
_REMEMBERING = Lock()

_SERVER = """
(SELECT oid::text FROM pg_database WHERE datname = current_database()) || ' ' || pg_postmaster_start_time()::text
"""
# Disturbances that a snapshot has not seen. None older than its oldest open transaction can be one. Of a transaction's own it
# does not say whether they came before or after it: they count as unseen, so that whoever writes moves reads them anew.
_UNSEEN = """
d.xid >= pg_snapshot_xmin({seen}::pg_snapshot)::text::bigint AND (
    NOT pg_visible_in_snapshot(d.xid::text::xid8, {seen}::pg_snapshot)
    OR d.xid = pg_current_xact_id_if_assigned()::text::bigint
)
"""
# The mark is of this very row: whatever is kept anew has another one.
_FIND = f"""
SELECT k.sums, concat_ws(' ', k.server, k.made_at, k.xmin, k.ctid) AS mark
FROM pipeline_kept k WHERE k.key = %s AND k.server = {_SERVER} AND NOT EXISTS (
    SELECT 1 FROM pipeline_disturbance d WHERE d.known_at < k.until AND {_UNSEEN.format(seen="k.seen")}
)
"""  # noqa: S608 - sentences of this file
_LOOK = f"""
SELECT pg_current_snapshot()::text, k.mark, CASE WHEN k.mark IS DISTINCT FROM %s THEN k.sums END
FROM (SELECT) AS always LEFT JOIN ({_FIND}) k ON true
"""  # noqa: S608 - sentences of this file
# Sums hold until the server or the program starts anew: nobody waits until they are on the disk, unless others' rows go
# there with them.
_QUICKLY = """
SELECT set_config('synchronous_commit', CASE WHEN %(by_itself)s THEN 'off' ELSE current_setting('synchronous_commit') END,
    true)
"""
# Reading takes several statements: what had happened before the instant and was written between the first and the last
# of them may have been read in halves, even where it became known too late to count.
_KEEP = f"""
INSERT INTO pipeline_kept (key, until, sums, seen, server, made_at)
SELECT %(key)s, %(until)s, %(sums)s, %(seen)s, {_SERVER}, now() FROM ({_QUICKLY}) AS quickly WHERE NOT EXISTS (
    SELECT 1 FROM pipeline_disturbance d WHERE (d.at < %(until)s OR %(alone)s) AND {_UNSEEN.format(seen="%(seen)s")}
)
ON CONFLICT (key) DO UPDATE SET until = excluded.until, sums = excluded.sums, seen = excluded.seen,
    server = excluded.server, made_at = excluded.made_at
"""  # noqa: S608 - sentences of this file
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
"""  # noqa: S608 - sentences of this file


def key_of(*said: Any) -> str:
    """All that is asked, as one name to keep it under."""
    return sha256(repr(said).encode()).hexdigest()


def look(key: str) -> tuple[Any | None, str]:
    """The sums kept under a key, if they still hold, and the snapshot to read others by: before the first statement that does."""
    seen, _mark, plain = _looked(key)
    return _read(plain), seen


def look_with(key: str, reading: Callable[[Any], T]) -> tuple[T | None, str]:
    """The same as `reading` makes it of the sums; of large ones that is remembered by this process until they are kept
    anew, and nobody may change it.

    Whether they still hold is asked of the database each time; they are sent by it once.
    """
    known = _MEMORY.get(key)
    seen, mark, plain = _looked(key, known[0] if known is not None else None)
    if mark is None:
        return None, seen
    if known is not None and known[0] == mark:
        return known[2], seen
    told = reading(_read(plain))
    size = len(plain) if isinstance(plain, str) else 0
    if size > LARGE:
        _remember(key, mark, size, told)
        _let_go()
        del plain
        memory.give_back()
    return told, seen


def _looked(key: str, mark: str | None = None) -> tuple[str, str | None, Any]:
    """The snapshot, the mark of the sums if there are any, and they themselves unless that is the mark one knows."""
    with connection.cursor() as cursor:
        cursor.execute(_LOOK, [mark, key])
        seen, found, plain = cursor.fetchone()
    return str(seen), found, plain


def _read(plain: Any) -> Any:
    return json.loads(plain) if isinstance(plain, str) else plain


def _remember(key: str, mark: str, size: int, told: Any) -> None:
    """Remember it, and forget those that were remembered longest ago where all together are too large."""
    with _REMEMBERING:
        _MEMORY.pop(key, None)
        _MEMORY[key] = mark, size, told
        while len(_MEMORY) > 1 and sum(size for _mark, size, _told in _MEMORY.values()) > MOST_REMEMBERED:
            del _MEMORY[next(iter(_MEMORY))]


def _let_go() -> None:
    """A connection keeps the memory of the longest that it ever sent or was sent, in every thread of every process."""
    if not connection.in_atomic_block:
        connection.close()


def keep(key: str, until: datetime, sums: Any, seen: str, *, alone: bool = False) -> None:
    """Keep sums of what was known before an instant; not if something was written meanwhile that reaches back so far.

    With `alone` not if anything was written meanwhile: where the present was read.
    """
    plain = json.dumps(sums)
    asked: dict[str, Any] = {"key": key, "until": until, "sums": plain, "seen": seen, "alone": alone}
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, {**asked, "by_itself": not connection.in_atomic_block})
    if len(plain) > LARGE:
        _let_go()
    memory.give_back()  # whoever keeps sums has just read all that they are of


def remembered(
    key: str, until: datetime, read: Callable[[], Any], enough: Callable[[Any], bool] | None = None
) -> Any:
    """The sums kept under a key, as JSON gives them; else what reading tells, kept for whoever asks next.

    With `enough` only where there is enough of it to be worth keeping.
    """
    found, seen = look(key)
    if found is None:
        found = read()
        if enough is None or enough(found):
            keep(key, until, found, seen)
    return found


def drop() -> None:
    """Drop all sums: a former program may have kept them, which read facts or wrote sums otherwise."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM pipeline_kept")


def forget() -> int:
    """Drop sums that are old and disturbances that all others have seen; returns how many of these."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET)
        return int(cursor.rowcount)
