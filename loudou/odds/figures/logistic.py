"""A logistic model as plain numbers: what it says of a deal, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp
from typing import Any

from loudou.odds.figures.features import FEATURES


@dataclass(frozen=True)
class Weight:
    """What a feature is on the average of the deals that taught, how far it spreads, and how much a spread weighs."""

    name: str
    mean: float
    spread: float
    weight: float


@dataclass(frozen=True)
class Reason:
    """How much a feature of a deal lifts (or lowers) its log odds against those of an average deal."""

    name: str
    lift: float


@dataclass(frozen=True)
class Model:
    """Weights of features and the log odds of an average deal."""

    intercept: float
    weights: Sequence[Weight]

    def reasons(self, values: Sequence[float]) -> list[Reason]:
        """Why a deal's chance differs from an average one's, the strongest first; `values` as in `FEATURES`."""
        told = dict(zip(FEATURES, values, strict=True))
        found = [
            Reason(one.name, one.weight * (told[one.name] - one.mean) / one.spread) for one in self.weights
        ]
        return sorted(found, key=lambda reason: -abs(reason.lift))

    def chance(self, values: Sequence[float]) -> float:
        """The probability that a deal with these features is won."""
        odds = self.intercept + sum(reason.lift for reason in self.reasons(values))
        return 1 / (1 + exp(-min(max(odds, -30.0), 30.0)))

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {"intercept": self.intercept, "weights": [vars(one) for one in self.weights]}

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> Model:
        """From JSON."""
        return cls(plain["intercept"], [Weight(**one) for one in plain["weights"]])


def spread_of(values: Sequence[float]) -> tuple[float, float]:
    """Mean and standard deviation; what never changes spreads by one, so that it weighs nothing."""
    mean = sum(values) / len(values)
    spread = (sum((value - mean) ** 2 for value in values) / len(values)) ** 0.5
    return mean, spread if spread > 1e-9 else 1.0
