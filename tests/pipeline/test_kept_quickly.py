"""Whoever keeps sums does not wait for the disk, and nobody else is hurried by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, transaction

from loudou.pipeline import kept

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def hurried(db: None) -> Iterator[list[bool]]:
    """Whether each sums that were kept were so by themselves."""
    found: list[bool] = []

    def noting(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        if isinstance(params, dict) and "by_itself" in params:
            found.append(params["by_itself"])
        return execute(sql, params, many, context)

    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")  # tests themselves do without
        with connection.execute_wrapper(noting):
            yield found
        cursor.execute("RESET synchronous_commit")


def _waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        return str(cursor.fetchone()[0]) == "on"


def test_rows_that_are_written_beside_sums_wait_for_the_disk(hurried: list[bool]) -> None:
    with transaction.atomic():
        kept.keep("some sums", LONG_AGO, [1], kept.look("some sums")[1])
        assert _waits()
    assert hurried == [False]
    assert kept.look("some sums")[0] == [1]


def test_what_is_written_after_sums_kept_by_themselves_waits_for_the_disk(hurried: list[bool]) -> None:
    kept.keep("other sums", LONG_AGO, [2], kept.look("other sums")[1])
    assert _waits()
    assert hurried == [not connection.in_atomic_block]
    assert kept.look("other sums")[0] == [2]
