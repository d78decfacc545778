"""Quantiles of many times (M06) without putting all of them in order: a sample tells about where they lie.

Only the times about there are sorted, of all others it is counted how many are shorter and longer. What is found is
exact: where it lies outside of what was sorted, all are.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from decimal import Decimal, localcontext

from loudou.insight.figures.survival import DIGITS, survived_each

MANY = 4_000  # fewer are sorted as quickly
SAMPLED = 1_000
FEW = 5  # unended ones below: for each the shorter times are walked through
_NEARLY = 1 - Decimal("1e-30")  # of what is left: too near to where the times that were sorted begin


def quickly_survived(
    ended: Sequence[int], waiting: Sequence[int], shares: Sequence[Decimal]
) -> list[int | None]:
    """What `survived_each` tells of these times, which are in no order."""
    unended = sorted(waiting)
    if len(ended) >= MANY:
        found = _about(ended, unended, shares)
        if found is not None:
            return found
    return survived_each(sorted(ended), unended, shares)


def _about(
    ended: Sequence[int], waiting: Sequence[int], shares: Sequence[Decimal]
) -> list[int | None] | None:
    """The same from the times about where they must be; None if they are elsewhere. Those `waiting` are sorted."""
    floor, ceiling = _bounds(ended, waiting, shares)
    if ceiling is None:
        return None
    within = list(filter(ceiling.__ge__, ended))
    early, below, left = 0, 0, Decimal(1)
    if floor is not None and bisect_left(waiting, floor) <= FEW:
        early, shorter = bisect_left(waiting, floor), within
        within = list(filter(floor.__le__, shorter))
        below = len(shorter) - len(within)
        left = _left(shorter, waiting[:early], below, len(ended) + len(waiting))
    within.sort()
    with localcontext() as context:
        context.prec = DIGITS
        goals = [share / left for share in shares]
    if any(goal >= _NEARLY for goal in goals):
        return None
    here = waiting[early : bisect_right(waiting, ceiling)]
    later = len(ended) - below - len(within) + len(waiting) - early - len(here)
    found = survived_each(within, here, goals, later=later)
    return None if None in found else found


def _bounds(
    ended: Sequence[int], waiting: Sequence[int], shares: Sequence[Decimal]
) -> tuple[int | None, int | None]:
    """Between which times the quantiles must be looked for; None: from the shortest, nowhere.

    A quantile of a sample is off by so many places only once in ten thousand times.
    """
    every = len(ended) // SAMPLED
    sample = sorted(ended[::every])
    told = [
        bisect_left(sample, one) for one in survived_each(sample, waiting[::every], shares) if one is not None
    ]
    if len(told) < len(shares):
        return None, None
    margin = 2 * math.isqrt(len(sample)) + 1
    first, last = min(told) - margin, max(told) + margin
    return sample[first] if first > 0 else None, sample[min(last, len(sample) - 1)]


def _left(ended: Sequence[int], waiting: Sequence[int], below: int, whole: int) -> Decimal:
    """The share that is left by Kaplan and Meier once so many `below` have ended, `waiting` all unended ones among these.

    Those `ended` are these and longer ones; how many there are in all is the `whole`.
    """
    with localcontext() as context:
        context.prec = DIGITS
        left, gone = Decimal(1), 0
        for lost, took in enumerate(waiting):
            run = sum(map(took.__ge__, ended))
            left, gone = left * (whole - run - lost) / (whole - gone - lost), run
        return left * (whole - below - len(waiting)) / (whole - gone - len(waiting))
