"""Working days: weekdays, less holidays, plus make-up days; the official calendars as they are furnished."""

from __future__ import annotations

from datetime import date

import pytest

from loudou.kernel.periods import Fiscal, Grain, Period
from loudou.kernel.workdays import WorkCalendar
from loudou.people.models import Calendar

YEAR = Fiscal().parse("2026")


def test_without_rules_it_is_the_week() -> None:
    calendar = WorkCalendar()
    assert calendar.works(date(2026, 4, 17))
    assert not calendar.works(date(2026, 4, 18))
    assert calendar.count(Fiscal().parse("2026-04")) == 22


def test_rules_overrule_the_week_and_weekends_may_differ() -> None:
    calendar = WorkCalendar(
        exceptions={date(2026, 4, 17): False, date(2026, 4, 18): True}, weekend=frozenset({4, 5})
    )
    assert not calendar.works(date(2026, 4, 17))
    assert calendar.works(date(2026, 4, 18))
    assert calendar.works(date(2026, 4, 19))
    assert not calendar.works(date(2026, 4, 24))


def test_days_are_counted_on_from_a_free_day_too() -> None:
    calendar = WorkCalendar(exceptions={date(2026, 4, 20): False})
    assert calendar.latest(date(2026, 4, 17)) == calendar.latest(date(2026, 4, 20)) == date(2026, 4, 17)
    assert calendar.add(date(2026, 4, 17), 0) == date(2026, 4, 17)
    assert calendar.add(date(2026, 4, 18), 0) == date(2026, 4, 21)
    assert calendar.add(date(2026, 4, 17), 1) == date(2026, 4, 21)
    assert calendar.add(date(2026, 4, 18), 1) == date(2026, 4, 21)
    assert calendar.add(date(2026, 4, 17), 3) == date(2026, 4, 23)
    week = Period(date(2026, 4, 17), date(2026, 4, 24))
    assert calendar.days(week) == [date(2026, 4, day) for day in (17, 21, 22, 23)]


def test_years_not_published_are_provisional() -> None:
    calendar = WorkCalendar(known_until=2026)
    assert not calendar.provisional(YEAR)
    assert calendar.provisional(Fiscal().parse("2027-01"))
    assert calendar.provisional(Period(date(2026, 12, 30), date(2027, 1, 2)))


@pytest.fixture
def official(db: None) -> dict[str, WorkCalendar]:
    return {calendar.code: calendar.work_calendar() for calendar in Calendar.objects.all()}


@pytest.mark.parametrize(("year", "days"), [("2024", 251), ("2025", 248), ("2026", 248)])
def test_the_mainland_works_so_many_days_a_year(
    official: dict[str, WorkCalendar], year: str, days: int
) -> None:
    assert official["CN"].count(Fiscal().parse(year)) == days


def test_the_mainland_s_2026_by_month(official: dict[str, WorkCalendar]) -> None:
    months = [official["CN"].count(month) for month in Fiscal().split(YEAR, Grain.MONTH)]
    assert months == [21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23]


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-02-14", True),  # Saturday, worked for the spring festival
        ("2026-02-17", False),  # its first day
        ("2026-02-28", True),
        ("2026-05-09", True),
        ("2026-10-01", False),
        ("2025-01-26", True),
        ("2024-02-04", True),
    ],
)
def test_days_everybody_on_the_mainland_knows(
    official: dict[str, WorkCalendar], day: str, works: bool
) -> None:
    assert official["CN"].works(date.fromisoformat(day)) is works


def test_taiwan_and_hong_kong_have_their_own_days(official: dict[str, WorkCalendar]) -> None:
    taiwan, hong_kong = official["TW"], official["HK"]
    assert not taiwan.works(date(2026, 2, 27))  # for 228, a Saturday
    assert not taiwan.works(date(2026, 10, 9))  # for 10 October, a Saturday
    assert taiwan.works(date(2026, 10, 2))
    assert not hong_kong.works(date(2026, 7, 1))
    assert hong_kong.works(date(2026, 10, 2))
    assert not hong_kong.works(date(2026, 12, 25))
    assert taiwan.works(date(2026, 12, 24))


def test_hong_kong_keeps_its_general_holidays(official: dict[str, WorkCalendar]) -> None:
    """The seventeen of 2026, fourteen of them on weekdays: Good Friday and what follows it among them."""
    shut = [day for day in YEAR.days() if day.weekday() < 5 and not official["HK"].works(day)]
    assert [f"{day:%m-%d}" for day in shut] == [
        *("01-01", "02-17", "02-18", "02-19", "04-03", "04-06", "04-07", "05-01", "05-25", "06-19", "07-01"),
        *("10-01", "10-19", "12-25"),
    ]


def test_a_year_nobody_announced_is_provisional(official: dict[str, WorkCalendar]) -> None:
    assert official["CN"].provisional(Fiscal().parse("2090"))
    assert not official["CN"].provisional(YEAR)
