"""The weighted forecast (`domain.md` M20, R089) and the forecast sheet F16.

A deal counts with its own success rate where one was approved, else with its stage's: the calibrated one where there
is one, else the configured one. Every sum is exact and rounded once, at output.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from loudou.kernel.numbers import ZERO
from loudou.kernel.periods import Period

# Stage → calibrated success rate (M04), for stages with enough closed deals. Nothing calibrates yet.
Calibrated = Mapping[int, Decimal]


def chance(own: Decimal | None, stage: Decimal, calibrated: Decimal | None = None) -> Decimal:
    """The success rate a deal counts with: its own > its stage's calibrated one > the configured one."""
    if own is not None:
        return own
    return calibrated if calibrated is not None else stage


def is_due(expected_on: date | None, period: Period | None, today: date) -> bool:
    """Whether an open deal counts in a period's forecast: due in it and not overdue on the day it is asked for.

    Without a period every open deal counts, dated or not, overdue or not.
    """
    if period is None:
        return True
    return expected_on is not None and expected_on in period and expected_on >= today


@dataclass(frozen=True)
class Pile:
    """Deals of one stage that count with one success rate: how many, and their amounts."""

    stage: int
    chance: Decimal
    count: int
    amount: Decimal

    @property
    def weighted(self) -> Decimal:
        """Amount times success rate, unrounded."""
        return self.amount * self.chance


@dataclass(frozen=True)
class StageForecast:
    """A stage of the forecast sheet: its configured (or calibrated) success rate, deals, amount and weighted amount."""

    stage: int
    chance: Decimal
    count: int = 0
    amount: Decimal = ZERO
    weighted: Decimal = ZERO


@dataclass(frozen=True)
class Forecast:
    """The forecast sheet: its stages in order, and what they sum to, unrounded."""

    stages: tuple[StageForecast, ...]

    @property
    def count(self) -> int:
        """How many deals."""
        return sum(stage.count for stage in self.stages)

    @property
    def amount(self) -> Decimal:
        """Their amount."""
        return sum((stage.amount for stage in self.stages), ZERO)

    @property
    def weighted(self) -> Decimal:
        """Their weighted amount."""
        return sum((stage.weighted for stage in self.stages), ZERO)


def forecast(stages: Sequence[tuple[int, Decimal]], piles: Sequence[Pile]) -> Forecast:
    """The sheet of these stages, as (stage, success rate) in order, with what stands in them; empty ones too."""
    lines = []
    for stage, rate in stages:
        here = [pile for pile in piles if pile.stage == stage]
        lines.append(
            StageForecast(
                stage,
                rate,
                sum(pile.count for pile in here),
                sum((pile.amount for pile in here), ZERO),
                sum((pile.weighted for pile in here), ZERO),
            )
        )
    return Forecast(tuple(lines))
