"""Writing many rows at once, inside a verb: keys reserved beforehand, COPY in, changed columns back in one statement."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from operator import attrgetter
from typing import Any, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models.base import ModelState

M = TypeVar("M", bound=models.Model)


def reserve_keys(model: type[models.Model], count: int) -> list[int]:
    """The next `count` primary keys of a model, for rows that refer to each other before they are written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [row[0] for row in cursor.fetchall()]


def mould(model: type[M], **always: Any) -> Callable[..., M]:
    """What makes unsaved rows of a model by the thousand, each a copy of one made as usual, with columns of its own.

    Columns go by the names they are kept under (`owner_id`); nothing is looked at twice, so it takes a fifth of the time.
    """
    common = {name: value for name, value in vars(model(**always)).items() if name != "_state"}
    apart = [name for name, value in common.items() if isinstance(value, dict | list)]

    def make(**columns: Any) -> M:
        row = model.__new__(model)
        own = {name: copy(common[name]) for name in apart}
        vars(row).update(common, _state=ModelState(), **own | columns)
        return row

    return make


def copy_in(model: type[models.Model], rows: Iterable[models.Model], *, with_keys: bool = False) -> int:
    """Insert unsaved rows with COPY, every column as it stands on the row; returns how many.

    Constraints and triggers hold as for any insert. The rows do not learn their keys unless they bring them.
    """
    fields = [field for field in model._meta.concrete_fields if with_keys or not field.primary_key]
    values = attrgetter(*(field.attname for field in fields))
    made = [(place, convert) for place, field in enumerate(fields) if (convert := _converter(field))]

    def lines() -> Iterator[Sequence[Any]]:
        for row in rows:
            line = list(values(row))
            for place, convert in made:
                line[place] = convert(line[place])
            yield line

    return copy_lines(model, [str(field.column) for field in fields], lines())


def copy_lines(model: type[models.Model], columns: Sequence[str], lines: Iterable[Sequence[Any]]) -> int:
    """Insert rows given as their columns' values; JSON comes as text. Returns how many.

    Nothing may be asked of the database while the lines are made: the connection is busy until the last of them.
    What the database refuses is raised as it is of any other statement: the driver says it at the end of the block, where
    Django does not listen by itself.
    """
    named = ", ".join(f'"{column}"' for column in columns)
    count = 0
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(f'COPY "{model._meta.db_table}" ({named}) FROM STDIN') as copy,
    ):
        for line in lines:
            copy.write_row(line)
            count += 1
    return count


def update_rows(model: type[models.Model], rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """Write the named fields of rows that are there already, in one statement."""
    if not rows:
        return
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    key: Any = model._meta.pk
    arrays = [[row.pk for row in rows]]
    for field in fields:
        convert = _converter(field) or _as_is
        arrays.append([convert(getattr(row, field.attname)) for row in rows])
    types = [_array_type(field) for field in (key, *fields)]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    sets = ", ".join(f'"{field.column}" = fresh."{field.column}"' for field in fields)
    given = ", ".join(f"%s::{kind}[]" for kind in types)
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{model._meta.db_table}" AS t SET {sets} '  # noqa: S608 - names are the model's own
            f'FROM unnest({given}) AS fresh("{key.column}", {columns}) WHERE t."{key.column}" = fresh."{key.column}"',
            arrays,
        )


def _array_type(field: Any) -> str:
    if isinstance(field, ArrayField):
        raise TypeError(f"{field.name}: a list of lists has one length in PostgreSQL; write it row by row")
    found: str = (field.target_field if field.is_relation else field).db_type(connection)
    return {"bigserial": "bigint", "serial": "integer"}.get(found, found.split(" GENERATED")[0])


def _as_is(value: Any) -> Any:
    return value


def _converter(field: models.Field[Any, Any]) -> Callable[[Any], Any] | None:
    """What COPY's text needs that the driver does not do by itself."""
    if isinstance(field, models.JSONField):
        return lambda value: None if value is None else json.dumps(value, ensure_ascii=False)
    if isinstance(field, ArrayField):
        return list
    return None
