"""Queries that every page asks in the same words: put into SQL once a process, asked with other values each time.

Django makes the SQL of a query anew whenever it is asked, which costs more than the database takes for the answer, and
finds out anew which columns belong to what. Here both are found out once, and the server keeps the statement's plan.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import Any, Generic, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models.base import ModelState
from django.db.models.expressions import Func
from django.db.models.query import ModelIterable
from psycopg.sql import Literal
from psycopg.types.numeric import Int8

from loudou.kernel.keys import Keys

M = TypeVar("M", bound=models.Model)


class Prepared(Generic[M]):
    """The rows of `build(*samples)`, asked with other values in the samples' places.

    Samples must be values that occur nowhere else in the query. A query that is planned `unseen` keeps one plan, which
    must be good for any values: the server is not shown them before it has made it. Of others it compares plans, and
    where one for the values at hand promises more it makes one each time, though to make it takes longer than to ask.
    """

    def __init__(
        self, build: Callable[..., models.QuerySet[M, Any]], *samples: Any, unseen: bool = False
    ) -> None:
        self._build = build
        self._samples = samples
        self._unseen = unseen

    @cached_property
    def _known(self) -> _Known:
        return _known(self._build(*self._samples), self._samples, unseen=self._unseen)

    def rows(self, *values: Any) -> list[M]:
        """The rows for these values, one for each sample."""
        part = self._known.part
        assert part is not None, "a query for values has no rows"
        return [self._known.row(part, found) for found in self._known.ask(values)]

    def tuples(self, *values: Any) -> list[tuple[Any, ...]]:
        """The same of a query for values (`values_list`)."""
        return self._known.ask(values)

    def first(self, *values: Any) -> M | None:
        """The first row for these values."""
        return next(iter(self.rows(*values)), None)


class Shapes(Generic[M]):
    """Queries that are asked in a few different ways: `build(shape, *samples)` put into SQL once for each."""

    def __init__(
        self, build: Callable[..., models.QuerySet[M, Any]], *samples: Any, unseen: bool = False
    ) -> None:
        self._of = lru_cache(maxsize=256)(
            lambda shape: Prepared(partial(build, shape), *samples, unseen=unseen)
        )

    def of(self, shape: Hashable) -> Prepared[M]:
        """The query in this way."""
        return self._of(shape)


def together(asked: Iterable[tuple[Prepared[Any], Sequence[Any]]]) -> list[tuple[Any, ...]]:
    """The rows of several queries for values, each with its own, in one statement; numbers and words alone, which no field
    converts.

    It is planned with its values, as whatever adds up many rows: a plan for any values may be far worse.
    """
    known = [(query._known, values) for query, values in asked]
    if not known:
        return []
    params = [values[place] for one, values in known for place in one.places]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"({one.sql})" for one, _values in known), params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def read(rows: models.QuerySet[M, Any]) -> list[M]:
    """The rows of a query whose words differ each time, made as prepared ones are: of hundreds that is most of the time."""
    compiler = rows.query.get_compiler(connection=connection)
    answer = compiler.results_iter(compiler.execute_sql())
    assert not compiler.annotation_col_map, "what is computed beside the columns would be lost"
    part = _part(compiler.klass_info, [column[0] for column in compiler.select])
    found = [part.row(row) for row in answer]
    models.prefetch_related_objects(found, *rows._prefetch_related_lookups)  # type: ignore[attr-defined] # Django's own
    return found


ANY = -987_654_321  # a sample for a key
MANY = [ANY]  # a sample for keys


class _Keys(ArrayField):  # type: ignore[type-arg]
    """Keys that are sent as they are: hundreds of them need not be looked at one by one."""

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return value


_KEYS = _Keys(models.BigIntegerField())


def among(keys: list[int] | ArraySubquery | Func, field: str = "pk") -> Func:
    """The condition that a row's key, or another field of keys, is one of these: in the same words however many.

    Keys that the statement itself finds are found first, and then the rows by them.
    """
    asked: Any = keys
    if isinstance(keys, list):
        asked = models.Value(keys, output_field=_KEYS)
    return Func(
        models.F(field),
        asked,
        template="(%(expressions)s))",
        arg_joiner=" = ANY(",
        output_field=models.BooleanField(),
    )


def overlap(lists: models.expressions.Combinable, keys: list[int]) -> Func:
    """The condition that a list of numbers which a row has shares one with these."""
    return Func(
        lists,
        models.Value(keys, output_field=_KEYS),
        template="(%(expressions)s)",
        arg_joiner=" && ",
        output_field=models.BooleanField(),
    )


@dataclass(frozen=True)
class _Part:
    """The columns of an answer that are a row of a model, and the parts that are rows joined to it."""

    model: type[models.Model]
    columns: slice
    names: tuple[str, ...]
    key: int  # the column of its key: empty where nothing is joined
    joined: tuple[tuple[_Part, Callable[[Any, Any], None], Callable[[Any, Any], None]], ...]

    def row(self, found: Sequence[Any]) -> Any:
        """The model's row, as `Model.from_db` would make it."""
        made = self.model.__new__(self.model)
        state = ModelState()
        state.db, state.adding = DEFAULT_DB_ALIAS, False
        made.__dict__.update(zip(self.names, found[self.columns], strict=True), _state=state)
        for part, hold, hold_back in self.joined:
            other = part.row(found) if found[part.key] is not None else None
            hold(made, other)
            if other is not None:
                hold_back(other, made)
        return made


