"""Where the funnel is narrow (`domain.md` M15): each stage against its own last four quarters, and what mending is worth.

A stage's score is its conversion against the mean of the four quarters before, times their mean of median days
against its own: below 1 it converts less, or takes longer, than it used to. The lowest score is the bottleneck, among
stages where at least ten deals are decided. Brought back to its former rate, the deals in flight there would give so
many more wins: times the chance to win from the stage after it, times the mean amount won.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import mean, stdev

from loudou.insight.figures.conversion import FEW, Conversion
from loudou.kernel.numbers import ZERO, Ratio

QUARTERS = 4


@dataclass(frozen=True)
class Pace:
    """A stage's conversion and median days in a period."""

    conversion: Conversion
    median: Ratio


@dataclass(frozen=True)
class Health:
    """A stage as it is, beside what it was in the quarters before."""

    now: Pace
    before: Sequence[Pace]
    downstream: Ratio  # the chance to win once beyond it

    @property
    def base_rate(self) -> Ratio:
        """The mean of the quarters' rates."""
        return _mean([pace.conversion.rate for pace in self.before])

    @property
    def base_median(self) -> Ratio:
        """The mean of the quarters' median days."""
        return _mean([pace.median for pace in self.before])

    @property
    def rate_gap(self) -> Ratio:
        """How many standard deviations the rate lies off its quarters (z)."""
        return _gap(self.now.conversion.rate, [pace.conversion.rate for pace in self.before])

    @property
    def median_gap(self) -> Ratio:
        """The same of the median days."""
        return _gap(self.now.median, [pace.median for pace in self.before])

    @property
    def score(self) -> Ratio:
        """(rate ÷ its baseline) × (baseline of the median ÷ the median)."""
        if self.now.conversion.decided < FEW:
            return Ratio.missing("small_n")
        return _times(
            _over(self.now.conversion.rate, self.base_rate), _over(self.base_median, self.now.median)
        )

    @property
    def extra_wins(self) -> Ratio:
        """Deals in flight × (baseline − rate) × the chance from there; nothing where it is not below its baseline."""
        rate, base = self.now.conversion.rate, self.base_rate
        if rate.value is None or base.value is None:
            return Ratio.missing(rate.reason or base.reason)
        lost = max(base.value - rate.value, ZERO) * self.now.conversion.inflight
        return _times(Ratio(lost), self.downstream)

    def worth(self, amount: Ratio) -> Ratio:
        """The extra wins in money, at the mean amount won."""
        return _times(self.extra_wins, amount)


def healths(now: Sequence[Pace], before: Sequence[Sequence[Pace]]) -> list[Health]:
    """Every stage in order; `before` holds for each its quarters.

    The chance to win beyond a stage is the product of the later stages' rates, of their baselines where nothing is
    decided yet.
    """
    found: list[Health] = []
    downstream = Ratio(Decimal(1))
    for pace, quarters in reversed(list(zip(now, before, strict=True))):
        health = Health(pace, quarters, downstream)
        rate = pace.conversion.rate if pace.conversion.decided else health.base_rate
        downstream = _times(downstream, rate)
        found.insert(0, health)
    return found


def bottleneck(stages: Sequence[Health]) -> int | None:
    """The place of the lowest score; None where no stage has one."""
    scored = [
        (health.score.value, place) for place, health in enumerate(stages) if health.score.value is not None
    ]
    return min(scored)[1] if scored else None


def _mean(values: Sequence[Ratio]) -> Ratio:
    there = [one.value for one in values if one.value is not None]
    return Ratio(mean(there)) if there else Ratio.missing("no_base")


def _gap(now: Ratio, before: Sequence[Ratio]) -> Ratio:
    there = [one.value for one in before if one.value is not None]
    if now.value is None or len(there) < 2:
        return Ratio.missing("no_base")
    return Ratio.of(now.value - mean(there), stdev(there))


def _over(above: Ratio, below: Ratio) -> Ratio:
    if above.value is None or below.value is None:
        return Ratio.missing(above.reason or below.reason)
    return Ratio.of(above.value, below.value)


def _times(one: Ratio, other: Ratio) -> Ratio:
    if one.value is None or other.value is None:
        return Ratio.missing(one.reason or other.reason)
    return Ratio(one.value * other.value)
