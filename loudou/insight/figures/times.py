"""Stage times (`domain.md` M06) and promotion elapsed time (M08).

Counted are the deals that first entered a stage in the period. Their time is the sum of all stays, without holds and
without the time they were closed. A deal that has left the stage is an observation, one that stands in it an unended
one: it has lasted at least so long. Median and P75 are those of Kaplan and Meier, who use both; a threshold counts as
passed when the share that is left has come down to it. A stage jumped over is no observation.

Which way deals go is told apart by Aalen and Johansen: the share that has gone on to a later stage, and the share that
has left otherwise (lost, or stepped back for good), after so many days. Both and what is left are the whole.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, Decimal, localcontext
from functools import cached_property
from itertools import accumulate, repeat
from operator import mul, neg, sub, truediv
from typing import NamedTuple

from loudou.insight.figures.conversion import in_cohort
from loudou.insight.figures.flow import Span
from loudou.insight.figures.scope import Scope
from loudou.kernel.numbers import ZERO, Ratio
from loudou.pipeline.figures.courses import MICROSECOND, Course

DAY = Decimal(86_400_000_000)  # in microseconds
HALF, QUARTER = Decimal("0.5"), Decimal("0.25")  # what is left at the median and at P75
HORIZONS = (30, 60, 90, 180)  # days after which the ways out of a stage are told
# A product of so many digits is exact enough to tell a threshold met.
DIGITS, _NOTHING = 60, Decimal("1e-40")
_NEAR = 1e-9  # a product of a million plain numbers is less than that beside the true one


@dataclass(frozen=True)
class Times:
    """Times in one stage, in microseconds: of those that left (and those of them that advanced), of those in it."""

    ended: Sequence[int] = ()
    waiting: Sequence[int] = ()
    onward: Sequence[int] = ()  # of the ended ones, those that advanced
    promoted: int = 0  # entered the stage after it too
    promoted_sum: int = 0

    @property
    def left(self) -> int:
        """How many have left the stage for good."""
        return len(self.ended)

    @property
    def inflight(self) -> int:
        """How many stand in it."""
        return len(self.waiting)

    @property
    def advanced(self) -> int:
        """How many of them have advanced."""
        return len(self.onward)

    @property
    def advanced_sum(self) -> int:
        """Their times summed."""
        return sum(self.onward)

    @property
    def mean(self) -> Ratio:
        """Mean days of those that have left."""
        return _days(sum(self.ended), self.left)

    @property
    def advancers_mean(self) -> Ratio:
        """Mean days of those that left and had advanced."""
        return _days(self.advanced_sum, self.advanced)

    @property
    def first_to_next(self) -> Ratio:
        """Mean days from the first entry to the first entry of the next stage; of the last stage to the win (M08)."""
        return _days(self.promoted_sum, self.promoted)

    @cached_property
    def median(self) -> Ratio:
        """Days after which half have left."""
        return self._quantiles[0]

    @cached_property
    def p75(self) -> Ratio:
        """Days after which three quarters have left."""
        return self._quantiles[1]

    def quantile(self, share: Decimal) -> Ratio:
        """Days after which at most this share is left; none where too many are still on their way."""
        return self._each((share,))[0]

    def gone_by(self, days: int | None = None) -> Gone | None:
        """Which way they have gone after so many days; None: as far as is known. None without observations."""
        return self._gone((days,))[days]

    @property
    def told(self) -> Lasted:
        """What is told of them."""
        gone = self._gone((None, *HORIZONS))
        days = self.mean, self.advancers_mean, self.median, self.p75, self.first_to_next
        return Lasted(self.left, self.inflight, gone, *days)

    def _gone(self, horizons: Sequence[int | None]) -> dict[int | None, Gone | None]:
        if not self.ended and not self.waiting:
            return dict.fromkeys(horizons)
        untils = [days * int(DAY) if days is not None else None for days in horizons]
        found = incidence_each(sorted(self.ended), sorted(self.onward), sorted(self.waiting), untils)
        return dict(zip(horizons, found, strict=True))

    @cached_property
    def _quantiles(self) -> list[Ratio]:
        """Median and P75, walked to once."""
        return self._each((HALF, QUARTER))

    def _each(self, shares: Sequence[Decimal]) -> list[Ratio]:
        if not self.ended and not self.waiting:
            return [Ratio.missing("no_base") for _share in shares]
        # In order only for as long as that takes: of a large company it is megabytes.
        found = survived_each(sorted(self.ended), sorted(self.waiting), shares)
        return [in_days(one) for one in found]

    def __add__(self, other: Times) -> Times:
        return Times(
            joined(self.ended, other.ended),
            joined(self.waiting, other.waiting),
            joined(self.onward, other.onward),
            self.promoted + other.promoted,
            self.promoted_sum + other.promoted_sum,
        )


@dataclass(frozen=True)
class Gone:
    """The share that has gone on, and the share that has left otherwise."""

    onward: Decimal
    otherwise: Decimal


@dataclass(frozen=True)
class Lasted:
    """What is told of the times in one stage: `Times` without the single ones."""

    left: int
    inflight: int
    gone: Mapping[int | None, Gone | None]
    mean: Ratio
    advancers_mean: Ratio
    median: Ratio
    p75: Ratio
    first_to_next: Ratio

    def gone_by(self, days: int | None = None) -> Gone | None:
        """Which way they have gone after so many days, of those in `HORIZONS`; None: as far as is known."""
        return self.gone[days]


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


def in_days(found: int | None) -> Ratio:
    """A quantile in days; none where too many are still on their way."""
    return Ratio.of(Decimal(found), DAY) if found is not None else Ratio.missing("in_flight")


def times_of(course: Course, span: Span, scope: Scope) -> Times:
    """What one deal's course, as it was known at the span's instant, contributes to its stage's times."""
    if course.void_at is not None or not in_cohort(course.entered_at, span):
        return Times()
    if not scope.takes(course.owner, course.unit, course.reached_at):
        return Times()
    took = course.took(span.known or span.now)
    advanced = not course.is_here and course.passed_at is not None
    elapsed = elapsed_of(course.entered_at, course.next_at)
    return Times(
        ended=() if course.is_here else (took,),
        waiting=(took,) if course.is_here else (),
        onward=(took,) if advanced else (),
        promoted=int(elapsed is not None),
        promoted_sum=elapsed or 0,
    )


def elapsed_of(entered_at: datetime | None, next_at: datetime | None) -> int | None:
    """Microseconds from the first entry of a stage to that of the next; none where it came to that one before."""
    if entered_at is None or next_at is None or next_at < entered_at:
        return None
    return (next_at - entered_at) // MICROSECOND


def joined(some: Sequence[int], others: Sequence[int]) -> Sequence[int]:
    """Both, as eight octets each: a quarter of what as many objects take."""
    if some and others:
        return array("q", some) + array("q", others)
    return some or others


def _days(total: int, count: int) -> Ratio:
    return Ratio.of(Decimal(total) / DAY, count)
