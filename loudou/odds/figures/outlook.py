"""What a period will bring (M20's forecast with an interval): won, still open, not yet begun.

Won is won. An open deal goes the way of the deals that stood in its stage and were open as long: the share of them that
was won within the time that is left is its chance. What is not yet begun is what stretches of the past as long as
the time that is left brought from deals that began in them. Drawn together a thousand times, always in the same way,
the middle and the outer tenths of the sums make the forecast and its interval.

Instants are microseconds since 1970, lengths of time microseconds, amounts cents: hundreds of thousands of deals come
as packed whole numbers.
"""

from __future__ import annotations

import random
from array import array
from base64 import b64decode, b64encode
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from heapq import nlargest
from itertools import chain, repeat
from math import fsum, sqrt
from typing import Any

from loudou.kernel.numbers import rounded

DRAWS = 1_000
ONE_BY_ONE = 200  # the largest deals are drawn one by one, the rest by their mean and variance
SEED = 20
LOW, HIGH = 0.1, 0.9
ENOUGH = 30  # closed deals from which anything is foretold
LOOK_BACK = timedelta(days=730)
KEPT_STEPS = 500  # of a curve as it is kept: each step of a longer one stands for several closes
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LOOK_BACK = LOOK_BACK // _MICROSECOND
_STEP = timedelta(days=7) // _MICROSECOND
_NOTHING = 1e-9


def microseconds(at: datetime) -> int:
    """An instant as a whole number."""
    return (at - _EPOCH) // _MICROSECOND


def _whole() -> array[int]:
    return array("q")


@dataclass(frozen=True)
class Pairs:
    """Two whole numbers of each of many deals: when it came to its stage, and when it closed or what it is worth."""

    first: array[int] = field(default_factory=_whole)
    second: array[int] = field(default_factory=_whole)

    def add(self, first: int, second: int) -> None:
        """One deal more."""
        self.first.append(first)
        self.second.append(second)


# By stage and whether won: when each deal came there, when it closed.
Closings = Mapping[tuple[int, bool], Pairs]
# By stage: since when each open deal counts there, its amount in cents.
Standing = Mapping[int, Pairs]


