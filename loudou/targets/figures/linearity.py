"""Linearity (`domain.md` M34): whether results come week by week as planned, or in a rush at the end (突击)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from loudou.kernel.numbers import ZERO, Ratio
from loudou.kernel.periods import Grain, Period
from loudou.targets.figures.decompose import Timing

RUSH = Decimal("0.5")  # more than this in the last two weeks is a rush
LAST_WEEKS = 2


@dataclass(frozen=True)
class Week:
    """A week, clipped at month ends, with what it weighs in the plan and what came in it."""

    period: Period
    weight: Decimal
    actual: Decimal


@dataclass(frozen=True)
class Linearity:
    """The weeks of a period, in order, as far as they are over."""

    weeks: Sequence[Week]

    @property
    def actual(self) -> Decimal:
        """What came in all of them."""
        return sum((week.actual for week in self.weeks), ZERO)

    def plan_share(self, week: Week) -> Ratio:
        """A week's part of the weights."""
        return Ratio.of(week.weight, sum((one.weight for one in self.weeks), ZERO))

    def actual_share(self, week: Week) -> Ratio:
        """A week's part of what came."""
        return Ratio.of(week.actual, self.actual)

    @property
    def value(self) -> Ratio:
        """1 − ½ · Σ |actual share − plan share|: 1 is exactly as planned; what was returned cannot take it below 0."""
        off = ZERO
        for week in self.weeks:
            came, planned = self.actual_share(week).value, self.plan_share(week).value
            if came is None or planned is None:
                return Ratio.missing("no_base")
            off += abs(came - planned)
        return Ratio(max(1 - off / 2, ZERO)) if self.weeks else Ratio.missing("not_started")

    @property
    def last_share(self) -> Ratio:
        """What came in the last two of the weeks, as a part of all."""
        last = sum((week.actual for week in self.weeks[-LAST_WEEKS:]), ZERO)
        return Ratio.of(last, self.actual)

    @property
    def is_rush(self) -> bool:
        """Whether more than half came in the last two weeks; told of four weeks and more."""
        share = self.last_share.value
        return share is not None and share > RUSH and len(self.weeks) > LAST_WEEKS + 1


def weeks_of(period: Period, timing: Timing) -> list[tuple[Period, Decimal]]:
    """The weeks of a period, clipped at month ends, each with its weight (M62)."""
    return [(week, timing.weight(week)) for week in timing.fiscal.split(period, Grain.WEEK)]
