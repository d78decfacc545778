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
    assert CYCLE.deadline("rep", APRIL, thursday) == instant("2026-04-13 12:00")
    assert CYCLE.deadline("manager", APRIL, thursday) == instant("2026-04-13 18:00")
    assert CYCLE.deadline("director", APRIL, thursday) == instant("2026-04-14 12:00")


def test_a_holiday_moves_the_deadline() -> None:
    assert CYCLE.deadline("rep", APRIL, instant("2026-04-08 10:00")) == instant("2026-04-07 12:00")


def test_a_week_without_work_has_a_deadline_all_the_same() -> None:
    idle = {date(2026, 4, day): False for day in range(13, 18)}
    cycle = Cycle(CYCLE.hours, 3, 18, WorkCalendar(idle, frozenset({5, 6}), 2026), CYCLE.zone)
    assert cycle.deadline("director", APRIL, instant("2026-04-15")) == instant("2026-04-13 12:00")


def test_the_deadline_itself_is_in_time() -> None:
    assert not CYCLE.is_late("rep", APRIL, instant("2026-04-13 12:00"))
    assert CYCLE.is_late("rep", APRIL, instant("2026-04-13 12:01"))


def test_a_week_that_a_month_begins_in_is_that_of_its_own_days() -> None:
    """1 May 2026 is a Friday and off, and with it the whole of that week's part of May: nothing is asked on its Monday."""
    off = {date(2026, 5, day): False for day in (1, 4, 5)}
    cycle = Cycle(CYCLE.hours, 3, 18, WorkCalendar(off, frozenset({5, 6}), 2026), CYCLE.zone)
    july = Fiscal().parse("2026-07")  # begins on a Wednesday
    before = instant("2026-06-24 10:00")
    for at in (before, instant("2026-06-29 17:00"), instant("2026-07-02 10:00")):
        assert cycle.deadline("rep", july, at) == instant("2026-07-01 12:00")
        assert cycle.deadline("director", july, at) == instant("2026-07-02 12:00")
    assert not cycle.is_late("rep", july, before) and cycle.is_late("rep", july, instant("2026-07-01 12:01"))
    may = Fiscal().parse("2026-05")
    assert cycle.deadline("director", may, instant("2026-05-01 09:00")) == instant("2026-05-01 12:00")
    assert cycle.deadline("rep", may, instant("2026-05-07 09:00")) == instant("2026-05-06 12:00")


def test_of_a_month_that_is_over_the_last_week_was_the_last() -> None:
    assert CYCLE.deadline("rep", APRIL, instant("2026-06-10 10:00")) == instant("2026-04-27 12:00")


def test_locked_on_the_third_working_day() -> None:
    assert CYCLE.lock_at(APRIL) == instant("2026-04-03 18:00")


def test_a_period_without_so_many_working_days_is_locked_on_its_last() -> None:
    assert CYCLE.lock_at(Fiscal().parse("2026-04-17")) == instant("2026-04-17 18:00")
    assert CYCLE.lock_at(Fiscal().parse("2026-04-18")) == instant("2026-04-18 18:00")
