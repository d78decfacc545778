"""Periods: half-open stretches of days, `[start, end)` (`domain.md` B0.2). Labels are the business of `ui`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import Enum
from functools import lru_cache


class Grain(Enum):
    """The sizes a period comes in."""

    YEAR = "year"
    HALF = "half"
    QUARTER = "quarter"
    MONTH = "month"
    WEEK = "week"
    DAY = "day"


_MONTHS = {Grain.YEAR: 12, Grain.HALF: 6, Grain.QUARTER: 3, Grain.MONTH: 1}
_FORMS = (
    (re.compile(r"(\d{4})"), Grain.YEAR),
    (re.compile(r"(\d{4})-H([12])"), Grain.HALF),
    (re.compile(r"(\d{4})-Q([1-4])"), Grain.QUARTER),
    (re.compile(r"(\d{4})-(\d{2})"), Grain.MONTH),
    (re.compile(r"(\d{4})-W(\d{2})"), Grain.WEEK),
    (re.compile(r"(\d{4})-(\d{2})-(\d{2})"), Grain.DAY),
)


@dataclass(frozen=True, order=True)
class Period:
    """The days from `start` up to but not including `end`."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError("a period must contain at least one day")

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    @property
    def length(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days

    def days(self) -> list[date]:
        """Its days in order."""
        return [self.start + timedelta(days=offset) for offset in range(self.length)]

    def instants(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """Its first instant and the first after it, in UTC, as midnights of `zone`."""
        return midnight(self.start, zone), midnight(self.end, zone)

    def overlap(self, other: Period) -> Period | None:
        """The days in both, if any."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Period(start, end) if start < end else None


@dataclass(frozen=True)
class Fiscal:
    """A fiscal year that starts on the first of `first_month` and is named after the calendar year it starts in."""

    first_month: int = 1

    def of(self, day: date, grain: Grain) -> Period:
        """The period of this grain that contains `day`; a week is clipped at its month's ends."""
        if grain is Grain.DAY:
            return Period(day, day + timedelta(days=1))
        if grain is Grain.WEEK:
            monday = day - timedelta(days=day.weekday())
            month = self.of(day, Grain.MONTH)
            return Period(max(monday, month.start), min(monday + timedelta(days=7), month.end))
        months = _MONTHS[grain]
        offset = (day.month - self.first_month) % months
        start = add_months(day.replace(day=1), -offset)
        return Period(start, add_months(start, months))

    def previous(self, period: Period) -> Period:
        """The equal period just before: the month before a month, and so on; otherwise as many days."""
        for grain in (Grain.YEAR, Grain.HALF, Grain.QUARTER, Grain.MONTH):
            if self.of(period.start, grain) == period:
                return self.of(period.start - timedelta(days=1), grain)
        return Period(period.start - timedelta(days=period.length), period.start)

    def split(self, period: Period, grain: Grain) -> list[Period]:
        """The period cut into periods of `grain`, the first and last clipped to it."""
        parts, day = [], period.start
        while day < period.end:
            part = self.of(day, grain)
            parts.append(Period(max(part.start, period.start), min(part.end, period.end)))
            day = part.end
        return parts

    def parse(self, text: str) -> Period:
        """Read `2026`, `2026-H1`, `2026-Q2`, `2026-04`, `2026-W17`, `2026-04-17` or `2026-04-01..2026-05-15`.

        Years, halves and quarters are fiscal; a week is the ISO week, unclipped. The `..` form is half-open.
        Raises `ValueError`.
        """
        if ".." in text:
            start, _, end = text.partition("..")
            return Period(date.fromisoformat(start), date.fromisoformat(end))
        for form, grain in _FORMS:
            if match := form.fullmatch(text):
                try:
                    return self._from_numbers(grain, [int(group) for group in match.groups()])
                except OverflowError:  # it would end after the last day of the calendar
                    break
        raise ValueError(f"not a period: {text}")

    def name(self, period: Period) -> str:
        """The name `parse` reads back: the largest grain that fits, else `start..end`."""
        return _name(self, period)

    def _from_numbers(self, grain: Grain, numbers: list[int]) -> Period:
        year = numbers[0]
        if grain is Grain.DAY:
            return self.of(date(*numbers), grain)
        if grain is Grain.WEEK:
            monday = date.fromisocalendar(year, numbers[1], 1)
            return Period(monday, monday + timedelta(days=7))
        if grain is Grain.MONTH:
            return self.of(date(year, numbers[1], 1), grain)
        first = date(year, self.first_month, 1)
        part = numbers[1] - 1 if len(numbers) > 1 else 0
        start = add_months(first, part * _MONTHS[grain])
        return Period(start, add_months(start, _MONTHS[grain]))


@lru_cache(maxsize=1024)  # a table of a thousand people names the same few periods in every row
def _name(fiscal: Fiscal, period: Period) -> str:
    year = period.start.year if period.start.month >= fiscal.first_month else period.start.year - 1
    for grain in (Grain.YEAR, Grain.HALF, Grain.QUARTER, Grain.MONTH):
        if fiscal.of(period.start, grain) == period:
            part = (period.start.month - fiscal.first_month) % 12 // _MONTHS[grain] + 1
            return {
                Grain.YEAR: f"{year}",
                Grain.HALF: f"{year}-H{part}",
                Grain.QUARTER: f"{year}-Q{part}",
                Grain.MONTH: f"{period.start:%Y-%m}",
            }[grain]
    if period.length == 7 and period.start.weekday() == 0:
        iso = period.start.isocalendar()
        return f"{iso.year}-W{iso.week:02}"
    if period.length == 1:
        return period.start.isoformat()
    return f"{period.start.isoformat()}..{period.end.isoformat()}"


def add_months(first_of_month: date, months: int) -> date:
    """The first of the month `months` later (or earlier)."""
    index = first_of_month.year * 12 + first_of_month.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def midnight(day: date, zone: tzinfo) -> datetime:
    """The instant a day begins in `zone`, in UTC; the first there is, where it lies before the calendar."""
    try:
        return datetime.combine(day, time(), zone).astimezone(UTC)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)


def parse_instant(text: str, zone: tzinfo) -> datetime:
    """Read an ISO 8601 instant; one without an offset, and a bare day's midnight, are taken in `zone`.

    Raises `ValueError`.
    """
    value = datetime.fromisoformat(text.strip())
    return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)
