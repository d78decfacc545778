"""A target's number as people type it: `1,234.50`, `12万`, of a rate also `25%`."""

from __future__ import annotations

from decimal import Decimal

from loudou.kernel.money import parse_amount
from loudou.kernel.numbers import CENT


class PerCent(Decimal):
    """A number that was written with the sign: only a rate may be."""


def parse_target(raw: str) -> Decimal:
    """Read a target's number; raises `ValueError` for what is none.

    A rate of at most 1 is a ratio, above that it is in per cent (`progress.as_targeted`): 25% is 0.25 for that. What
    would need more than two decimal places, or be no ratio any more, stays in per cent: 12.5% is 12.5, 120% is 120.
    """
    text = raw.strip().replace("％", "%")
    if not text.endswith("%"):
        return parse_amount(raw)
    return PerCent(as_written(parse_amount(text.removesuffix("%")) / 100))


def as_ratio(rate: Decimal) -> Decimal:
    """What a target's rate means: up to 1 it is a ratio, above that in per cent."""
    return rate if rate <= 1 else rate / 100


def as_written(ratio: Decimal) -> Decimal:
    """How a ratio is kept as a target's rate: as it is, or in per cent, see `parse_target`."""
    is_ratio = ratio * 100 <= 1 or (ratio <= 1 and ratio == ratio.quantize(CENT))
    return ratio if is_ratio else ratio * 100


def like(rate: Decimal, whole: Decimal) -> Decimal:
    """A rate in the manner of another: in per cent beside one in per cent, else as a ratio."""
    return as_ratio(rate) * (1 if whole <= 1 else 100)
