"""What became of deals that stood open in a stage as long as one does now (M20's forecast of a period).

A deal's chance to be won within the time that is left is a share that is counted: of all deals that stood in its stage, not
further, for as long as it does, so long ago that it is known what became of them within such a time, those that were won
in it. Who was lost, rested or is open still was not. Deals are looked at when they have been in a stage for so many days
(landmarks); a class of ages has one chance.

Instants are microseconds since 1970, lengths of time microseconds, amounts cents.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any

ENOUGH = 30  # deals that were seen in a stage, and it is known what became of them: fewer foretell nothing
LOOK_BACK = timedelta(days=730)
FAR = 2**62  # an instant that has not come
MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TWO_YEARS = LOOK_BACK // MICROSECOND
_DAY = timedelta(days=1) // MICROSECOND
_NEAR = 1.25  # ages of up to so many times one another teach together


def microseconds(at: datetime) -> int:
    """An instant as a whole number."""
    return (at - _EPOCH) // MICROSECOND


def _edges() -> Iterator[int]:
    """Where classes of ages begin: day by day to the tenth, then each a tenth older than the one before, to ten years."""
    yield from (day * _DAY for day in range(10))
    days = 10.0
    while days < 3650:
        yield int(days * _DAY)
        days *= 1.1


EDGES = list(_edges())
LANDMARKS = [(one + other) // 2 for one, other in pairwise(EDGES)]
# Of each class the first and the one after the last of those that teach with it.
_TOGETHER = [(bisect_left(LANDMARKS, age / _NEAR), bisect_right(LANDMARKS, age * _NEAR)) for age in LANDMARKS]


def whole() -> array[int]:
    """No numbers yet, eight octets each."""
    return array("q")


@dataclass(frozen=True)
class Stays:
    """Times in which deals stood open in a stage without a rest: when each came to the stage, since when and until when it
    stood, when its deal was won (FAR: it has not come).

    And of every deal of the stage that was won: when, what it was worth when it first came there, what it was won at.
    """

    entered: array[int] = field(default_factory=whole)
    since: array[int] = field(default_factory=whole)
    until: array[int] = field(default_factory=whole)
    won: array[int] = field(default_factory=whole)
    grown: list[tuple[int, int, int]] = field(default_factory=list)

    def add(self, entered: int, since: int, until: int, won: int) -> None:
        """One time more."""
        columns, values = (self.entered, self.since, self.until, self.won), (entered, since, until, won)
        for column, value in zip(columns, values, strict=True):
            column.append(value)

    def growth(self, at: int) -> float:
        """What the wins of two years brought, for one that their deals were worth when they came; 1 of too few."""
        won, came, brought = self._wins
        first, last = bisect_left(won, at - TWO_YEARS), bisect_left(won, at)
        worth = came[last] - came[first]
        return (brought[last] - brought[first]) / worth if last - first >= ENOUGH and worth > 0 else 1.0

    @cached_property
    def _wins(self) -> tuple[list[int], list[int], list[int]]:
        """When deals were won, in order; what all up to each were worth when they came, and brought."""
        wins = sorted(self.grown)
        came, brought = ([0, *accumulate(win[place] for win in wins)] for place in (1, 2))
        return [win[0] for win in wins], came, brought


@dataclass(frozen=True)
class Shares:
    """Of a stage: by class of age the share that is won within the time that is left; and what wins bring for one that
    the deal was worth when it came to the stage."""

    chances: Sequence[float]
    growth: float

    @classmethod
    def of(cls, stays: Stays, at: int, left: int) -> tuple[Shares, int]:
        """As known at an instant; and of how many deals that is known, at the age at which most were seen."""
        lows, highs, won_lows, won_highs = _passing(stays, at, left)
        stood = [bisect_right(lows, age) - bisect_right(highs, age) for age in LANDMARKS]
        won = [bisect_right(won_lows, age) - bisect_right(won_highs, age) for age in LANDMARKS]
        chances = [_share(won, stood, *near) for near in _TOGETHER]
        return cls(chances, stays.growth(at)), max(stood)

    def chance(self, age: int) -> float:
        """The share of deals of such an age."""
        return self.chances[min(bisect_right(EDGES, age), len(LANDMARKS)) - 1]


def _passing(stays: Stays, at: int, left: int) -> tuple[list[int], ...]:
    """Between which ages each stay was seen, and between which of them its deal was won within `left`; each list ordered."""
    last = at - left
    first = last - TWO_YEARS
    lows: list[int] = []
    highs: list[int] = []
    won_lows: list[int] = []
    won_highs: list[int] = []
    for entered, since, until, won in zip(stays.entered, stays.since, stays.until, stays.won, strict=True):
        low = (since if since > first else first) - entered
        high = (until if until < last else last) - entered
        if low >= high:
            continue
        lows.append(low)
        highs.append(high)
        if won < at:
            soon = won - left - entered + 1
            if soon < low:
                soon = low
            if soon < high:
                won_lows.append(soon)
                won_highs.append(high)
    found = lows, highs, won_lows, won_highs
    for some in found:
        some.sort()
    return found


def _share(won: Sequence[int], stood: Sequence[int], first: int, after: int) -> float:
    """The share of those that were won among those that stood at near landmarks, or at younger ones too where they are few."""
    while first and stood[first] < ENOUGH:
        first -= 1
    every = sum(stood[first:after])
    return sum(won[first:after]) / every if every else 0.0


@dataclass(frozen=True)
class Ways:
    """What became of deals in each stage within the time that is left, as of an instant.

    `n` is how many deals teach, of the stage and the age at which most were seen.
    """

    shares: Mapping[int, Shares]
    n: int

    @classmethod
    def of(cls, stays: Mapping[int, Stays], at: int, left: int) -> Ways:
        """As of an instant, from the stays by stage."""
        told = {stage: Shares.of(some, at, left) for stage, some in stays.items()}
        n = max((known for _shares, known in told.values()), default=0)
        return cls({stage: shares for stage, (shares, _known) in told.items()} if n >= ENOUGH else {}, n)

    @property
    def plain(self) -> Any:
        """As it is kept."""
        return [self.n, [[stage, one.growth, *one.chances] for stage, one in self.shares.items()]]

    @classmethod
    def read(cls, plain: Any) -> Ways:
        """From what was kept."""
        n, each = plain
        return cls({stage: Shares(chances, growth) for stage, growth, *chances in each}, n)
