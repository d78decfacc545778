"""Rounding and ratios as `domain.md` B0.5 and B0.6 want them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from math import sqrt

CENT = Decimal("0.01")
MILLIONTH = Decimal("0.000001")
ZERO = Decimal(0)


def rounded(value: Decimal, step: Decimal = CENT) -> Decimal:
    """Round half up (四舍五入) to a multiple of `step`: the only rounding there is, and only at output. Nothing is -0."""
    return value.quantize(step, rounding=ROUND_HALF_UP) + ZERO


@dataclass(frozen=True)
class Ratio:
    """A quotient that may have no value. `value` is exact and unrounded; without one, `reason` says why."""

    value: Decimal | None
    reason: str = ""
    numerator: Decimal = ZERO
    denominator: Decimal = ZERO

    @classmethod
    def of(cls, numerator: Decimal | int, denominator: Decimal | int, *, reason: str = "no_base") -> Ratio:
        """numerator ÷ denominator, or no value (never 0, ∞ or 100 %) when there is nothing to divide by (B0.6)."""
        top, bottom = Decimal(numerator), Decimal(denominator)
        if bottom == 0:
            return cls(None, reason, top, bottom)
        return cls(top / bottom, "", top, bottom)

    @classmethod
    def missing(cls, reason: str) -> Ratio:
        """A ratio that has no value, for `reason`."""
        return cls(None, reason)


def key_of(text: object) -> int | None:
    """The key of a row that a text names, such as one sent by a form; None for whatever names none."""
    raw = str(text or "")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 19 else None


def wilson(successes: int, n: int, z: float = 1.96) -> tuple[float, float] | None:
    """The 95 % Wilson interval of a rate (B0.7); none without observations."""
    if n <= 0:
        return None
    p = successes / n
    spread = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    centre, scale = p + z * z / (2 * n), 1 + z * z / n
    return (centre - spread) / scale, (centre + spread) / scale
