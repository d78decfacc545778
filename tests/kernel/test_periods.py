"""Periods are half-open; fiscal years start where the organisation says; weeks end with their month."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loudou.kernel.periods import Fiscal, Grain, Period, add_months, midnight, parse_instant

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR, APRIL = Fiscal(), Fiscal(4)
DAYS = st.dates(date(1990, 1, 1), date(2100, 12, 31))
FISCALS = st.builds(Fiscal, st.integers(1, 12))


def period(start: str, end: str) -> Period:
    return Period(date.fromisoformat(start), date.fromisoformat(end))


def test_the_end_is_no_part_of_it() -> None:
    april = CALENDAR.parse("2026-04")
    assert date(2026, 4, 1) in april
    assert date(2026, 4, 30) in april
    assert date(2026, 5, 1) not in april
    assert april.length == 30
    assert april.days()[-1] == date(2026, 4, 30)


def test_it_has_at_least_one_day() -> None:
    for end in ("2026-04-01", "2026-03-31"):
        with pytest.raises(ValueError):
            period("2026-04-01", end)


def test_its_instants_are_midnights_of_the_zone() -> None:
    first, after = CALENDAR.parse("2026-04-17").instants(SHANGHAI)
    assert first == datetime(2026, 4, 16, 16, tzinfo=UTC)
    assert after - first == timedelta(days=1)


def test_overlaps() -> None:
    april, may = CALENDAR.parse("2026-04"), CALENDAR.parse("2026-05")
    assert april.overlap(may) is None
    assert april.overlap(period("2026-04-20", "2026-06-01")) == period("2026-04-20", "2026-05-01")


@pytest.mark.parametrize(
    ("fiscal", "text", "start", "end"),
    [
        (CALENDAR, "2026", "2026-01-01", "2027-01-01"),
        (APRIL, "2026", "2026-04-01", "2027-04-01"),
        (CALENDAR, "2026-H1", "2026-01-01", "2026-07-01"),
        (APRIL, "2026-H2", "2026-10-01", "2027-04-01"),
        (CALENDAR, "2026-Q2", "2026-04-01", "2026-07-01"),
        (APRIL, "2026-Q4", "2027-01-01", "2027-04-01"),
        (APRIL, "2026-04", "2026-04-01", "2026-05-01"),
        (CALENDAR, "2026-12", "2026-12-01", "2027-01-01"),
        (CALENDAR, "2026-W17", "2026-04-20", "2026-04-27"),
        (CALENDAR, "2026-W01", "2025-12-29", "2026-01-05"),
        (CALENDAR, "2026-04-17", "2026-04-17", "2026-04-18"),
        (CALENDAR, "2026-04-01..2026-05-15", "2026-04-01", "2026-05-15"),
    ],
)
def test_names_are_read(fiscal: Fiscal, text: str, start: str, end: str) -> None:
    found = fiscal.parse(text)
    assert found == period(start, end)
    assert fiscal.parse(fiscal.name(found)) == found
    assert fiscal.name(found) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "26",
        "2026-13",
        "2026-00",
        "2026-Q5",
        "2026-H3",
        "2026-W54",
        "2026-02-30",
        "April",
        "2026-05..2026-04",
        "9999-12-31",
        "9999-12",
        "9999-W52",
        "9999-Q4",
        "9999",
    ],
)
def test_nonsense_is_no_period(text: str) -> None:
    with pytest.raises(ValueError):
        CALENDAR.parse(text)


@pytest.mark.parametrize(
    ("day", "start", "end"),
    [
        ("2026-04-30", "2026-04-27", "2026-05-01"),  # Thursday, cut at the end of April
        ("2026-05-01", "2026-05-01", "2026-05-04"),  # Friday of the same calendar week, in May
        ("2026-04-15", "2026-04-13", "2026-04-20"),
        ("2026-12-31", "2026-12-28", "2027-01-01"),
        ("2027-01-01", "2027-01-01", "2027-01-04"),
        ("2024-02-29", "2024-02-26", "2024-03-01"),
    ],
)
def test_a_week_begins_on_monday_and_ends_with_its_month(day: str, start: str, end: str) -> None:
    assert CALENDAR.of(date.fromisoformat(day), Grain.WEEK) == period(start, end)


def test_a_fiscal_year_from_april_has_its_own_quarters() -> None:
    assert APRIL.of(date(2026, 3, 31), Grain.YEAR) == period("2025-04-01", "2026-04-01")
    assert APRIL.of(date(2026, 4, 1), Grain.QUARTER) == period("2026-04-01", "2026-07-01")
    assert APRIL.of(date(2027, 2, 10), Grain.QUARTER) == period("2027-01-01", "2027-04-01")
    assert APRIL.of(date(2026, 12, 1), Grain.HALF) == period("2026-10-01", "2027-04-01")
    assert APRIL.name(APRIL.of(date(2027, 2, 10), Grain.QUARTER)) == "2026-Q4"


@pytest.mark.parametrize(
    ("now", "before"),
    [
        ("2026", "2025"),
        ("2026-H1", "2025-H2"),
        ("2026-Q1", "2025-Q4"),
        ("2026-03", "2026-02"),
        ("2026-04-17", "2026-04-16"),
        ("2026-04-10..2026-04-15", "2026-04-05..2026-04-10"),
    ],
)
def test_the_equal_period_before(now: str, before: str) -> None:
    assert CALENDAR.previous(CALENDAR.parse(now)) == CALENDAR.parse(before)


def test_a_period_is_cut_into_smaller_ones() -> None:
    weeks = CALENDAR.split(CALENDAR.parse("2026-04"), Grain.WEEK)
    assert [week.length for week in weeks] == [5, 7, 7, 7, 4]
    cut = CALENDAR.split(period("2026-01-15", "2026-03-10"), Grain.MONTH)
    assert [(part.start.day, part.length) for part in cut] == [(15, 17), (1, 28), (1, 9)]


@given(DAYS, st.sampled_from(list(Grain)), FISCALS)
def test_every_day_lies_in_exactly_the_period_that_is_its(day: date, grain: Grain, fiscal: Fiscal) -> None:
    found = fiscal.of(day, grain)
    assert day in found
    for other in found.days()[:40]:
        assert fiscal.of(other, grain) == found
    assert fiscal.of(found.end, grain).start == found.end


@given(DAYS, FISCALS, st.sampled_from([Grain.WEEK, Grain.MONTH, Grain.DAY, Grain.QUARTER]))
def test_parts_cover_the_whole_without_gap(day: date, fiscal: Fiscal, grain: Grain) -> None:
    whole = fiscal.of(day, Grain.YEAR)
    parts = fiscal.split(whole, grain)
    assert parts[0].start == whole.start
    assert parts[-1].end == whole.end
    assert all(one.end == two.start for one, two in itertools.pairwise(parts))


@given(DAYS, FISCALS, st.sampled_from([Grain.YEAR, Grain.HALF, Grain.QUARTER, Grain.MONTH, Grain.DAY]))
def test_names_lead_back(day: date, fiscal: Fiscal, grain: Grain) -> None:
    found = fiscal.of(day, grain)
    assert fiscal.parse(fiscal.name(found)) == found


def test_months_are_counted_over_the_year() -> None:
    assert add_months(date(2026, 11, 1), 3) == date(2027, 2, 1)
    assert add_months(date(2026, 1, 1), -1) == date(2025, 12, 1)
    assert midnight(date(2026, 4, 17), SHANGHAI) == datetime(2026, 4, 16, 16, tzinfo=UTC)


def test_instants_are_read_in_their_own_zone_or_the_house_s() -> None:
    noon = datetime(2026, 4, 17, 4, tzinfo=UTC)
    assert parse_instant("2026-04-17T12:00:00+08:00", SHANGHAI) == noon
    assert parse_instant(" 2026-04-17T12:00:00 ", SHANGHAI) == noon
    assert parse_instant("2026-04-17T04:00:00Z", SHANGHAI) == noon
    assert parse_instant("2026-04-17", SHANGHAI) == midnight(date(2026, 4, 17), SHANGHAI)
    with pytest.raises(ValueError):
        parse_instant("yesterday", SHANGHAI)


def test_days_at_the_ends_of_the_calendar_begin_somewhere() -> None:
    east, west = timezone(timedelta(hours=8)), timezone(timedelta(hours=-8))
    assert midnight(date(1, 1, 1), east) == datetime.min.replace(tzinfo=UTC)
    assert midnight(date.max, west) == datetime(9999, 12, 31, 8, tzinfo=UTC)
    assert midnight(date(2026, 4, 1), east) == datetime(2026, 3, 31, 16, tzinfo=UTC)


def test_seven_days_are_a_week_only_from_a_monday_on() -> None:
    tuesday = date(2026, 4, 21)
    assert CALENDAR.name(Period(tuesday, tuesday + timedelta(days=7))) == "2026-04-21..2026-04-28"
