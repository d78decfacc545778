"""How far a target is (`domain.md` M30, M32, M33).

Attainment is actual ÷ target; time progress the share of the target's weight (working days × seasonal index) that is
over; the gap between them decides the colour. A day is over at its midnight. Of somebody who joined or left in the
middle, target and time are those of the working days they were employed.

A rate (conversion) does not grow with time: it is held against its target itself, has no pace and needs nothing a day.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from loudou.kernel.numbers import ZERO, Ratio
from loudou.kernel.periods import Period
from loudou.targets.figures.decompose import Timing

AMBER = Decimal("-0.05")
RATES = frozenset({"conversion"})
GREEN_STATUS, AMBER_STATUS, RED_STATUS = "green", "amber", "red"


@dataclass(frozen=True)
class Passed:
    """How much of a period is over, in weights, and how many working days are left."""

    elapsed: Decimal
    whole: Decimal
    days_left: int


@dataclass(frozen=True)
class Progress:
    """A target beside what was achieved. Without an actual `reason` says why there is none."""

    target: Decimal
    actual: Decimal | None
    time: Passed
    reason: str = ""
    is_rate: bool = False

    @property
    def plainly(self) -> Progress:
        """The same, a rate that is written in per cent as the ratio it is."""
        if not self.is_rate or self.target <= 1:
            return self
        actual = self.actual / 100 if self.actual is not None else None
        return replace(self, target=self.target / 100, actual=actual)

    @property
    def attainment(self) -> Ratio:
        """Actual ÷ target (M30)."""
        if self.actual is None:
            return Ratio.missing(self.reason)
        return Ratio.of(self.actual, self.target)

    @property
    def is_met(self) -> bool:
        """Whether the target is reached; one of nothing is never, for there is nothing to reach (M30)."""
        return self.actual is not None and self.actual >= self.target > 0

    @property
    def time_progress(self) -> Ratio:
        """Elapsed weights ÷ all weights (M32)."""
        return Ratio.of(self.time.elapsed, self.time.whole)

    @property
    def gap(self) -> Ratio:
        """Attainment − time progress (M32); of a rate, which time does not raise, attainment − 1."""
        done = self.attainment
        gone = Ratio(Decimal(1)) if self.is_rate else self.time_progress
        if done.value is None or gone.value is None:
            return Ratio.missing(done.reason or gone.reason)
        return Ratio(done.value - gone.value)

    @property
    def status(self) -> str | None:
        """Green at or above the time, amber down to five points below it, then red; compared unrounded."""
        gap = self.gap.value
        if gap is None:
            return None
        return GREEN_STATUS if gap >= 0 else AMBER_STATUS if gap >= AMBER else RED_STATUS

    @property
    def run_rate(self) -> Ratio:
        """What the period would end with at the pace so far (M33)."""
        if self.actual is None:
            return Ratio.missing(self.reason)
        if self.is_rate:
            return Ratio(self.actual)
        return Ratio.of(self.actual * self.time.whole, self.time.elapsed, reason="not_started")

    @property
    def required_daily(self) -> Ratio:
        """What each working day left has to bring (M33); negative once there is more than the target."""
        if self.actual is None:
            return Ratio.missing(self.reason)
        if self.is_rate:
            return Ratio.missing("rate")
        return Ratio.of(self.target - self.actual, self.time.days_left, reason="period_over")


def passed(period: Period | None, today: date, timing: Timing) -> Passed:
    """How much of a period is over when `today` has begun; of no period nothing, and nothing is left."""
    if period is None:
        return Passed(ZERO, ZERO, 0)
    gone = period.overlap(Period(date.min, max(today, date(2, 1, 1))))
    left = period.overlap(Period(today, date.max))
    return Passed(
        timing.weight(gone) if gone else ZERO,
        timing.weight(period),
        timing.count(left) if left else 0,
    )


def employed(period: Period, joined_on: date | None, left_on: date | None) -> Period | None:
    """The part of a period somebody was employed in, the day they left included; None when they were not."""
    start = max(joined_on or period.start, period.start)
    end = min(left_on + timedelta(days=1), period.end) if left_on else period.end
    return Period(start, end) if start < end else None


def prorated(target: Decimal, part: Period | None, period: Period, timing: Timing) -> Decimal:
    """A target's share of a part of its period, unrounded: what falls on the part's working days (M30)."""
    if part == period:
        return target
    whole = timing.weight(period)
    if part is None or whole == 0:
        return ZERO
    return target * timing.weight(part) / whole


def as_targeted(rate: Ratio, target: Decimal) -> Ratio:
    """A rate as its target is written: 0.25 beside a target of at most 1, 25 beside one in per cent."""
    if rate.value is None or target <= 1:
        return rate
    return Ratio(rate.value * 100)
