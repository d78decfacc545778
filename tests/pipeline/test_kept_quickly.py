"""Whoever keeps sums does not wait for the disk, and nobody else is hurried by it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, transaction

from loudou.pipeline import kept

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
# At the end of each transaction that kept sums, whether it was to wait for the disk.
_NOTE = """
SET synchronous_commit = on; -- tests themselves do without
CREATE TABLE waited (how text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO waited VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER note AFTER INSERT ON pipeline_kept DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION note();
"""


@pytest.fixture(autouse=True)
def _noting(own_database: str, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute(_NOTE)
        yield


def _asked(sql: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [str(row[0]) for row in cursor.fetchall()]


def test_rows_that_are_written_beside_sums_wait_for_the_disk() -> None:
    with transaction.atomic():
        kept.keep("some sums", LONG_AGO, [1], kept.look("some sums")[1])
    assert _asked("SELECT how FROM waited") == ["on"]
    assert kept.look("some sums")[0] == [1]


def test_sums_kept_by_themselves_do_not_and_what_is_written_after_them_does() -> None:
    kept.keep("other sums", LONG_AGO, [2], kept.look("other sums")[1])
    assert _asked("SELECT how FROM waited") == ["off"]
    assert _asked("SHOW synchronous_commit") == ["on"]
    assert kept.look("other sums")[0] == [2]
