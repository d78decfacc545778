"""When something that goes wrong is routine (`domain.md` C10, C18), and whether it comes less often under its rule (M48)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from loudou.kernel.numbers import Ratio

WINDOW_DAYS = 90
OFTEN = 3


def within_window(days: Iterable[date], on: date) -> int:
    """How many of these days lie within the 90 that end with `on`."""
    return sum(on - timedelta(days=WINDOW_DAYS) < day <= on for day in days)


def is_routine(days: Iterable[date], on: date) -> bool:
    """Whether a cause came three times or more within 90 days: then it is 例常 and wants a rule."""
    return within_window(days, on) >= OFTEN


@dataclass(frozen=True)
class Recurrence:
    """How often a cause came in the 90 days before its rule, and how often since, on as many days."""

    before: int
    since: int
    days_since: int

    @property
    def rate_since(self) -> Ratio:
        """What came since the rule took effect, on 90 days; none on its first day."""
        return Ratio.of(self.since * WINDOW_DAYS, self.days_since, reason="no_base")

    @property
    def falls(self) -> bool | None:
        """Whether it comes less often than before; None while there is nothing to compare.

        That is so without any before, and until it would have come once at its former pace: days without it say
        nothing before then. As many since as before, and it does not fall however few days that took.
        """
        rate = self.rate_since.value
        if rate is None or not self.before:
            return None
        if self.is_early and self.since < self.before:
            return None
        return rate < self.before

    @property
    def is_early(self) -> bool:
        """Whether it would not have come once at its former pace in the days since."""
        return self.before * self.days_since < WINDOW_DAYS


def recurrence(days: Iterable[date], effective_on: date, today: date) -> Recurrence:
    """The recurrence of a cause around the day from which a rule holds; `today` counts."""
    known = [day for day in days if day <= today]
    first = effective_on - timedelta(days=WINDOW_DAYS)
    return Recurrence(
        before=sum(first <= day < effective_on for day in known),
        since=sum(day >= effective_on for day in known),
        days_since=max((today - effective_on).days + 1, 0),
    )
