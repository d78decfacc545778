"""Days on which a shop, a showroom or a sales office sells, by what each brings (`domain.md` M62).

Where weekends and holidays bring more than a Tuesday, time does not weigh working days but selling days: every weekday
and the official holidays have a weight, 0 for a day that is shut.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from loudou.kernel.numbers import ZERO
from loudou.kernel.periods import Period
from loudou.kernel.workdays import WorkCalendar

WEEK = 7


@dataclass(frozen=True)
class SellingDays:
    """`weekdays` are the weights of Monday to Sunday, `holiday` that of an official holiday, None: as its weekday."""

    official: WorkCalendar
    weekdays: tuple[Decimal, ...]
    holiday: Decimal | None = None

    def weight(self, day: date) -> Decimal:
        """What a day weighs."""
        if self.holiday is not None and self.official.exceptions.get(day) is False:
            return self.holiday
        return self.weekdays[day.weekday()]

    def works(self, day: date) -> bool:
        """Whether anything is sold on a day."""
        return self.weight(day) > 0

    def count(self, period: Period) -> int:
        """How many selling days a period has."""
        return sum(self.works(day) for day in period.days())

    def weigh(self, period: Period) -> Decimal:
        """What the days of a period weigh together."""
        return sum((self.weight(day) for day in period.days()), ZERO)

    def provisional(self, period: Period) -> bool:
        """Whether the official holidays of some of its days are not published yet."""
        return self.official.provisional(period)
