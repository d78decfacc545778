"""When a report is due to be sent: every working day, on one day of the week or of the month, at an hour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

DAY, WEEK, MONTH = "day", "week", "month"
LAST_OF_MONTH = 28  # the latest day that every month has
_LONGEST = 62  # days after which every schedule has come round


@dataclass(frozen=True)
class Schedule:
    """`day` is that of the week (0 Monday) or of the month (1 to 28); on working days it says nothing."""

    grain: str
    day: int
    hour: int

    def next_after(self, instant: datetime, zone: tzinfo, works: Callable[[date], bool]) -> datetime:
        """The first due instant after this one; where no day works for two months, the day after.

        Hours are those of the organisation's clock, so that a change of summer time moves nothing on it.
        """
        today = instant.astimezone(zone).date()
        for ahead in range(_LONGEST):
            day = today + timedelta(days=ahead)
            due = datetime.combine(day, time(self.hour), zone).astimezone(UTC)
            if due > instant and self._falls_on(day, works):
                return due
        return instant + timedelta(days=1)

    def _falls_on(self, day: date, works: Callable[[date], bool]) -> bool:
        if self.grain == WEEK:
            return day.weekday() == self.day
        return day.day == self.day if self.grain == MONTH else works(day)