@dataclass(frozen=True)
class Curve:
    """Of the deals that came to a stage: up to these times after, the share still open, the share won.

    Both shares begin before the first time: they are one more than the times.
    """

    times: array[int]
    still: array[float]
    won: array[float]

    @classmethod
    def of(cls, won: Iterable[int], lost: Iterable[int], waiting: Iterable[int]) -> Curve:
        """By how long after deals were won, lost, and how long others have been open (Aalen and Johansen).

        Who is still open has not closed within so long, and is at risk until then.
        """
        closes, open_ = sorted([*(2 * one for one in won), *(2 * one + 1 for one in lost)]), sorted(waiting)
        times, still, brought = array("q"), array("d", [1.0]), array("d", [0.0])
        for place, close in enumerate(closes):
            at_risk = len(closes) - place + len(open_) - bisect_left(open_, close >> 1)
            weight = still[-1] / at_risk
            times.append(close >> 1)
            still.append(still[-1] - weight)
            brought.append(brought[-1] if close & 1 else brought[-1] + weight)
        return cls(times, still, brought)

    def chances(self, ages: Sequence[int], left: int) -> list[float]:
        """For each age the share of those still open after it that is won within `left` more; where none took so long, nought."""
        still, won = self.still, self.won
        now = map(bisect_right, repeat(self.times), ages)
        then = map(bisect_right, repeat(self.times), [age + left for age in ages])
        return [
            (won[last] - won[first]) / still[first] if still[first] > _NOTHING else 0.0
            for first, last in zip(now, then, strict=True)
        ]

    @property
    def plain(self) -> list[str]:
        """As it is kept: of many closes no more than `KEPT_STEPS`, the last one among them."""
        each = -(-len(self.times) // KEPT_STEPS) or 1
        places = range(len(self.times) - 1, -1, -each)[::-1]
        parts: list[array[Any]] = [array("q", (self.times[place] for place in places))]
        for share in (self.still, self.won):
            parts.append(array("d", [share[0], *(share[place + 1] for place in places)]))
        return [b64encode(part.tobytes()).decode() for part in parts]

    @classmethod
    def read(cls, plain: Sequence[str]) -> Curve:
        """From what was kept."""
        times, still, won = (b64decode(part) for part in plain)
        return cls(array("q", times), array("d", still), array("d", won))


@dataclass(frozen=True)
class Ways:
    """How long deals took from each stage to their close, and which of them were won, as of an instant.

    `n` is how many closed deals teach, of the stage most have stood in.
    """

    curves: Mapping[int, Curve]
    n: int

    @classmethod
    def of(cls, closings: Closings, open_: Mapping[int, Sequence[int]], at: int) -> Ways:
        """As of an instant, from what closed in the two years before and since when those open then had come to each stage."""
        took: dict[tuple[int, bool], list[int]] = {}
        for key, some in closings.items():
            ends = zip(some.first, some.second, strict=True)
            took[key] = [end - begin for begin, end in ends if at - _LOOK_BACK <= end < at]
        stages = {stage for stage, _won in took} | set(open_)
        n = max((sum(len(took.get((one, won), ())) for won in (True, False)) for one in stages), default=0)
        if n < ENOUGH:
            return cls({}, n)
        return cls(
            {
                stage: Curve.of(
                    took.get((stage, True), ()),
                    took.get((stage, False), ()),
                    (at - since for since in open_.get(stage, ())),
                )
                for stage in stages
            },
            n,
        )

    @property
    def plain(self) -> Any:
        """As it is kept."""
        return [self.n, [[stage, *curve.plain] for stage, curve in self.curves.items()]]

    @classmethod
    def read(cls, plain: Any) -> Ways:
        """From what was kept."""
        n, curves = plain
        return cls({stage: Curve.read(parts) for stage, *parts in curves}, n)


@dataclass(frozen=True)
class Outlook:
    """The forecast of a period at an instant, to the cent: what is won is exact, the rest comes from draws."""

    won: Decimal
    open: Decimal  # what the open deals bring on average
    unborn: Decimal  # what deals that have not begun bring on average
    low: Decimal
    middle: Decimal
    high: Decimal
    deals: int

    @property
    def expected(self) -> Decimal:
        """The mean."""
        return self.won + self.open + self.unborn

    def holds(self, actual: Decimal) -> bool:
        """Whether what was won in the end lies in the interval."""
        return self.low <= actual <= self.high


def outlook(
    at: int, left: int, won: Decimal, standing: Standing, ways: Ways, fresh: Sequence[float]
) -> Outlook | None:
    """The forecast at an instant for a period that ends `left` after it; None where too few deals had closed by then.

    `standing` are the open deals in their stage, `fresh` what `stretches` of the past brought.
    """
    if ways.n < ENOUGH:
        return None
    bets = _bets(standing, ways, at, left)
    sums = sorted(_drawn(float(won), bets, fresh))
    return Outlook(
        won,
        _cents(fsum(amount * chance for amount, chance in bets)),
        _cents(fsum(fresh) / len(fresh)),
        _cents(quantile(sums, LOW)),
        _cents(quantile(sums, 0.5)),
        _cents(quantile(sums, HIGH)),
        sum(len(some.first) for some in standing.values()),
    )


def _bets(standing: Standing, ways: Ways, at: int, left: int) -> list[tuple[float, float]]:
    """The amount and the chance of each open deal that has both."""
    found: list[tuple[float, float]] = []
    for stage, some in standing.items():
        curve = ways.curves.get(stage)
        if curve is not None:
            chances = curve.chances([max(at - since, 0) for since in some.first], left)
            amounts = (cents / 100 for cents in some.second)
            found += (bet for bet in zip(amounts, chances, strict=True) if bet[0] and bet[1])
    return found


def stretches(wins: Pairs, cents: Sequence[int], first: int | None, at: int, length: int) -> list[float]:
    """What each stretch of this length, week by week back from an instant, brought from deals that began in it.

    `wins` say when each deal began and was won, `cents` at what; `first` is when the first of all that were won before
    the instant began.
    """
    if first is None or not length:
        return [0.0]
    sums = [0] * (max((at - length - max(first, at - _LOOK_BACK)) // _STEP, 0) + 1)
    for began, won, amount in zip(wins.first, wins.second, cents, strict=True):
        # A stretch that begins `place` weeks before the last one holds the win if it began in it and was won by its end.
        lowest = max(-((began - at + length) // _STEP), 0)
        highest = -((won - at) // _STEP) - 1
        for place in range(lowest, min(highest, len(sums) - 1) + 1):
            sums[place] += amount
    return [one / 100 for one in sums]


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which this share of ordered values lies, straight between neighbours."""
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def _cents(value: float) -> Decimal:
    return rounded(Decimal(str(value)))


def _drawn(won: float, bets: Sequence[tuple[float, float]], fresh: Sequence[float]) -> list[float]:
    dice = random.Random(SEED)  # noqa: S311 - the same draws each time, not a secret
    # Deals of one amount in the same order always, whatever order they are read in: the draws fall on them in turn.
    large = nlargest(ONE_BY_ONE, bets)
    mean = fsum(chain((one * chance for one, chance in bets), (-one * chance for one, chance in large)))
    spread = sqrt(fsum(chain(map(_variance, bets), (-_variance(bet) for bet in large))))
    found = []
    for _draw in range(DRAWS):
        some = sum(amount for amount, chance in large if dice.random() < chance)
        others = max(dice.gauss(mean, spread), 0.0) if len(bets) > ONE_BY_ONE else 0.0
        found.append(won + some + others + dice.choice(fresh))
    return found


def _variance(bet: tuple[float, float]) -> float:
    amount, chance = bet
    return chance * (1 - chance) * amount**2
