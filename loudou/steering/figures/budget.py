"""Budget against what was spent (`domain.md` M74, R015, R016)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from loudou.kernel.numbers import ZERO, Ratio

WARN, BLOCK = Decimal("0.8"), Decimal(1)
FINE, WARNED, BLOCKED = "ok", "warn", "block"


@dataclass(frozen=True)
class Card:
    """A control card (费用控制卡): what may be spent, what was approved, what is committed and not claimed yet."""

    budget: Decimal = ZERO
    approved: Decimal = ZERO
    committed: Decimal = ZERO

    @property
    def used(self) -> Decimal:
        """Approved and committed."""
        return self.approved + self.committed

    @property
    def left(self) -> Decimal:
        """What may still be spent; below zero it is overspent."""
        return self.budget - self.used

    @property
    def usage(self) -> Ratio:
        """(Approved + committed) ÷ budget."""
        return Ratio.of(self.used, self.budget)

    @property
    def status(self) -> str:
        """`warn` from 80 %, `block` beyond 100 %, compared unrounded; without a budget anything spent blocks."""
        usage = self.usage.value
        if usage is None:
            return BLOCKED if self.used > 0 else FINE
        return BLOCKED if usage > BLOCK else WARNED if usage >= WARN else FINE

    def __add__(self, other: Card) -> Card:
        return Card(
            self.budget + other.budget, self.approved + other.approved, self.committed + other.committed
        )


def expense_ratio(spent: Decimal, revenue: Decimal | None) -> Ratio:
    """费用率: approved expense ÷ revenue; none where no revenue is known, or there is none above zero."""
    if revenue is None:
        return Ratio.missing("not_recorded")
    return Ratio.of(spent, revenue) if revenue > 0 else Ratio.missing("no_base")
