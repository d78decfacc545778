"""How well chances foretold what happened: AUC, Brier score, calibration, lift."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from math import fsum, sqrt
from typing import Any, TypeVar

ENOUGH = 200  # closed deals from which anything is learned at all
TEACHES_FROM = 0.6  # an AUC below says that next to nothing is told apart
GIVES_AWAY = 0.95  # a feature that tells the outcome so well alone was written down after it
BINS = 10

T = TypeVar("T")
Told = tuple[float, bool]  # the chance that was told, and whether the deal was won


@dataclass(frozen=True)
class Bin:
    """A tenth of the deals by their chance: the mean chance told, the share won, how many."""

    told: float
    won: float
    n: int


@dataclass(frozen=True)
class Trial:
    """A model held against deals that closed after those it learned from, beside the stage table."""

    n: int
    won: int
    auc: float
    auc_low: float
    auc_high: float
    brier: float
    brier_stage: float
    brier_base: float  # of telling every deal the share that was won before
    bins: Sequence[Bin]
    lift: float  # the share won in the tenth with the highest chance ÷ the share won of all

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> Trial:
        """From JSON."""
        return cls(**{**plain, "bins": [Bin(**one) for one in plain["bins"]]})

    @property
    def tells_apart(self) -> bool:
        """Whether what was known of deals before they closed tells wins from losses."""
        return self.auc >= TEACHES_FROM and self.auc_low > 0.5

    @property
    def teaches(self) -> bool:
        """Whether something was learned: it tells deals apart, and better than the stage table and one share for all."""
        return self.tells_apart and self.brier < min(self.brier_base, self.brier_stage)


def trial(model: Sequence[Told], stage: Sequence[float], base: float) -> Trial:
    """The scores of chances told by a model, beside those of the stage table and of one share for all deals."""
    outcomes = [won for _chance, won in model]
    found = auc(model)
    low, high = auc_interval(found, sum(outcomes), len(outcomes) - sum(outcomes))
    told = bins(model)
    share = sum(outcomes) / len(outcomes)
    return Trial(
        len(model),
        sum(outcomes),
        found,
        low,
        high,
        brier(model),
        brier(list(zip(stage, outcomes, strict=True))),
        brier([(base, won) for won in outcomes]),
        told,
        told[-1].won / share if share else 1.0,
    )


def auc(told: Sequence[Told]) -> float:
    """The probability that a deal that was won had been told a higher chance than one that was lost; ties count half."""
    won = sum(outcome for _chance, outcome in told)
    lost = len(told) - won
    if not won or not lost:
        return 0.5
    ranks, place = 0.0, 0
    for _chance, group in groupby(sorted(told), key=lambda one: one[0]):
        same = list(group)
        ranks += sum(outcome for _told, outcome in same) * (place + (len(same) + 1) / 2)
        place += len(same)
    return (ranks - won * (won + 1) / 2) / (won * lost)


def auc_interval(value: float, won: int, lost: int) -> tuple[float, float]:
    """The 95 % interval of an AUC (Hanley and McNeil 1982)."""
    if not won or not lost:
        return 0.0, 1.0
    above, below = value / (2 - value), 2 * value**2 / (1 + value)
    variance = value * (1 - value) + (won - 1) * (above - value**2) + (lost - 1) * (below - value**2)
    spread = 1.96 * sqrt(max(variance, 0.0) / (won * lost))
    return max(value - spread, 0.0), min(value + spread, 1.0)


def brier(told: Sequence[Told]) -> float:
    """The mean squared error."""
    return sum((chance - outcome) ** 2 for chance, outcome in told) / len(told)


def tenths(ordered: Sequence[T]) -> list[Sequence[T]]:
    """What stands in order in ten parts as even as can be, in fewer where there is less."""
    count = min(BINS, len(ordered))
    edges = [len(ordered) * place // count for place in range(count + 1)] if count else []
    return [ordered[first:last] for first, last in pairwise(edges)]


def bins(told: Sequence[Told]) -> list[Bin]:
    """Tenths by the chance told, the lowest first."""
    parts = tenths(sorted(told, key=lambda one: one[0]))
    return [
        Bin(
            fsum(chance for chance, _won in part) / len(part),
            sum(won for _chance, won in part) / len(part),
            len(part),
        )
        for part in parts
    ]
