"""When a task is overdue, due today, within seven days, later."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from loudou.tasks.figures.due import when

NOON = datetime(2026, 4, 15, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "clock", "said"),
    [
        ("2026-04-14", None, "overdue"),
        ("2026-04-15", None, "today"),
        ("2026-04-15", "12:01", "today"),
        ("2026-04-15", "12:00", "overdue"),
        ("2026-04-16", "08:00", "week"),
        ("2026-04-21", None, "week"),
        ("2026-04-22", None, "later"),
        (None, None, "someday"),
    ],
)
def test_by_its_day_and_its_minute(day: str | None, clock: str | None, said: str) -> None:
    due_on = date.fromisoformat(day) if day else None
    assert when(due_on, time.fromisoformat(clock) if clock else None, NOON) == said
