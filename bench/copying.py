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
def without_indexes(tables: Sequence[type[models.Model]]) -> Iterator[None]:
    """Drop the tables' indexes (those of constraints stay) for the length of the block and make them anew after it."""
    names = [table._meta.db_table for table in tables]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i "
            "WHERE i.indrelid = ANY(SELECT to_regclass(name) FROM unnest(%s::text[]) name) AND NOT i.indisunique",
            [names],
        )
        found = cursor.fetchall()
        for name, _definition in found:
            cursor.execute(f"DROP INDEX {name}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for _name, definition in found:
                cursor.execute(definition)


def set_sequences(tables: Sequence[type[models.Model]]) -> None:
    """Let the next key of every table follow the highest one there is."""
    with connection.cursor() as cursor:
        for table in tables:
            name, key = table._meta.db_table, table._meta.pk.column
            cursor.execute(
                f'SELECT setval(pg_get_serial_sequence(%s, %s), (SELECT coalesce(max("{key}"), 0) + 1 FROM "{name}"), false)',
                [name, key],
            )


def trusting() -> None:
    """Let this transaction skip the look-up of every foreign key (a superuser's privilege; others go the long way)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if cursor.fetchone()[0]:
            cursor.execute("SET LOCAL session_replication_role = replica")


def checking() -> None:
    """Look foreign keys up again, and let triggers do their work."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = origin")


def _converter(field: models.Field[Any, Any]) -> Callable[[Any], Any] | None:
    """What COPY's text needs that the driver does not do by itself."""
    if isinstance(field, models.JSONField):
        return lambda value: None if value is None else json.dumps(value, ensure_ascii=False)
    if isinstance(field, ArrayField):
        return list
    return None
