"""What a period will bring (M20's forecast with an interval): won, still open, not yet begun.

Won is won. An open deal goes the way of the deals that stood in its stage and were open as long: the share of them that
was won within the time that is left is its chance. What is not yet begun is what stretches of the past as long as
the time that is left brought from deals that began in them. Drawn together a thousand times, always in the same way,
the middle and the outer tenths of the sums make the forecast and its interval.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil, sqrt

from loudou.kernel.numbers import rounded

DRAWS = 1_000
ONE_BY_ONE = 200  # the largest deals are drawn one by one, the rest by their mean and variance
SEED = 20
LOW, HIGH = 0.1, 0.9
ENOUGH = 30  # closed deals from which anything is foretold
LOOK_BACK = timedelta(days=730)
_STEP = timedelta(days=7)
_NOTHING = 1e-9


@dataclass(frozen=True)
class Gone:
    """A closed deal on its way from a stage: which, when it came there, when it closed, whether it was won."""

    stage: int
    reached_at: datetime
    closed_at: datetime
    won: bool


@dataclass(frozen=True)
class Win:
    """A win: when the deal began, when it was won, at what."""

    began_at: datetime
    won_at: datetime
    amount: Decimal


@dataclass(frozen=True)
class Standing:
    """An open deal: its stage, since when it counts there, its amount."""

    stage: int
    reached_at: datetime
    amount: Decimal


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


class Ways:
    """How long deals took from each stage to their close, and which of them were won, as of an instant.

    By Aalen and Johansen: who is still open has not closed within so long, and is at risk until then.
    """

    def __init__(self, gone: Iterable[Gone], open_: Iterable[Standing], at: datetime) -> None:
        ends: dict[int, list[tuple[timedelta, int]]] = defaultdict(list)
        closed: Counter[int] = Counter()
        for one in gone:
            if at - LOOK_BACK <= one.closed_at < at:
                ends[one.stage].append((one.closed_at - one.reached_at, 0 if one.won else 1))
                closed[one.stage] += 1
        for standing in open_:
            ends[standing.stage].append((at - standing.reached_at, 2))
        self.n = max(closed.values(), default=0)  # closed deals of the stage most have stood in
        self._steps = {stage: _walked(sorted(some)) for stage, some in ends.items()}

    def chance(self, stage: int, age: timedelta, left: timedelta) -> float:
        """The share of those still open after `age` that is won within `left` more; where none took so long, nought."""
        times, still, won = self._steps.get(stage, ([], [1.0], [0.0]))
        now, then = bisect_right(times, age), bisect_right(times, age + left)
        return (won[then] - won[now]) / still[now] if still[now] > _NOTHING else 0.0


def _walked(ends: Sequence[tuple[timedelta, int]]) -> tuple[list[timedelta], list[float], list[float]]:
    """Times in order, and before the first and after each: the share still open, the share won."""
    still, won = [1.0], [0.0]
    for place, (_taken, how) in enumerate(ends):
        weight = still[-1] / (len(ends) - place)
        still.append(still[-1] - weight if how < 2 else still[-1])
        won.append(won[-1] + weight if how == 0 else won[-1])
    return [taken for taken, _how in ends], still, won


def outlook(
    at: datetime,
    end: datetime,
    won: Decimal,
    standing: Sequence[Standing],
    passed: Sequence[Standing],
    gone: Sequence[Gone],
    wins: Sequence[Win],
) -> Outlook | None:
    """The forecast at an instant for a period that ends at `end`; None where too few deals had closed by then.

    `standing` are the open deals in their stage, `passed` the same deals in every stage they have reached.
    """
    ways, left = Ways(gone, passed, at), max(end - at, timedelta(0))
    if ways.n < ENOUGH:
        return None
    bets = [(ways.chance(one.stage, at - one.reached_at, left), float(one.amount)) for one in standing]
    # Deals of one amount in the same order always, whatever order they are read in: the draws fall on them in turn.
    bets = sorted((bet for bet in bets if bet[0] and bet[1]), key=lambda bet: (-bet[1], -bet[0]))
    fresh = stretches(wins, at, left)
    sums = sorted(_drawn(float(won), bets, fresh))
    return Outlook(
        won,
        _cents(sum(chance * amount for chance, amount in bets)),
        _cents(sum(fresh) / len(fresh)),
        _cents(quantile(sums, LOW)),
        _cents(quantile(sums, 0.5)),
        _cents(quantile(sums, HIGH)),
        len(standing),
    )


def stretches(wins: Iterable[Win], at: datetime, length: timedelta) -> list[float]:
    """What each stretch of this length, week by week back from an instant, brought from deals that began in it."""
    known = [win for win in wins if win.won_at < at]
    if not known or not length:
        return [0.0]
    first = max(min(win.began_at for win in known), at - LOOK_BACK)
    sums = [0.0] * (max(int((at - length - first) / _STEP), 0) + 1)
    for win in known:
        # A stretch that begins `place` weeks before the last one holds the win if it began in it and was won by its end.
        earliest, latest = at - length - win.began_at, at - win.won_at
        lowest, highest = max(ceil(earliest / _STEP), 0), ceil(latest / _STEP) - 1
        for place in range(lowest, min(highest, len(sums) - 1) + 1):
            sums[place] += float(win.amount)
    return sums


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
    large, rest = bets[:ONE_BY_ONE], bets[ONE_BY_ONE:]
    mean = sum(chance * amount for chance, amount in rest)
    spread = sqrt(sum(chance * (1 - chance) * amount**2 for chance, amount in rest))
    found = []
    for _draw in range(DRAWS):
        some = sum(amount for chance, amount in large if dice.random() < chance)
        others = max(dice.gauss(mean, spread), 0.0) if rest else 0.0
        found.append(won + some + others + dice.choice(fresh))
    return found
