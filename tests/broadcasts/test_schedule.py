"""When a report is due: on working days, on a day of the week or of the month, at an hour of the organisation's clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from loudou.broadcasts.figures.schedule import Schedule
from tests.make import instant

SHANGHAI = ZoneInfo("Asia/Shanghai")


def weekdays(day: date) -> bool:
    return day.weekday() < 5


@pytest.mark.parametrize(
    ("schedule", "after", "due"),
    [
        (Schedule("day", 0, 8), "2026-04-17 07:59", "2026-04-17 08:00"),
        (Schedule("day", 0, 8), "2026-04-17 08:00", "2026-04-20 08:00"),  # Friday at eight is over
        (Schedule("week", 0, 9), "2026-04-17 12:00", "2026-04-20 09:00"),
        (Schedule("week", 6, 9), "2026-04-17 12:00", "2026-04-19 09:00"),  # a Sunday that was asked for
        (Schedule("month", 28, 23), "2026-04-28 23:00", "2026-05-28 23:00"),
        (Schedule("month", 1, 0), "2026-12-31 12:00", "2027-01-01 00:00"),
    ],
)
def test_the_next_one(schedule: Schedule, after: str, due: str) -> None:
    assert schedule.next_after(instant(after), SHANGHAI, weekdays) == instant(due)


def test_a_change_of_summer_time_moves_nothing_on_the_clock() -> None:
    new_york = ZoneInfo("America/New_York")
    due = Schedule("week", 6, 8).next_after(datetime(2026, 3, 7, tzinfo=UTC), new_york, weekdays)
    assert due.astimezone(new_york).isoformat() == "2026-03-08T08:00:00-04:00"


def test_where_no_day_works_it_is_asked_again_tomorrow() -> None:
    now = instant("2026-04-17 12:00")
    assert Schedule("day", 0, 8).next_after(now, SHANGHAI, lambda day: False) == now + timedelta(days=1)
