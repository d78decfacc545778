"""How far forecasts lay from what happened (`domain.md` M23), and when that asks for a review (M24).

F is the number somebody submitted, A what their own unit won. Everything is divided by A, never by F.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from loudou.kernel.numbers import ZERO, Ratio

BIASED_BEYOND = 4  # |tracking signal|
BIASED_FROM = 4  # forecasts
SANDBAG = Decimal("-0.15")
SANDBAG_PERIODS = 3
OFF_FUNNEL = Decimal("0.10")


@dataclass(frozen=True)
class Held:
    """A forecast held against what happened; `base` is the number from below before it was adjusted."""

    forecast: Decimal
    actual: Decimal
    base: Decimal | None = None

    @cached_property
    def miss(self) -> Decimal:
        """How far above what happened."""
        return self.forecast - self.actual

    @property
    def ape(self) -> Ratio:
        """|F − A| ÷ A; nothing forecast and nothing won is no error, something forecast and nothing won has no value."""
        return _ape(self.forecast, self.actual)

    @property
    def value_added(self) -> Ratio:
        """The error of the number from below less the error of the adjusted one: positive when adjusting helped."""
        if self.base is None:
            return Ratio.missing("no_base")
        below, own = _ape(self.base, self.actual), self.ape
        if below.value is None or own.value is None:
            return Ratio.missing("no_base")
        return Ratio(below.value - own.value)

    @property
    def closer(self) -> Decimal:
        """|base − A| − |F − A|: how much nearer adjusting brought the number, in money; 0 where nothing was adjusted."""
        return abs(self.base - self.actual) - abs(self.miss) if self.base is not None else ZERO

    def passes(self, limit: Decimal) -> bool:
        """Whether the error is within the limit, the limit itself included (B0.5); of no value it fails."""
        return abs(self.miss) <= limit * abs(self.actual)


@dataclass(frozen=True)
class Accuracy:
    """Forecasts of several people or periods taken together."""

    held: Sequence[Held]

    @property
    def wape(self) -> Ratio:
        """Σ|F − A| ÷ Σ|A|, the headline."""
        return Ratio.of(self._missed, sum((abs(one.actual) for one in self.held), ZERO))

    @property
    def mape(self) -> Ratio:
        """The mean error of those that have something to divide by."""
        errors = [one.ape.value for one in self.held if one.actual != 0]
        return Ratio.of(sum((error for error in errors if error is not None), ZERO), len(errors))

    @property
    def bias(self) -> Ratio:
        """Σ(F − A) ÷ ΣA: above zero they forecast too much."""
        return Ratio.of(
            sum((one.miss for one in self.held), ZERO), sum((one.actual for one in self.held), ZERO)
        )

    @property
    def accuracy(self) -> Ratio:
        """1 − WAPE, not below zero."""
        wape = self.wape
        return wape if wape.value is None else Ratio(max(ZERO, 1 - wape.value))

    @property
    def tracking_signal(self) -> Ratio:
        """Σ(F − A) ÷ mean |F − A|; of forecasts that all came true there is none."""
        missed = sum((one.miss for one in self.held), ZERO)
        return Ratio.of(missed * len(self.held), self._missed)

    @property
    def is_biased(self) -> bool:
        """Whether errors lean to one side: |tracking signal| > 4 over at least four forecasts."""
        signal = self.tracking_signal.value
        return signal is not None and abs(signal) > BIASED_BEYOND and len(self.held) >= BIASED_FROM

    @property
    def value_added(self) -> Ratio:
        """WAPE of the numbers from below less WAPE of what was submitted, over those that had one."""
        based = [one for one in self.held if one.base is not None]
        own, below = Accuracy(based).wape, self.below
        if own.value is None or below.value is None:
            return Ratio.missing("no_base")
        return Ratio(below.value - own.value)

    @property
    def below(self) -> Ratio:
        """WAPE of the numbers from below, over those that had one: what the error would be without adjusting."""
        return Accuracy([Held(one.base, one.actual) for one in self.held if one.base is not None]).wape

    @property
    def closer(self) -> Decimal:
        """How much nearer to what happened the submitted numbers lay than those from below, in money; below zero, farther."""
        return sum((one.closer for one in self.held), ZERO)

    @property
    def helped(self) -> int:
        """How many adjustments brought the number nearer to what happened."""
        return sum(one.closer > 0 for one in self.held)

    @property
    def hurt(self) -> int:
        """How many adjustments took the number farther from what happened."""
        return sum(one.closer < 0 for one in self.held)

    @property
    def adjusted(self) -> int:
        """How many numbers differ from the one from below."""
        return sum(one.base is not None and one.base != one.forecast for one in self.held)

    @property
    def _missed(self) -> Decimal:
        return sum((abs(one.miss) for one in self.held), ZERO)


def sandbags(held: Sequence[Held]) -> bool:
    """Whether any three forecasts in a row, in order of their periods, each lay more than 15 % too low (M24)."""
    in_a_row = 0
    for one in held:
        in_a_row = in_a_row + 1 if one.miss < SANDBAG * one.actual else 0
        if in_a_row == SANDBAG_PERIODS:
            return True
    return False


def hides(off_funnel: Decimal, won: Decimal) -> bool:
    """Whether more than a tenth of what was won came past the funnel (M24)."""
    return off_funnel > OFF_FUNNEL * won


def _ape(forecast: Decimal, actual: Decimal) -> Ratio:
    if actual == 0 and forecast == 0:
        return Ratio(ZERO)
    return Ratio.of(abs(forecast - actual), abs(actual))
