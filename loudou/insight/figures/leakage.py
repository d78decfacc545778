"""Leakage (漏损, `domain.md` M12): what is lost out of each stage and why, and what leaks in silence.

Lost are deals that left the stage lost or cancelled in the period, against those that came into it (M03). A silent
leak is an open deal that nobody moves: without a next step, or longer in its stage than one and a half times the days
after which three quarters have left it (M06).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from loudou.insight.figures.flow import Amounts
from loudou.insight.figures.times import DAY
from loudou.kernel.numbers import Ratio
from loudou.pipeline.figures.thresholds import STANDARD


@dataclass(frozen=True)
class Leak:
    """A stage's losses by reason (None: none was given), and its silent leaks by why; a deal may leak for both."""

    entered: Amounts = field(default_factory=Amounts)
    lost: Amounts = field(default_factory=Amounts)
    reasons: Mapping[int | None, Amounts] = field(default_factory=dict)
    silent: Amounts = field(default_factory=Amounts)
    stuck: Amounts = field(default_factory=Amounts)  # too long in the stage
    idle: Amounts | None = None  # without a next step; None: of a past instant it cannot be told

    @property
    def rate(self) -> Ratio:
        """Lost ÷ entered."""
        return Ratio.of(self.lost.count, self.entered.count)

    @property
    def amount_rate(self) -> Ratio:
        """The same by amount."""
        return Ratio.of(self.lost.amount, self.entered.amount)

    @property
    def amount(self) -> Decimal:
        """漏损额: what was lost and what leaks in silence."""
        return self.lost.amount + self.silent.amount


def limit_of(p75: Ratio, times: Decimal = STANDARD.stuck_times) -> int | None:
    """Microseconds in a stage beyond which a deal leaks; None where the stage has no P75."""
    return int(p75.value * DAY * times) if p75.value is not None else None
