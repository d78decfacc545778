"""Times of a stage as they are kept: those that its median, or P75, may yet come to be; of all others only how many.

What is kept can be carried on: some deals' times are taken out and put in. As long as no more change than lie beside
the median, it is found among what was kept, to the microsecond; else `Untold` is raised and all are read anew.
"""

from __future__ import annotations

from array import array
from base64 import b64decode, b64encode
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Any

from loudou.insight.figures.survival import DIGITS, survived, survived_each
from loudou.insight.figures.times import in_days, joined
from loudou.kernel.numbers import Ratio

MARGIN, PART = 1_000, 50  # kept beside a quantile: so many, or that part of all
FEW = 20  # a look among numbers as they are kept takes two or three times as long as among unpacked ones
LEAST, MOST = -1, 2**62  # shorter and longer than any time


class Untold(Exception):
    """What was kept does not tell it."""


@dataclass(frozen=True)
class Lasting:
    """Times in one stage in microseconds: of those that left, and of those in it that rest.

    Of those in it whose time runs on, since when they would be in it without a break.
    """

    ended: Sequence[int] = ()
    running: Sequence[int] = ()
    resting: Sequence[int] = ()

    def __add__(self, other: Lasting) -> Lasting:
        return Lasting(
            joined(self.ended, other.ended),
            joined(self.running, other.running),
            joined(self.resting, other.resting),
        )


@dataclass(frozen=True)
class Narrowed:
    """Those times that lie from `floor` to `ceiling` at the instant `at`, in order; how many others there are.

    `below` and `beyond` have left sooner or later than that; `longer` are in it for longer.
    """

    within: Lasting
    at: int
    floor: int = LEAST
    ceiling: int = MOST
    below: int = 0
    beyond: int = 0
    longer: int = 0

    @classmethod
    def of(cls, whole: Lasting, at: int) -> Narrowed:
        """All of them."""
        ended, running, resting = (
            array("q", sorted(some)) for some in (whole.ended, whole.running, whole.resting)
        )
        return cls(Lasting(ended, running, resting), at)

    @property
    def size(self) -> int:
        """How many there are."""
        within = self.within
        kept = len(within.ended) + len(within.running) + len(within.resting)
        return kept + self.below + self.beyond + self.longer

    def quantiles(self, shares: Iterable[Decimal], now: int) -> list[Ratio]:
        """Days after which at most these shares are left, by Kaplan and Meier."""
        if not self.size:
            return [Ratio.missing("no_base") for _share in shares]
        return [in_days(one) for one in self._found(shares, self._waiting(now))]

    def changed(self, before: Lasting, after: Lasting) -> Narrowed:
        """With some deals' times as they are now and not as they were."""
        counts = {"below": self.below, "beyond": self.beyond, "longer": self.longer}
        within = Lasting(*(array("q", some) for some in self._parts))
        for some, sign in ((before, -1), (after, 1)):
            for took in some.ended:
                name = "below" if took < self.floor else "beyond" if took > self.ceiling else ""
                _count(counts, name, sign) if name else put(within.ended, took, sign)
            for since in some.running:
                longer = self.at - since > self.ceiling
                _count(counts, "longer", sign) if longer else put(within.running, since, sign)
            for took in some.resting:
                longer = took > self.ceiling
                _count(counts, "longer", sign) if longer else put(within.resting, took, sign)
        return Narrowed(within, self.at, self.floor, self.ceiling, **counts)

    def narrowed(self, shares: Iterable[Decimal], now: int) -> Narrowed:
        """What has to be kept for these quantiles; what was narrowed before stays as it is."""
        if self.ceiling < MOST or self.floor > LEAST:
            return self
        ended, waiting = self.within.ended, self._waiting(now)
        found = [survived(ended, waiting, share) for share in shares]
        told = [bisect_left(ended, one) for one in found if one is not None]
        if not told or len(told) < len(found):
            return self
        margin = max(MARGIN, len(ended) // PART)
        first, last = min(told) - margin, max(told) + margin
        floor = ended[first] if first > 0 and not (waiting and waiting[0] < ended[first]) else LEAST
        ceiling = ended[last] if last < len(ended) else MOST
        low, high = bisect_left(ended, floor), bisect_right(ended, ceiling)
        running = [since for since in self.within.running if now - since <= ceiling]
        resting = [took for took in self.within.resting if took <= ceiling]
        longer = len(waiting) - len(running) - len(resting)
        kept = Lasting(ended[low:high], array("q", running), array("q", resting))
        return Narrowed(kept, now, floor, ceiling, low, len(ended) - high, longer)

    def plain(self) -> list[Any]:
        """As it is kept."""
        packed = (b64encode(bytes(some)).decode() for some in self._parts)
        return [self.at, self.floor, self.ceiling, self.below, self.beyond, self.longer, *packed]

    @classmethod
    def read(cls, plain: Sequence[Any]) -> Narrowed:
        """From what was kept."""
        parts = (array("q", b64decode(some)) for some in plain[6:])
        return cls(Lasting(*parts), *plain[:6])

    @property
    def _parts(self) -> tuple[array[int], ...]:
        within = self.within
        return tuple(array("q", some) for some in (within.ended, within.running, within.resting))

    def _waiting(self, now: int) -> list[int]:
        return sorted([*[now - since for since in reversed(self.within.running)], *self.within.resting])

    def _found(self, shares: Iterable[Decimal], waiting: list[int]) -> list[int | None]:
        """Whoever is `below` has left before any other could go unended: all at once, which larger shares of the rest tell."""
        if self.below and waiting and waiting[0] < self.floor:
            raise Untold
        with localcontext() as context:
            context.prec = DIGITS
            goals = [share * self.size / (self.size - self.below) for share in shares]
        if any(goal >= 1 for goal in goals):
            raise Untold
        # Where there are few to look for, the many are not unpacked for them.
        ended = self.within.ended
        ended = list(ended) if len(waiting) * FEW > len(ended) else ended
        found = survived_each(ended, waiting, goals, later=self.beyond + self.longer)
        if self.beyond and None in found:
            raise Untold
        return found


def _count(counts: dict[str, int], name: str, sign: int) -> None:
    counts[name] += sign


def put(some: Any, value: int, sign: int) -> None:
    """Put a value into an ordered array, or take it out."""
    if sign > 0:
        insort(some, value)
        return
    place = bisect_left(some, value)
    if place == len(some) or some[place] != value:
        raise Untold
    del some[place]
