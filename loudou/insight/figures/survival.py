"""How long it takes until so many have left, where some are still on their way (`domain.md` M06).

Kaplan and Meier: the share that is left after each time; Aalen and Johansen: which way the others went. Both use who
is still on his way, as an observation that has lasted at least so long.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal, localcontext
from itertools import accumulate, repeat
from operator import mul, neg, sub, truediv
from typing import NamedTuple

from loudou.kernel.numbers import ZERO

# A product of so many digits is exact enough to tell a threshold met.
DIGITS, _NOTHING = 60, Decimal("1e-40")
_NEAR = 1e-9  # a product of a million plain numbers is less than that beside the true one


@dataclass(frozen=True)
class Gone:
    """The share that has gone on, and the share that has left otherwise."""

    onward: Decimal
    otherwise: Decimal


def incidence(
    ended: Sequence[int], onward: Sequence[int], waiting: Sequence[int], until: int | None = None
) -> Gone:
    """How many have gone which way by `until`, by Aalen and Johansen; all sequences are sorted."""
    return incidence_each(ended, onward, waiting, (until,))[0]


def incidence_each(
    ended: Sequence[int], onward: Sequence[int], waiting: Sequence[int], untils: Sequence[int | None]
) -> list[Gone]:
    """The same by several instants, in one walk.

    Between two unended observations every end weighs the same: what is left ÷ how many are at risk.
    """
    whole = len(ended) + len(waiting)

    def by(edge: int, lost: int, so_far: _Walked) -> _Walked:
        run = bisect_right(ended, edge, lo=so_far.went)
        gone = run - so_far.went
        if not gone:
            return so_far
        before = ended[so_far.went - 1] if so_far.went else -1
        ahead = bisect_right(onward, edge) - bisect_right(onward, before)
        weight = so_far.left / (whole - so_far.went - lost)
        return _Walked(
            so_far.left - weight * gone,
            run,
            so_far.onward + weight * ahead,
            so_far.otherwise + weight * (gone - ahead),
        )

    lasts = [until if until is not None else (ended[-1] if ended else 0) for until in untils]
    found: dict[int, Gone] = {}
    with localcontext() as context:
        context.prec = DIGITS
        walked, lost = _Walked(Decimal(1), 0, ZERO, ZERO), 0
        for last in sorted(set(lasts)):
            while lost < len(waiting) and waiting[lost] < last:
                walked = by(waiting[lost], lost, walked)
                lost += 1
            at_last = by(last, lost, walked)
            found[last] = Gone(at_last.onward, at_last.otherwise)
    return [found[last] for last in lasts]


class _Walked(NamedTuple):
    """How far a walk through unended observations has come."""

    left: Decimal
    went: int
    onward: Decimal
    otherwise: Decimal


def survived(ended: Sequence[int], waiting: Sequence[int], share: Decimal) -> int | None:
    """The shortest time after which, by Kaplan and Meier, at most `share` is left; both sequences are sorted."""
    return survived_each(ended, waiting, (share,))[0]


def survived_each(
    ended: Sequence[int], waiting: Sequence[int], shares: Iterable[Decimal], *, later: int = 0
) -> list[int | None]:
    """The same for several shares; `later` are others, ended or not, that all lasted longer than any of these.

    Between two unended observations the product of the estimator telescopes, so that only those are walked through.
    An unended one of the same length as an ended one was still at risk. Plain numbers find where it is, unless they
    come so near to a threshold that only many digits can tell.
    """
    whole = len(ended) + len(waiting) + later
    # How many had ended by each unended one, and in all; how many by the one before it.
    runs = [*map(bisect_right, repeat(ended), waiting), len(ended)]
    gone = [0, *runs[:-1]]
    if runs[-1] == gone[-1]:
        runs.pop()
    alone = range(whole, whole - len(runs), -1)  # without the unended ones passed by
    parts = map(truediv, map(sub, alone, runs), map(sub, alone, gone))
    left = list(accumulate(parts, mul))
    return [_survived(ended, waiting, share, left, gone, later) for share in shares]


def _survived(
    ended: Sequence[int],
    waiting: Sequence[int],
    share: Decimal,
    left: Sequence[float],
    gone: Sequence[int],
    later: int,
) -> int | None:
    """`survived_each` of one share, where it is known how much is `left` after each unended one, how many are `gone`."""
    goal = float(share)
    place = bisect_left(left, -(goal + _NEAR), key=neg)
    if place == len(left):
        return None
    at_risk = len(ended) + len(waiting) + later - gone[place] - place
    needed = at_risk * (1 - goal / (left[place - 1] if place else 1.0))
    if left[place] > goal - _NEAR or abs(needed - round(needed)) <= at_risk * _NEAR:
        return _survived_exactly(ended, waiting, share, later)
    return ended[gone[place] + math.ceil(needed) - 1]


def _survived_exactly(
    ended: Sequence[int], waiting: Sequence[int], share: Decimal, later: int = 0
) -> int | None:
    """The same in so many digits that a threshold is met when it is met."""
    with localcontext() as context:
        context.prec = DIGITS
        left, gone, lost = Decimal(1), 0, 0
        goal = share + _NOTHING
        while gone < len(ended):
            run = bisect_right(ended, waiting[lost], lo=gone) if lost < len(waiting) else len(ended)
            at_risk = len(ended) + len(waiting) + later - gone - lost
            after = left * (at_risk - (run - gone)) / at_risk
            if after <= goal:
                needed = (at_risk * (1 - goal / left)).to_integral_value(ROUND_CEILING)
                return ended[gone + max(int(needed), 1) - 1]
            left, gone, lost = after, run, lost + 1
    return None
