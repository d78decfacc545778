"""The prevention ratio (`domain.md` M48): early warnings closed before occurrence ÷ (those + problems occurred)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from loudou.kernel.numbers import ZERO, Ratio


@dataclass(frozen=True)
class Prevention:
    """Warnings that ended in a period, and problems that came without one; amounts are those of the deals."""

    prevented: int = 0
    prevented_amount: Decimal = ZERO
    occurred: int = 0
    occurred_amount: Decimal = ZERO
    unannounced: int = 0  # of those that occurred, without a warning before
    void: int = 0

    @property
    def ratio(self) -> Ratio:
        """Prevented ÷ (prevented + occurred); what ended neither way is left out."""
        return Ratio.of(self.prevented, self.prevented + self.occurred)

    def __add__(self, other: Prevention) -> Prevention:
        return Prevention(
            self.prevented + other.prevented,
            self.prevented_amount + other.prevented_amount,
            self.occurred + other.occurred,
            self.occurred_amount + other.occurred_amount,
            self.unannounced + other.unannounced,
            self.void + other.void,
        )
