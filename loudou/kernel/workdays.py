"""Working days: weekdays, less holidays, plus make-up days (调休上班)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from loudou.kernel.periods import Period


@dataclass(frozen=True)
class WorkCalendar:
    """Which days people work: `exceptions` overrule the weekend (True: a make-up day, False: a holiday).

    `weekend` holds weekday numbers, Monday 0. Years after `known_until` are provisional: only weekends are known.
    """

    exceptions: Mapping[date, bool] = field(default_factory=dict)
    weekend: frozenset[int] = frozenset({5, 6})
    known_until: int = 9999

    def works(self, day: date) -> bool:
        """Whether `day` is a working day."""
        return self.exceptions.get(day, day.weekday() not in self.weekend)

    def count(self, period: Period) -> int:
        """How many working days the period has."""
        return sum(self.works(day) for day in period.days())

    def weigh(self, period: Period) -> Decimal:
        """What its days weigh together: each working day one."""
        return Decimal(self.count(period))

    def days(self, period: Period) -> list[date]:
        """The working days of the period, in order."""
        return [day for day in period.days() if self.works(day)]

    def add(self, day: date, working_days: int) -> date:
        """The day that lies `working_days` working days after `day` (0: the day itself or the next working one).

        The working day after a day of rest is the next one there is.
        """
        for _ in range(working_days or int(not self.works(day))):
            day += timedelta(days=1)
            while not self.works(day):
                day += timedelta(days=1)
        return day

    def latest(self, day: date) -> date:
        """The day itself where it is a working day, else the last one before it."""
        while not self.works(day):
            day -= timedelta(days=1)
        return day

    def provisional(self, period: Period) -> bool:
        """Whether the official calendar of some of its days is not published yet."""
        return (period.end - timedelta(days=1)).year > self.known_until
