"""What a period will bring (M20's forecast with an interval): won, still open, not open yet.

Won is won. An open deal goes the way of the deals that stood in its stage as long (`chances`). What comes from deals that
are not open yet is what stretches of the past as long as the time that is left brought from deals that were not open when
they began. Drawn together a thousand times, always in the same way, the middle and the outer tenths of the sums say what
the chance of the deals alone leaves open.

Deals do not go by themselves: a good quarter is good for many. How far that carries is learned from the periods before, of
each of which it is known what would have been foretold at the same share of it, and what came. Their misses, measured
in what the chance of the deals left open, widen the interval as Student's distribution says.

Instants are microseconds since 1970, lengths of time microseconds, amounts cents: hundreds of thousands of deals come
as packed whole numbers.
"""

from __future__ import annotations

import random
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from heapq import nlargest
from itertools import chain
from math import fsum, sqrt

from loudou.kernel.numbers import rounded
from loudou.odds.figures.chances import ENOUGH, MICROSECOND, TWO_YEARS, Ways, whole

DRAWS = 1_000
ONE_BY_ONE = 200  # the largest deals are drawn one by one, the rest by their mean and variance
SEED = 20
LOW, HIGH = 0.1, 0.9
SUPPOSED = 2  # periods that are supposed to have missed by as much as the chance of the deals leaves open
MOST_MISSES = 4  # of the last periods before: of quarters a year of them
# Nine tenths of Student's distribution with two to six degrees of freedom lie below, and of the normal one.
STUDENT = (1.8856, 1.6377, 1.5332, 1.4759, 1.4398)
NORMAL = 1.2816
_STEP = timedelta(days=7) // MICROSECOND


@dataclass(frozen=True)
class Pairs:
    """Two whole numbers of each of many deals: when it came to its stage, and what it is worth."""

    first: array[int] = field(default_factory=whole)
    second: array[int] = field(default_factory=whole)

    def add(self, first: int, second: int) -> None:
        """One deal more."""
        self.first.append(first)
        self.second.append(second)


# By stage: since when each open deal stands there, its amount in cents.
Standing = Mapping[int, Pairs]


@dataclass(frozen=True)
class Wins:
    """Wins, each with a time before it in which its deal was not open: since when, until when; when it was won, its cents.

    A deal is not open before it begins, while it rests and after a loss that was undone: it may be here several times.
    """

    since: array[int] = field(default_factory=whole)
    until: array[int] = field(default_factory=whole)
    won: array[int] = field(default_factory=whole)
    cents: array[int] = field(default_factory=whole)

    def add(self, *win: int) -> None:
        """One more."""
        for column, value in zip((self.since, self.until, self.won, self.cents), win, strict=True):
            column.append(value)


@dataclass(frozen=True)
class Outlook:
    """The forecast of a period at an instant, to the cent: what is won is exact, the rest comes from draws."""

    won: Decimal
    open: Decimal  # what the open deals bring on average
    unborn: Decimal  # what deals that are not open yet bring on average
    low: Decimal
    middle: Decimal
    high: Decimal
    deals: int
    misses: int  # how many periods before say how far such forecasts miss
    widened: Decimal  # how many times wider than the chance of the deals alone it is for that

    @property
    def expected(self) -> Decimal:
        """The mean."""
        return self.won + self.open + self.unborn

    def holds(self, actual: Decimal) -> bool:
        """Whether what was won in the end lies in the interval."""
        return self.low <= actual <= self.high


