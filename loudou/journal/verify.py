"""Proving that history was not touched: recompute every digest and hash, and hold them against outside anchors."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection

from loudou.kernel import clock
from loudou.launch import paths

_STEP = 50_000
_ANCHOR = re.compile(r"[1-9]\d{0,17} [0-9a-f]{64} \S+", re.ASCII)


@dataclass(frozen=True)
class Verdict:
    """How a check of the journal ended: rows looked at, and the first bad one with what is wrong, if any."""

    rows: int
    bad_id: int | None = None
    fault: str = ""

    @property
    def good(self) -> bool:
        """Whether nothing was found."""
        return self.bad_id is None


def verify() -> Verdict:
    """Walk the chain from its start and return the first row that does not fit, if any.

    Faults: `content` (a row was changed), `chain` (a row was inserted, swapped or rehashed), `gap` (rows are
    missing), `anchor` (history ends before, or differs from, what an anchor file outside the database remembers).
    """
    rows, after, previous = 0, 0, b""
    with connection.cursor() as cursor:
        while True:
            cursor.execute(_WALK, {"after": after, "previous": previous, "step": _STEP})
            count, bad, fault, last, last_hash = cursor.fetchone()
            if bad is not None:
                return Verdict(rows + count, bad, fault)
            if not count:
                break
            rows, after, previous = rows + count, last, bytes(last_hash)
        return _against_anchors(cursor, rows)


def prove() -> Verdict:
    """`verify`, remembering outside the database what was good: what is cut off after that is missed."""
    found = verify()
    if found.good:
        anchor()
    return found


def anchor() -> str:
    """Remember the newest entry's number and hash in a file outside the database; return the line written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, encode(hash, 'hex') FROM journal_entry ORDER BY id DESC LIMIT 1")
        row = cursor.fetchone()
    if row is None:
        return ""
    line = f"{row[0]} {row[1]} {clock.now().isoformat()}"
    file = _anchor_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+b") as out:
        out.seek(0)
        out.truncate(out.read().rfind(b"\n") + 1)  # what a full disk left of a line is none
        out.write(line.encode("ascii") + b"\n")
        out.flush()
        os.fsync(out.fileno())
    file.chmod(0o600)
    return line


def anchored(file: Path) -> list[tuple[int, str]]:
    """The lines of an anchor file, each with the number of the entry it remembers; 0 where it is none any more.

    A last line that was not written to its end is left out: that was a full disk, and it remembers nothing.
    """
    lines = file.read_text("ascii", errors="replace").split("\n")[:-1]
    return [(int(line.split()[0]) if _ANCHOR.fullmatch(line) else 0, line) for line in lines]


def _against_anchors(cursor: object, rows: int) -> Verdict:
    try:
        lines = anchored(_anchor_file())
    except FileNotFoundError:
        return Verdict(rows)
    vouched = 0
    for number, line in lines:
        cursor.execute("SELECT encode(hash, 'hex') FROM journal_entry WHERE id = %s", [number])  # type: ignore[attr-defined]
        found = cursor.fetchone()  # type: ignore[attr-defined]
        if found is None or found[0] != line.split()[1]:
            return Verdict(rows, number or vouched + 1, "anchor")
        vouched = number
    return Verdict(rows)


def _anchor_file() -> Path:
    return paths.anchor_file(settings.ENVIRONMENT.data)


_WALK = """
WITH page AS (
    SELECT id, digest, hash, journal_digest(e) AS true_digest
    FROM journal_entry e WHERE id > %(after)s ORDER BY id LIMIT %(step)s
), checked AS (
    SELECT id, hash,
           CASE WHEN id <> coalesce(lag(id) OVER w, %(after)s) + 1 THEN 'gap'
                WHEN digest <> true_digest THEN 'content'
                WHEN hash <> journal_link(coalesce(lag(hash) OVER w, %(previous)s::bytea), id, digest) THEN 'chain'
           END AS fault
    FROM page WINDOW w AS (ORDER BY id)
)
SELECT count(*),
       (SELECT id FROM checked WHERE fault IS NOT NULL ORDER BY id LIMIT 1),
       (SELECT fault FROM checked WHERE fault IS NOT NULL ORDER BY id LIMIT 1),
       max(id),
       (SELECT hash FROM checked ORDER BY id DESC LIMIT 1)
FROM checked
"""
