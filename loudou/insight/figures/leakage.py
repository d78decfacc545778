"""Leakage (漏损, `domain.md` M12): what is lost out of each stage and why, and what leaks in silence.

Lost are deals that left the stage lost or cancelled in the period, against those that came into it (M03). A silent
leak is an open deal that nobody moves: without a next step, longer in its stage than one and a half times the days
after which three quarters have left it (M06), or without a contact for more than twice the days between two. The clock
of contacts begins with the first: of a deal about which no contact was ever written down nobody can say that it fell
silent (D3 tells that O8 is over its limit, and no leak).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from loudou.fieldwork.figures.contacts import SILENT, contact_state
from loudou.insight.figures.flow import Amounts
from loudou.insight.figures.times import DAY
from loudou.kernel.numbers import Ratio
from loudou.pipeline.figures.thresholds import STANDARD


@dataclass(frozen=True)
class Leak:
    """A stage's losses by reason (None: none was given), and its silent leaks by why; a deal may leak for several."""

    entered: Amounts = field(default_factory=Amounts)
    lost: Amounts = field(default_factory=Amounts)
    reasons: Mapping[int | None, Amounts] = field(default_factory=dict)
    silent: Amounts = field(default_factory=Amounts)
    stuck: Amounts = field(default_factory=Amounts)  # too long in the stage
    idle: Amounts | None = None  # without a next step; None: of a past instant it cannot be told
    unheard: Amounts = field(default_factory=Amounts)  # nobody spoke to the customer for twice the cadence

    @property
    def causes(self) -> dict[str, Amounts]:
        """Its silent leaks by cause, those that can be told; a deal may leak for several."""
        told = {"stuck": self.stuck, "idle": self.idle, "unheard": self.unheard}
        return {cause: amounts for cause, amounts in told.items() if amounts is not None}

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


def unheard_since(now: datetime, contact_days: int) -> datetime:
    """A deal whose last contact was before this leaks: days of the calendar, as `contact_state` counts them."""
    return now - 2 * timedelta(days=contact_days)


def is_unheard(last: datetime | None, now: datetime, contact_days: int) -> bool:
    """Whether a deal leaks for want of contacts: the last was longer ago than twice the cadence."""
    return contact_state(last, now, timedelta(days=contact_days)) == SILENT
