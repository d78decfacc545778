"""Pipeline velocity (`domain.md` M09): what the funnel is worth a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from loudou.insight.figures.winrate import WinRate
from loudou.kernel.numbers import Ratio

SHORTEST = Decimal(1)  # a cycle counts for a day at least


@dataclass(frozen=True)
class Velocity:
    """N × p × A ÷ L: deals standing at the starts of months, and what became of the year's closes, of the same deals."""

    standing: Sequence[int]
    closes: WinRate

    @property
    def open(self) -> Ratio:
        """N: how many stood on the funnel, on the average of the month starts."""
        return Ratio.of(sum(self.standing), len(self.standing))

    @property
    def won_amount_mean(self) -> Ratio:
        """A: the mean amount won."""
        return Ratio.of(self.closes.won_amount, self.closes.won)

    @property
    def value(self) -> Ratio:
        """Money a day; none where one of the four has no value."""
        parts = (self.open, self.closes.rate, self.won_amount_mean, self.closes.cycle_mean_days)
        for part in parts:
            if part.value is None:
                return Ratio.missing(part.reason)
        n, p, a, days = (part.value or Decimal(0) for part in parts)
        return Ratio.of(n * p * a, max(days, SHORTEST))


def a_year_before(instant: datetime) -> datetime:
    """The same time of the day a year earlier; of 29 February the 28th."""
    if (instant.month, instant.day) == (2, 29):
        instant = instant.replace(day=28)
    return instant.replace(year=instant.year - 1)
