"""When forecasts are due and when they are locked (`domain.md` C12, M22)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from loudou.kernel.periods import Period
from loudou.kernel.workdays import WorkCalendar

REP, MANAGER, DIRECTOR = LEVELS = ("rep", "manager", "director")
_DAY_OF_WEEK = {REP: 0, MANAGER: 0, DIRECTOR: 1}  # the first working day, the second one


@dataclass(frozen=True)
class Cycle:
    """The rules of an organisation: hours of the deadlines by level, working day and hour of the lock."""

    hours: Mapping[str, int]
    lock_workday: int
    lock_hour: int
    calendar: WorkCalendar
    zone: tzinfo

    def deadline(self, level: str, at: datetime) -> datetime:
        """Until when somebody of a level hands in for the week of an instant.

        People and managers on its first working day, directors on the second where there is one.
        """
        day = at.astimezone(self.zone).date()
        monday = day - timedelta(days=day.weekday())
        working = [
            one for one in Period(monday, monday + timedelta(days=7)).days() if self.calendar.works(one)
        ]
        chosen = working or [monday]
        return self._at(chosen[min(_DAY_OF_WEEK[level], len(chosen) - 1)], self.hours[level])

    def is_late(self, level: str, at: datetime) -> bool:
        """Whether something handed in at an instant came after the deadline of its week."""
        return at > self.deadline(level, at)

    def lock_at(self, period: Period) -> datetime:
        """When the numbers of a period become the official ones: its n-th working day (M22)."""
        days = self.calendar.days(period) or [period.start]
        return self._at(days[min(self.lock_workday, len(days)) - 1], self.lock_hour)

    def _at(self, day: date, hour: int) -> datetime:
        return datetime.combine(day, time(hour), self.zone).astimezone(UTC)