@dataclass(frozen=True)
class Rest:
    """What is still to come in a period: the open deals' amounts and chances, and what stretches of the past brought."""

    won: Decimal
    bets: Sequence[tuple[float, float]]
    fresh: Sequence[float]
    deals: int

    @classmethod
    def of(cls, at: int, won: Decimal, standing: Standing, ways: Ways, fresh: Sequence[float]) -> Rest | None:
        """At an instant; None where of too few deals it was known what became of them."""
        if ways.n < ENOUGH:
            return None
        deals = sum(len(some.first) for some in standing.values())
        return cls(won, _bets(standing, ways, at), fresh, deals)

    @cached_property
    def open(self) -> Decimal:
        """What the open deals bring on average."""
        return _cents(fsum(amount * chance for amount, chance in self.bets))

    @cached_property
    def unborn(self) -> Decimal:
        """What deals that are not open yet bring on average."""
        return _cents(fsum(self.fresh) / len(self.fresh))

    @cached_property
    def spread(self) -> float:
        """How far the sum strays by the chance of the deals alone: its standard deviation."""
        mean = fsum(self.fresh) / len(self.fresh)
        strays = fsum((one - mean) ** 2 for one in self.fresh) / len(self.fresh)
        return sqrt(fsum(map(_variance, self.bets)) + strays)

    def miss(self, actual: Decimal) -> float | None:
        """How far what came lay from what was expected, in spreads; None where nothing was left open."""
        if not self.spread:
            return None
        return float(actual - self.won - self.open - self.unborn) / self.spread

    def outlook(self, misses: Sequence[float]) -> Outlook:
        """The forecast, with an interval as wide as these misses of periods before tell."""
        sums, wider = sorted(_drawn(float(self.won), self.bets, self.fresh)), widening(misses)
        expected = float(self.won + self.open + self.unborn)
        low, middle, high = (
            max(self.won, _cents(expected + wider * (quantile(sums, share) - expected)))
            for share in (LOW, 0.5, HIGH)
        )
        exact = rounded(Decimal(str(wider)), Decimal("0.0001"))
        return Outlook(self.won, self.open, self.unborn, low, middle, high, self.deals, len(misses), exact)


def widening(misses: Sequence[float]) -> float:
    """How many times wider an interval is than the chance of the deals alone would have it, never less than once.

    Misses are supposed to be normal with a spread that is learned from them: the next one lies within Student's tenths of
    it. `SUPPOSED` periods in which the chance of the deals was all there was stand beside them, so that few misses by chance
    small do not pass for knowledge.
    """
    known = SUPPOSED + len(misses)
    spread = sqrt((SUPPOSED + fsum(miss**2 for miss in misses)) / known)
    return max(spread * STUDENT[known - SUPPOSED] / NORMAL, 1.0)


def _bets(standing: Standing, ways: Ways, at: int) -> list[tuple[float, float]]:
    """The amount and the chance of each open deal that has both."""
    found: list[tuple[float, float]] = []
    for stage, some in standing.items():
        shares = ways.shares.get(stage)
        if shares is not None:
            for since, cents in zip(some.first, some.second, strict=True):
                chance = shares.chance(max(at - since, 0))
                if cents and chance:
                    found.append((cents / 100 * shares.growth, chance))
    return found


def stretches(wins: Wins, first: int | None, at: int, length: int) -> list[float]:
    """What each stretch of this length, week by week back from an instant, brought from deals that were not open when it began.

    `first` is when the first of all that were won before the instant began.
    """
    if first is None or not length:
        return [0.0]
    sums = [0] * (max((at - length - max(first, at - TWO_YEARS)) // _STEP, 0) + 1)
    for since, until, won, amount in zip(wins.since, wins.until, wins.won, wins.cents, strict=True):
        # A stretch that begins `place` weeks before the last one holds the win if it came before its end, and the deal was
        # not open at its beginning.
        lowest = max(-((until - at + length) // _STEP), 0)
        highest = min(-((won - at) // _STEP), -((since - at + length) // _STEP)) - 1
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
    spread = sqrt(max(fsum(chain(map(_variance, bets), (-_variance(bet) for bet in large))), 0.0))
    found = []
    for _draw in range(DRAWS):
        some = sum(amount for amount, chance in large if dice.random() < chance)
        others = max(dice.gauss(mean, spread), 0.0) if len(bets) > ONE_BY_ONE else 0.0
        found.append(won + some + others + dice.choice(fresh))
    return found


def _variance(bet: tuple[float, float]) -> float:
    amount, chance = bet
    return chance * (1 - chance) * amount**2
