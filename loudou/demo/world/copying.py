"""Tables bare for rows by the million: their indexes are made afterwards, all at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, models


@contextmanager
def bare(tables: Sequence[type[models.Model]]) -> Iterator[None]:
    """Take the tables' indexes and foreign keys off for the length of the block; made anew, they are checked as a whole.

    What is unique stays, and so do the tables' triggers.
    """
    names = [table._meta.db_table for table in tables]
    with connection.cursor() as cursor:
        _check_now(cursor)
        cursor.execute(_FOREIGN_KEYS, [names])
        keys = cursor.fetchall()
        cursor.execute(_INDEXES, [names])
        indexes = cursor.fetchall()
        for table, name, _definition in keys:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            _check_now(cursor)
            for _name, definition in indexes:
                cursor.execute(definition)
            for table, name, definition in keys:
                cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
            if connection.in_atomic_block:
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _check_now(cursor: Any) -> None:
    """No table is altered while checks of the same transaction are pending."""
    if connection.in_atomic_block:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def set_sequences(tables: Sequence[type[models.Model]]) -> None:
    """Let the next key of every table follow the highest one there is."""
    with connection.cursor() as cursor:
        for table in tables:
            name, key = table._meta.db_table, table._meta.pk.column
            cursor.execute(
                f'SELECT setval(pg_get_serial_sequence(%s, %s), (SELECT coalesce(max("{key}"), 0) + 1 FROM "{name}"), false)',  # noqa: S608 - sentences of this file
                [name, key],
            )


_FOREIGN_KEYS = """
SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'f' AND conrelid = ANY(SELECT to_regclass(name) FROM unnest(%s::text[]) name)
"""
_INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE NOT indisunique AND indrelid = ANY(SELECT to_regclass(name) FROM unnest(%s::text[]) name)
"""
