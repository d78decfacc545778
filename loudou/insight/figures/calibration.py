"""How likely a stage's deals are won, by what became of the closed ones (`domain.md` M04).

Of the deals that were closed in the twelve months before, those that came to the stage or beyond it: the share that
was won, drawn towards the configured rate as if ten more deals had closed at exactly that rate. Later stages are
never less likely than earlier ones; where they would be, neighbours are taken together. Fewer than thirty deals
teach nothing: the configured rate stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from loudou.kernel.numbers import MILLIONTH, ZERO, Ratio, rounded

PRIOR = 10  # how many deals the configured rate weighs
ENOUGH = 30  # closed deals from which a stage's own rate counts


@dataclass(frozen=True)
class Closed:
    """Closed deals that came to a stage or beyond it."""

    won: int = 0
    lost: int = 0

    @property
    def n(self) -> int:
        """How many."""
        return self.won + self.lost

    @property
    def rate(self) -> Ratio:
        """The share that was won."""
        return Ratio.of(self.won, self.n)

    def squared_error(self, rate: Decimal) -> Decimal:
        """The sum of (rate − outcome)² over these deals, an outcome being 1 for a win and 0 for a loss."""
        return self.won * (1 - rate) ** 2 + self.lost * rate**2

    def __add__(self, other: Closed) -> Closed:
        return Closed(self.won + other.won, self.lost + other.lost)


@dataclass(frozen=True)
class StageRate:
    """A stage's configured rate beside the one its closed deals teach."""

    stage: int
    configured: Decimal
    closed: Closed
    calibrated: Decimal

    @property
    def counts(self) -> bool:
        """Whether enough deals are closed to count with the calibrated rate."""
        return self.closed.n >= ENOUGH

    @property
    def used(self) -> Decimal:
        """The rate a forecast by calibrated rates counts with."""
        return rounded(self.calibrated, MILLIONTH) if self.counts else self.configured

    @property
    def gap(self) -> Decimal:
        """Calibrated − configured: above zero the stage is better than its rate says."""
        return self.calibrated - self.configured


def calibrate(stages: Sequence[tuple[int, Decimal]], closed: Mapping[int, Closed]) -> list[StageRate]:
    """The rates of these stages, given as (stage, configured rate) in order."""
    told = [closed.get(stage, Closed()) for stage, _rate in stages]
    shares = [
        (one.won + PRIOR * configured, one.n + PRIOR)
        for one, (_stage, configured) in zip(told, stages, strict=True)
    ]
    return [
        StageRate(stage, configured, one, calibrated)
        for (stage, configured), one, calibrated in zip(stages, told, monotone(shares), strict=True)
    ]


def monotone(shares: Sequence[tuple[Decimal, int]]) -> list[Decimal]:
    """Quotients, given as (numerator, denominator), made to rise: neighbours that fall are pooled (isotonic regression).

    Each weighs as much as its denominator; what is pooled is the sum of numerators ÷ the sum of denominators.
    """
    pools: list[tuple[Decimal, int, int]] = []  # numerator, denominator, how many quotients
    for top, bottom in shares:
        pools.append((top, bottom, 1))
        while len(pools) > 1 and pools[-2][0] * pools[-1][1] > pools[-1][0] * pools[-2][1]:
            last, before = pools.pop(), pools.pop()
            pools.append((before[0] + last[0], before[1] + last[1], before[2] + last[2]))
    return [top / bottom for top, bottom, members in pools for _member in range(members)]


def brier(rates: Iterable[tuple[Decimal, Closed]]) -> Ratio:
    """The mean squared error of rates over all stages' closed deals; 0 is perfect, a coin that is told 0.5 has 0.25."""
    pairs = list(rates)
    errors = sum((closed.squared_error(rate) for rate, closed in pairs), ZERO)
    return Ratio.of(errors, sum(closed.n for _rate, closed in pairs))
