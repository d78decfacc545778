"""Rows by the million: COPY into the tables of Django models, with their indexes made afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from operator import attrgetter
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models


def copy_rows(
    model: type[models.Model], rows: Iterable[models.Model], *, leave_out: tuple[str, ...] = ()
) -> int:
    """Write unsaved rows of `model` with COPY, every column as it stands on the row; returns how many.

    Keys are written too unless the key's column is in `leave_out`. Constraints and triggers hold as for any insert.
    """
    fields = [field for field in model._meta.concrete_fields if field.column not in leave_out]
    values = attrgetter(*(field.attname for field in fields))
    convert = {place: made for place, field in enumerate(fields) if (made := _converter(field))}
    columns = ", ".join(f'"{field.column}"' for field in fields)
    count = 0
    with (
        connection.cursor() as cursor,
        cursor.copy(f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN') as copy,
    ):
        for row in rows:
            line = list(values(row))
            for place, made in convert.items():
                line[place] = made(line[place])
            copy.write_row(line)
            count += 1
    return count


@contextmanager
def bare(tables: Sequence[type[models.Model]]) -> Iterator[None]:
    """Take the tables' indexes and foreign keys off for the length of the block; made anew, they are checked as a whole.

    What is unique stays, and so do the tables' triggers.
    """
    names = [table._meta.db_table for table in tables]
    with connection.cursor() as cursor:
        _settle(cursor)
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
            _settle(cursor)
            for _name, definition in indexes:
                cursor.execute(definition)
            for table, name, definition in keys:
                cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


def _settle(cursor: Any) -> None:
    """No table is altered while checks of the same transaction are pending."""
    if connection.in_atomic_block:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def set_sequences(tables: Sequence[type[models.Model]]) -> None:
    """Let the next key of every table follow the highest one there is."""
    with connection.cursor() as cursor:
        for table in tables:
            name, key = table._meta.db_table, table._meta.pk.column
            cursor.execute(
                f'SELECT setval(pg_get_serial_sequence(%s, %s), (SELECT coalesce(max("{key}"), 0) + 1 FROM "{name}"), false)',  # noqa: S608
                [name, key],
            )


def _converter(field: models.Field[Any, Any]) -> Callable[[Any], Any] | None:
    """What COPY's text needs that the driver does not do by itself."""
    if isinstance(field, models.JSONField):
        return lambda value: None if value is None else json.dumps(value, ensure_ascii=False)
    if isinstance(field, ArrayField):
        return list
    return None


_FOREIGN_KEYS = """
SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'f' AND conrelid = ANY(SELECT to_regclass(name) FROM unnest(%s::text[]) name)
"""
_INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE NOT indisunique AND indrelid = ANY(SELECT to_regclass(name) FROM unnest(%s::text[]) name)
"""
