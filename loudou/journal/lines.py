"""Writing the few rows of a single act: in statements put together once a process, which the server keeps planned.

Rows go as one text of JSON, so that a statement's words depend neither on how many there are nor on what is empty in
them. Constraints and triggers hold as for any other writing. Thousands of rows go by `journal.bulk`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection, models

Line = Sequence[Any]
_AS_READ = "_as_read"
_AT_ONCE = 2000
_ENCODER = json.JSONEncoder(ensure_ascii=False, default=str)


def put_lines(model: type[models.Model], columns: tuple[str, ...], lines: Sequence[Line]) -> list[int]:
    """Insert rows given as their columns' values; returns their keys in the same order."""
    keys: list[int] = []
    for first in range(0, len(lines), _AT_ONCE):
        rows = [dict(zip(columns, line, strict=True)) for line in lines[first : first + _AT_ONCE]]
        with connection.planned_cursor() as cursor:  # type: ignore[attr-defined] # of our own backend
            cursor.execute(_insertion(model, columns), [_text(rows)])
            keys += (key for (key,) in cursor.fetchall())
    return keys


class Part(NamedTuple):
    """What one table holds of a row it belongs to: lines as their columns' values, told apart within it by the column `key`."""

    model: type[models.Model]
    columns: tuple[str, ...]
    key: str
    lines: Sequence[Line]


def put_whole(of: str, keys: list[int], parts: Sequence[Part]) -> None:
    """Make these lines all that several tables hold where their column `of` is one of `keys`, in one statement.

    Only what differs is written, most of a past stays; rows that are none of the lines go. Of a row that the act
    itself made none can be there: its key need not be among them.
    """
    shape = tuple((part.model, part.columns, part.key) for part in parts)
    told: list[Any] = []
    for part in parts:
        told.append(_text([dict(zip(part.columns, line, strict=True)) for line in part.lines]))
        told += [keys] if keys else []
    with connection.planned_cursor() as cursor:  # type: ignore[attr-defined] # of our own backend
        cursor.execute(_whole(of, shape, bool(keys)), told)


def put(row: models.Model) -> None:
    """Insert a new row as it stands; it learns its key where it does not bring one."""
    fields = [field for field in row._meta.concrete_fields if row.pk is not None or not field.primary_key]
    columns = tuple(str(field.column) for field in fields)
    (row.pk,) = put_lines(type(row), columns, [[row.__dict__[field.attname] for field in fields]])
    row._state.adding, row._state.db = False, connection.alias


def note_read(row: models.Model) -> None:
    """Remember how a locked row was read, for `write_back`."""
    names = (field.attname for field in row._meta.concrete_fields)
    row.__dict__[_AS_READ] = {name: row.__dict__[name] for name in names if name in row.__dict__}


def write_back(row: models.Model) -> None:
    """Save what changed of a row since it was locked; one that was not locked is saved whole, a new one under its key."""
    if row._state.adding:
        put(row)
        return
    former: dict[str, Any] | None = row.__dict__.get(_AS_READ)
    if former is None:
        row.save()
        return
    fields = [field for field in row._meta.concrete_fields if _differs(field.attname, former, row.__dict__)]
    if not fields:
        return
    model, columns = type(row), tuple(str(field.column) for field in fields)
    line = {column: row.__dict__[field.attname] for column, field in zip(columns, fields, strict=True)}
    with connection.planned_cursor() as cursor:  # type: ignore[attr-defined] # of our own backend
        cursor.execute(_change(model, columns), [_text(line), row.pk])
    note_read(row)


def _differs(name: str, former: dict[str, Any], now: dict[str, Any]) -> bool:
    """Lists and dictionaries may have changed inside, where nobody can see it."""
    if name not in now:
        return False  # a column that was left out when it was read
    value = now[name]
    return isinstance(value, dict | list) or name not in former or former[name] != value


def _text(value: Any) -> str:
    """Decimals, instants and keys as PostgreSQL reads them from text."""
    return _ENCODER.encode(value)


@lru_cache(maxsize=64)
def _insertion(model: type[models.Model], columns: tuple[str, ...]) -> str:
    table, key = model._meta.db_table, model._meta.pk.column
    named = _listed(columns)
    return (
        f'INSERT INTO "{table}" ({named}) '  # noqa: S608 - names are the model's own
        f'SELECT {named} FROM json_populate_recordset(NULL::"{table}", %s::json) RETURNING "{key}"'
    )


@lru_cache(maxsize=64)
def _whole(of: str, shape: tuple[tuple[type[models.Model], tuple[str, ...], str], ...], old: bool) -> str:
    steps = [
        step
        for place, (model, columns, key) in enumerate(shape)
        for step in _steps(f'"{model._meta.db_table}"', columns, of, key, str(place))[: 3 if old else 2]
    ]
    return f"WITH {', '.join(steps)} SELECT"


def _steps(table: str, columns: tuple[str, ...], of: str, key: str, place: str) -> tuple[str, str, str]:
    """What is said of one table, how it is put there, and how the rest goes; all names are the model's own."""
    named, others = _listed(columns), [column for column in columns if column not in (of, key)]
    stored, wanted = (", ".join(f'{side}."{column}"' for column in others) for side in ("stored", "EXCLUDED"))
    said = f"SELECT {named} FROM json_populate_recordset(NULL::{table}, %s::json)"  # noqa: S608
    put = (
        f"INSERT INTO {table} AS stored ({named}) SELECT {named} FROM said{place} "  # noqa: S608
        f'ON CONFLICT ("{of}", "{key}") DO UPDATE SET ({_listed(others)}) = ROW({wanted}) '
        f"WHERE ({stored}) IS DISTINCT FROM ({wanted})"
    )
    gone = (
        f'DELETE FROM {table} AS stored WHERE stored."{of}" = ANY(%s) '  # noqa: S608
        f"AND NOT EXISTS (SELECT FROM said{place} AS said "
        f'WHERE said."{of}" = stored."{of}" AND said."{key}" = stored."{key}")'
    )
    return f"said{place} AS ({said})", f"put{place} AS ({put})", f"gone{place} AS ({gone})"


@lru_cache(maxsize=256)
def _change(model: type[models.Model], columns: tuple[str, ...]) -> str:
    table, key = model._meta.db_table, model._meta.pk.column
    sets = ", ".join(f'"{column}" = fresh."{column}"' for column in columns)
    return (
        f'UPDATE "{table}" AS stored SET {sets} '  # noqa: S608 - names are the model's own
        f'FROM json_populate_record(NULL::"{table}", %s::json) AS fresh WHERE stored."{key}" = %s'
    )


def _listed(columns: Iterable[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
