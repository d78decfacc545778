"""What a database held at one instant: rows and a checksum of every table, the journal's head, the schema's age."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

# Whose rows are not for keeping: a copy of them would open somebody's session.
LEFT_OUT = ("people_session",)


@dataclass(frozen=True)
class Table:
    """Rows of a table, and a sum over their contents that does not depend on their order."""

    rows: int
    total: str


@contextmanager
def frozen() -> Iterator[str]:
    """Hold the database as it is now, for this connection and for whom the snapshot's name is handed to."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SELECT pg_export_snapshot()")
        yield str(cursor.fetchone()[0])


def tables() -> dict[str, Table]:
    """Every table of the program's schema, by name."""
    with transaction.atomic(), connection.cursor() as cursor:
        # How values are written out decides the sum, wherever it is taken.
        for setting in (
            "TimeZone 'UTC'",
            "DateStyle 'ISO, YMD'",
            "IntervalStyle 'postgres'",
            "bytea_output 'hex'",
        ):
            cursor.execute("SET LOCAL {} = {}".format(*setting.split(" ", 1)))
        cursor.execute("SET LOCAL extra_float_digits = 1; SET LOCAL statement_timeout = 0")
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace "
            "AND relname <> ALL(%s) ORDER BY relname",
            [list(LEFT_OUT)],
        )
        return {name: _counted(cursor, name) for (name,) in cursor.fetchall()}


def migrations() -> list[tuple[str, str]]:
    """The migrations that made the schema what it is."""
    return sorted(MigrationRecorder(connection).applied_migrations())


def server_version() -> int:
    """The server's major version."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0]) // 10_000


def last_entry() -> int:
    """The journal's newest number; 0 when it is empty."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM journal_entry")
        return int(cursor.fetchone()[0])


def _counted(cursor: Any, name: str) -> Table:
    # Sixty bits of each row's MD5: the sum tells a changed, lost or doubled row, whatever the order they come in.
    quoted = connection.ops.quote_name(name)
    cursor.execute(
        f"SELECT count(*), coalesce(sum(('x' || left(md5(t::text), 15))::bit(60)::bigint), 0) FROM {quoted} t"  # noqa: S608
    )
    rows, total = cursor.fetchone()
    return Table(int(rows), str(total))
