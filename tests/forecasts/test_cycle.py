"""When numbers are due, late and locked (C12, M22)."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from loudou.forecasts.figures.cycle import Cycle
from loudou.kernel.periods import Fiscal
from loudou.kernel.workdays import WorkCalendar
from tests.make import instant

APRIL = Fiscal().parse("2026-04")
# Qingming: 4 to 6 April are off; the Monday of that week is no working day.
CALENDAR = WorkCalendar(exceptions={date(2026, 4, 6): False}, weekend=frozenset({5, 6}), known_until=2026)
CYCLE = Cycle({"rep": 12, "manager": 18, "director": 12}, 3, 18, CALENDAR, ZoneInfo("Asia/Shanghai"))


def test_people_and_managers_on_the_first_working_day_directors_on_the_second() -> None:
    thursday = instant("2026-04-16 10:00")
    assert CYCLE.deadline("rep", thursday) == instant("2026-04-13 12:00")
    assert CYCLE.deadline("manager", thursday) == instant("2026-04-13 18:00")
    assert CYCLE.deadline("director", thursday) == instant("2026-04-14 12:00")


def test_a_holiday_moves_the_deadline() -> None:
    assert CYCLE.deadline("rep", instant("2026-04-08 10:00")) == instant("2026-04-07 12:00")


def test_a_week_without_work_has_a_deadline_all_the_same() -> None:
    idle = {date(2026, 4, day): False for day in range(13, 18)}
    cycle = Cycle(CYCLE.hours, 3, 18, WorkCalendar(idle, frozenset({5, 6}), 2026), CYCLE.zone)
    assert cycle.deadline("director", instant("2026-04-15")) == instant("2026-04-13 12:00")


def test_the_deadline_itself_is_in_time() -> None:
    assert not CYCLE.is_late("rep", instant("2026-04-13 12:00"))
    assert CYCLE.is_late("rep", instant("2026-04-13 12:01"))


def test_locked_on_the_third_working_day() -> None:
    assert CYCLE.lock_at(APRIL) == instant("2026-04-03 18:00")


def test_a_period_without_so_many_working_days_is_locked_on_its_last() -> None:
    assert CYCLE.lock_at(Fiscal().parse("2026-04-17")) == instant("2026-04-17 18:00")
    assert CYCLE.lock_at(Fiscal().parse("2026-04-18")) == instant("2026-04-18 18:00")
