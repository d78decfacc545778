"""Was the day's log handed in in time (`domain.md` M45, C4)? Late counts half, missing nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from decimal import Decimal

from loudou.kernel.numbers import Ratio
from loudou.kernel.workdays import WorkCalendar

DUE_AT = time(22)
MAKE_UP_UNTIL = time(12)
LATE_COUNTS = Decimal("0.5")


@dataclass(frozen=True)
class Deadlines:
    """Until when a day's log is in time, and until when it can be made up for."""

    due_at: datetime
    locks_at: datetime

    def standing(self, submitted_at: datetime | None, now: datetime) -> str:
        """`on_time`, `late`, `missing` (locked: nothing came before the lock), or `due` while it can still come."""
        if submitted_at is not None and submitted_at <= self.due_at:
            return "on_time"
        if submitted_at is not None and submitted_at <= self.locks_at:
            return "late"
        return "missing" if submitted_at is not None or now > self.locks_at else "due"


def deadlines(day: date, calendar: WorkCalendar, zone: tzinfo) -> Deadlines:
    """22:00 of the day; 12:00 of the next working day."""
    following = calendar.add(day, 1) if calendar.works(day) else calendar.add(day, 0)
    return Deadlines(
        datetime.combine(day, DUE_AT, zone),
        datetime.combine(following, MAKE_UP_UNTIL, zone),
    )


@dataclass(frozen=True)
class Discipline:
    """How many logs of the days that were due came in time, late and not at all. Days still open are not in it."""

    on_time: int = 0
    late: int = 0
    missing: int = 0

    def __add__(self, other: Discipline) -> Discipline:
        return Discipline(self.on_time + other.on_time, self.late + other.late, self.missing + other.missing)

    @property
    def due(self) -> int:
        """How many days counted."""
        return self.on_time + self.late + self.missing

    @property
    def on_time_rate(self) -> Ratio:
        """The share that came in time."""
        return Ratio.of(self.on_time, self.due)

    @property
    def received_rate(self) -> Ratio:
        """The share that came at all."""
        return Ratio.of(self.on_time + self.late, self.due)

    @property
    def score(self) -> Ratio:
        """(in time + half of the late ones) ÷ due."""
        return Ratio.of(self.on_time + LATE_COUNTS * self.late, self.due)