@dataclass(frozen=True)
class _Known:
    """A query in SQL: its words, its values, and what becomes of an answer."""

    sql: str
    places: tuple[int, ...]  # of each value of the statement among the values asked for
    keys: frozenset[int]  # the places of lists of keys
    converters: tuple[tuple[int, Sequence[Callable[..., Any]], Any], ...]
    part: _Part | None
    annotations: tuple[tuple[str, int], ...]

    def ask(self, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """The answer of the database, its values as fields have them."""
        # Keys of any size are sent alike, alone or in lists: the server keeps a plan for each type.
        sized = [
            Int8(value) if type(value) is int else Keys(value) if place in self.keys else value
            for place, value in enumerate(values)
        ]
        params = [sized[place] for place in self.places]
        with connection.planned_cursor() as cursor:  # type: ignore[attr-defined] # of our own backend
            cursor.execute(self.sql, params)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return [self._converted(row) for row in rows] if self.converters else rows

    def _converted(self, row: Sequence[Any]) -> tuple[Any, ...]:
        found = list(row)
        for place, converters, expression in self.converters:
            for convert in converters:
                found[place] = convert(found[place], expression, connection)
        return tuple(found)

    def row(self, part: _Part, found: Sequence[Any]) -> Any:
        """A row of the model, with what it joins and what is computed beside it."""
        made = part.row(found)
        for name, place in self.annotations:
            setattr(made, name, found[place])
        return made


def _known(rows: models.QuerySet[Any, Any], samples: Sequence[Any], *, unseen: bool) -> _Known:
    compiler = rows.query.get_compiler(connection=connection)
    sql, params = compiler.as_sql()
    columns = [column[0] for column in compiler.select]
    found = compiler.get_converters(columns)
    sql, places = _settled(sql, params, samples, unseen=unseen)
    return _Known(
        sql=sql,
        places=places,
        keys=frozenset(place for place, sample in enumerate(samples) if _is_of_keys(sample)),
        converters=tuple((place, *rest) for place, rest in found.items()),
        part=_part(compiler.klass_info, columns) if rows._iterable_class is ModelIterable else None,
        annotations=tuple(compiler.annotation_col_map.items()),
    )


def _is_of_keys(sample: Any) -> bool:
    return isinstance(sample, list) and all(type(key) is int for key in sample)


def _settled(
    sql: str, params: Sequence[Any], samples: Sequence[Any], *, unseen: bool
) -> tuple[str, tuple[int, ...]]:
    """The statement with what never changes written into it, and where the values that stay open stand among those
    asked for.

    A plan that the server keeps knows only what is written: whether an index of open deals will do, for one.
    """
    connection.ensure_connection()
    left, places = iter(params), []

    def written(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return found[0]
        param = next(left)
        place = next((number for number, sample in enumerate(samples) if sample == param), None)
        if place is None:
            return Literal(param).as_string(connection.connection).replace("%", "%%")
        places.append(place)
        return f"(SELECT {found[0]})" if unseen else found[0]

    return re.sub("%[%s]", written, sql), tuple(places)


def _part(told: dict[str, Any], columns: Sequence[Any]) -> _Part:
    """What Django's compiler says of the columns of a model and of what is joined to it."""
    first, last = told["select_fields"][0], told["select_fields"][-1]
    names = tuple(column.target.attname for column in columns[first : last + 1])
    return _Part(
        model=told["model"],
        columns=slice(first, last + 1),
        names=names,
        key=first + names.index(told["model"]._meta.pk.attname),
        joined=tuple(
            (_part(other, columns), other["local_setter"], other["remote_setter"])
            for other in told.get("related_klass_infos", ())
        ),
    )
