"""Queries that every page asks in the same words: put into SQL once a process, asked with other values each time.

Django makes the SQL of a query anew whenever it is asked, which costs more than the database takes for the answer.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from django.db import connection, models
from django.db.models.expressions import RawSQL
from django.db.models.sql.compiler import SQLCompiler

M = TypeVar("M", bound=models.Model)


class Prepared(Generic[M]):
    """The rows of `build(*samples)`, asked with other values in the samples' places.

    Samples must be values that occur nowhere else in the query.
    """

    def __init__(self, build: Callable[..., models.QuerySet[M]], *samples: Any) -> None:
        self._build = build
        self._samples = samples
        self._known: tuple[models.QuerySet[M], SQLCompiler, str, tuple[Any, ...]] | None = None

    def rows(self, *values: Any) -> list[M]:
        """The rows for these values, one for each sample."""
        if self._known is None:
            rows = self._build(*self._samples)
            compiler = rows.query.get_compiler(connection=connection)
            self._known = rows, compiler, *compiler.as_sql()
        rows, compiler, sql, params = self._known
        given = list(zip(self._samples, values, strict=True))
        asked = tuple(next((value for sample, value in given if one == sample), one) for one in params)
        return list(rows.__class__(rows.model, query=_Ready(compiler, sql, asked), using=rows.db))  # type: ignore[arg-type]

    def first(self, *values: Any) -> M | None:
        """The first row for these values."""
        return next(iter(self.rows(*values)), None)


ANY = -987_654_321  # a sample for a key
MANY = [ANY]  # a sample for keys


def among(model: type[models.Model], keys: list[int]) -> RawSQL:
    """The condition that a row's key is one of these, in the same words however many they are."""
    column = f'"{model._meta.db_table}"."{model._meta.pk.column}"'
    return RawSQL(f"{column} = ANY(%s)", (keys,), models.BooleanField())  # noqa: S611 - names of ours


class _Ready:
    """What a queryset asks of its query, when the SQL is there already."""

    def __init__(self, compiler: SQLCompiler, sql: str, params: tuple[Any, ...]) -> None:
        self._compiler, self._sql, self._params = compiler, sql, params

    def get_compiler(self, using: str) -> SQLCompiler:
        ready = copy.copy(self._compiler)  # what it found out of the query's columns is kept
        ready.connection = connection
        ready.as_sql = lambda *_args, **_kwargs: (self._sql, self._params)  # type: ignore[method-assign]
        return ready
