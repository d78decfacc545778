"""The median of many numbers of which only those in the middle are at hand; of all others it is known how many there are.

What is kept can be carried on: some numbers are taken out and others put in. As long as the middle is among those at
hand the median is told exactly; else `Untold` is raised and all are read anew.
"""

from __future__ import annotations

from array import array
from base64 import b64decode, b64encode
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from loudou.insight.figures.narrowed import Untold, put

LEAST, MOST = -(2**62), 2**62  # less and more than any number
MARGIN, PART = 400, 50  # kept on either side of the median: so many, or that part of all


@dataclass(frozen=True)
class Middle:
    """The numbers from `floor` to `ceiling`, in order; how many lie `below` and `beyond`."""

    within: Sequence[int] = ()
    floor: int = LEAST
    ceiling: int = MOST
    below: int = 0
    beyond: int = 0

    @classmethod
    def of(cls, numbers: Sequence[int]) -> Middle:
        """All of them."""
        return cls(array("q", sorted(numbers)))

    @property
    def half(self) -> Decimal | None:
        """The median: of an even count the mean of the two in the middle. None of nothing."""
        count = self.below + len(self.within) + self.beyond
        if not count:
            return None
        low, high = (count - 1) // 2 - self.below, count // 2 - self.below
        if low < 0 or high >= len(self.within):
            raise Untold
        return Decimal(self.within[low] + self.within[high]) / 2

    def changed(self, gone: Middle, come: Middle) -> Middle:
        """Without some numbers and with others, all of which are at hand."""
        if not gone.within and not come.within:
            return self
        if self == Middle() and not gone.within:
            return come
        within, below, beyond = array("q", self.within), self.below, self.beyond
        for numbers, sign in ((gone.within, -1), (come.within, 1)):
            for number in numbers:
                if number < self.floor:
                    below += sign
                elif number > self.ceiling:
                    beyond += sign
                else:
                    put(within, number, sign)
        return Middle(within, self.floor, self.ceiling, below, beyond)

    def narrowed(self, margin: int | None = None) -> Middle:
        """Those that the median may come to be; what was narrowed before stays as it is."""
        count = len(self.within)
        margin = max(MARGIN, count // PART) if margin is None else margin
        first, last = (count - 1) // 2 - margin, count // 2 + margin
        if self.floor > LEAST or self.ceiling < MOST or first <= 0 or last >= count - 1:
            return self
        floor, ceiling = self.within[first], self.within[last]
        low, high = bisect_left(self.within, floor), bisect_right(self.within, ceiling)
        return Middle(self.within[low:high], floor, ceiling, low, count - high)

    def plain(self) -> list[Any]:
        """As it is kept."""
        packed = b64encode(bytes(array("q", self.within))).decode()
        return [packed, self.floor, self.ceiling, self.below, self.beyond]

    @classmethod
    def read(cls, plain: Sequence[Any]) -> Middle:
        """From what was kept."""
        packed, *rest = plain
        return cls(array("q", b64decode(packed)), *rest)
