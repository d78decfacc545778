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

    def deadline(self, level: str, period: Period, at: datetime) -> datetime:
        """Until when somebody of a level hands in for a period in the week of an instant.

        People and managers on its first working day, directors on the second where there is one. Weeks are clipped at
        the ends of the period (B0.2); before it begins nothing is due but in its first one, after it the last one was.
        """
        day = min(max(at.astimezone(self.zone).date(), period.start), period.end - timedelta(days=1))
        monday = day - timedelta(days=day.weekday())
        week = Period(max(monday, period.start), min(monday + timedelta(days=7), period.end))
        chosen = [one for one in week.days() if self.calendar.works(one)] or [week.start]
        return self._at(chosen[min(_DAY_OF_WEEK[level], len(chosen) - 1)], self.hours[level])

    def is_late(self, level: str, period: Period, at: datetime) -> bool:
        """Whether something handed in for a period at an instant came after the deadline."""
        return at > self.deadline(level, period, at)

    def lock_at(self, period: Period) -> datetime:
        """When the numbers of a period become the official ones: its n-th working day (M22)."""
        days = self.calendar.days(period) or [period.start]
        return self._at(days[min(self.lock_workday, len(days)) - 1], self.lock_hour)

    def _at(self, day: date, hour: int) -> datetime:
        return datetime.combine(day, time(hour), self.zone).astimezone(UTC)
