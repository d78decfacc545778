"""销售进展 (`domain.md` M14): how far each week brought a quarter, in what is won and what is still expected together.

销售预计 is what is open and due in the quarter times its success rate, 累计 what was won in it so far, both as known at
the end of the week. Their sum, less that of the week before, ÷ the quarter's target; a quarter has thirteen weeks, so
that a thirteenth a week is on pace. A week that ends below the one before has shrunk the funnel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from loudou.kernel.numbers import Ratio
from loudou.kernel.periods import Period

ON_PACE = Decimal(1) / 13


@dataclass(frozen=True)
class Week:
    """A week of a quarter, up to the midnight after its last day: what is expected and what was won by then."""

    end: date
    expected: Decimal
    won: Decimal
    is_over: bool = True

    @property
    def last_day(self) -> date:
        """Its last day."""
        return self.end - timedelta(days=1)

    @property
    def total(self) -> Decimal:
        """销售预计 + 累计."""
        return self.expected + self.won


@dataclass(frozen=True)
class Pace:
    """A quarter week by week; `start` is how it stood when it began, `target` None where there is none."""

    start: Week
    weeks: Sequence[Week]
    target: Decimal | None

    def progress(self, place: int) -> Ratio:
        """销售进展 of a week by its place; none without a target."""
        if not self.target:
            return Ratio.missing("not_assigned")
        before = self.weeks[place - 1] if place else self.start
        return Ratio.of(self.weeks[place].total - before.total, self.target)

    def is_on_pace(self, place: int) -> bool | None:
        """Whether a week brought a thirteenth of the target at least."""
        value = self.progress(place).value
        return None if value is None else value >= ON_PACE

    @property
    def attainment(self) -> Ratio:
        """What is won by the last week ÷ target."""
        if not self.target:
            return Ratio.missing("not_assigned")
        return Ratio.of(self.weeks[-1].won if self.weeks else self.start.won, self.target)


def week_ends(quarter: Period) -> list[date]:
    """The days after the Sundays of a quarter, and the day after its last one; a start of a few days is a week too."""
    day = quarter.start + timedelta(days=7 - quarter.start.weekday())
    ends = []
    while day < quarter.end:
        ends.append(day)
        day += timedelta(days=7)
    return [*ends, quarter.end]
