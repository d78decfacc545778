"""走动管理 (`domain.md` M48): on what share of the working days a manager was in the field."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from loudou.kernel.numbers import Ratio

WANTED = Decimal("0.20")


@dataclass(frozen=True)
class Walked:
    """A manager's working days, the days with a walk to a customer, and how many customers these were."""

    working_days: int = 0
    field_days: int = 0
    customers: int = 0

    @property
    def share(self) -> Ratio:
        """Field days ÷ working days."""
        return Ratio.of(self.field_days, self.working_days)

    @property
    def passed(self) -> bool | None:
        """Whether that is a fifth at least; None without a working day."""
        share = self.share.value
        return None if share is None else share >= WANTED

    def __add__(self, other: Walked) -> Walked:
        return Walked(
            self.working_days + other.working_days,
            self.field_days + other.field_days,
            self.customers + other.customers,
        )
