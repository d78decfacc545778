"""Stage times (`domain.md` M06) and promotion elapsed time (M08).

Counted are the deals that first entered a stage in the period. Their time is the sum of all stays, without holds and
without the time they were closed. A deal that has left the stage is an observation, one that stands in it an unended
one: it has lasted at least so long. Median and P75 are those of Kaplan and Meier, who use both; a threshold counts as
passed when the share that is left has come down to it. A stage jumped over is no observation.

Which way deals go is told apart by Aalen and Johansen: the share that has gone on to a later stage, and the share that
has left otherwise (lost, or stepped back for good), after so many days. Both and what is left are the whole.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from loudou.insight.figures.conversion import in_cohort
from loudou.insight.figures.flow import Span
from loudou.insight.figures.scope import Scope
from loudou.insight.figures.selected import quickly_survived
from loudou.insight.figures.survival import Gone, incidence_each
from loudou.kernel.numbers import Ratio
from loudou.pipeline.figures.courses import MICROSECOND, Course

DAY = Decimal(86_400_000_000)  # in microseconds
HALF, QUARTER = Decimal("0.5"), Decimal("0.25")  # what is left at the median and at P75
HORIZONS = (30, 60, 90, 180)  # days after which the ways out of a stage are told


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

    def quantiles(self, shares: Sequence[Decimal]) -> list[Ratio]:
        """Days after which at most these shares are left; none where too many are still on their way."""
        if not self.ended and not self.waiting:
            return [Ratio.missing("no_base") for _share in shares]
        return [in_days(one) for one in quickly_survived(self.ended, self.waiting, shares)]

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
        return self.quantiles((HALF, QUARTER))

    def __add__(self, other: Times) -> Times:
        return Times(
            joined(self.ended, other.ended),
            joined(self.waiting, other.waiting),
            joined(self.onward, other.onward),
            self.promoted + other.promoted,
            self.promoted_sum + other.promoted_sum,
        )


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
