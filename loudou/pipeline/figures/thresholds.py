"""From when on something about a deal is odd (`domain.md` M12, M16, C2): what the sources leave to the organisation.

How long a deal may stand in a stage is not here: each stage of a funnel has its own days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Self

from loudou.kernel.money import LARGEST


@dataclass(frozen=True)
class Thresholds:
    """The defaults are those of the domain."""

    pushes: int = 2  # so often is the expected date moved later
    amount_change: Decimal = Decimal("0.5")  # an amount that changes by more jumps, and a manager decides
    soon_days: int = 14  # an expected date so near wants watching
    bare_days: int = 7  # a stage may stay without any evidence for so long
    contact_days: int = 7  # a live deal hears of us so often; after twice the time it is silent
    stuck_times: Decimal = Decimal("1.5")  # longer in a stage than P75 times this is a silent leak
    off_funnel_days: int = 7  # a win so young was hidden until it was sure
    off_funnel_amount: Decimal = Decimal(0)  # a win of less, in the base currency, is not worth hiding
    answer_days: int = 2  # working days a warning may wait for an answer before the next superior hears of it
    again_days: int = 7  # who says it is being done is asked again after so many days

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Self:
        """As they were kept: those that differ from the defaults, ratios and amounts as text."""
        known = {field.name for field in fields(cls)}
        told: dict[str, Any] = {
            name: Decimal(value) if name in _DECIMALS else value
            for name, value in kept.items()
            if name in known
        }
        return cls(**told)

    def kept(self) -> dict[str, Any]:
        """What is to be kept of them."""
        told = {field.name: getattr(self, field.name) for field in fields(self)}
        own = {name: value for name, value in told.items() if value != getattr(STANDARD, name)}
        return {name: value if isinstance(value, int) else str(value) for name, value in own.items()}


_DECIMALS = frozenset({"amount_change", "stuck_times", "off_funnel_amount"})
STANDARD = Thresholds()
# The least and the most each may be.
BOUNDS: dict[str, tuple[Decimal, Decimal]] = {
    "pushes": (Decimal(1), Decimal(20)),
    "amount_change": (Decimal("0.01"), Decimal(10)),
    "soon_days": (Decimal(1), Decimal(365)),
    "bare_days": (Decimal(1), Decimal(365)),
    "contact_days": (Decimal(1), Decimal(365)),
    "stuck_times": (Decimal(1), Decimal(10)),
    "off_funnel_days": (Decimal(1), Decimal(365)),
    "off_funnel_amount": (Decimal(0), LARGEST),
    "answer_days": (Decimal(1), Decimal(30)),
    "again_days": (Decimal(1), Decimal(365)),
}
NAMES = tuple(BOUNDS)
KEPT_WITH_DEALS = (
    "amount_change",
    "off_funnel_days",
    "off_funnel_amount",
)  # what they say of a deal stands in its row
