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
    number = parse_amount(text.removesuffix("%"))
    ratio = number / 100
    is_ratio = number <= 1 or (ratio <= 1 and ratio == ratio.quantize(CENT))
    return PerCent(ratio if is_ratio else number)
