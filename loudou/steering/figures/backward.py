"""From a target back through the funnel (倒推, `domain.md` M60), the top of the funnel (M17), people (M61).

What is won and what the funnel will yield is taken off first; what is left is divided by the mean deal, the win rate
and the rate from lead to opportunity. Rounded up at every level, as one cannot open half a deal, and unrounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from loudou.kernel.numbers import ZERO, Ratio

THIN = Decimal("0.8")  # below it the top of the funnel is too thin (M17)
ATTAINMENT = 1 / Decimal("1.2")  # people who carry 120 % reach the whole at this (M31)
_NEAR = Decimal("1e-12")
_LARGE = Decimal("1e15")  # with twelve places it is all that a decimal holds


@dataclass(frozen=True)
class Rates:
    """What an organisation's deals are like: mean amount won, win rate, leads to opportunities, visits for one."""

    deal_amount: Ratio
    win_rate: Ratio
    lead_rate: Ratio
    visits_per_opp: Ratio


@dataclass(frozen=True)
class Step:
    """How much of something it takes: rounded up from the rounded step before, and without any rounding."""

    rounded: Ratio
    exact: Ratio

    def over(self, rate: Ratio) -> Step:
        """What it takes to get this at a rate."""
        return Step(_up(_divided(self.rounded, rate)), _divided(self.exact, rate))

    def times(self, rate: Ratio) -> Step:
        """So many of them for each."""
        return Step(_up(_product(self.rounded, rate)), _product(self.exact, rate))


@dataclass(frozen=True)
class Backward:
    """What it still takes to reach a target: `gap` is what neither is won nor will come from the funnel.

    Without a target (None) nothing is known of it: nothing is not zero.
    """

    target: Decimal | None
    won: Decimal
    weighted: Decimal
    rates: Rates

    @property
    def gap(self) -> Ratio:
        """Target − won − weighted open; never below nothing."""
        return self._left(self.won + self.weighted)

    def _left(self, there: Decimal) -> Ratio:
        return Ratio.missing("no_target") if self.target is None else Ratio(max(self.target - there, ZERO))

    @property
    def deals(self) -> Step:
        """New deals to win: ⌈gap ÷ mean deal⌉."""
        return _whole(self.gap).over(self.rates.deal_amount)

    @property
    def opps(self) -> Step:
        """New opportunities: ⌈deals ÷ win rate⌉."""
        return self.deals.over(self.rates.win_rate)

    @property
    def leads(self) -> Step:
        """Leads: ⌈opportunities ÷ the rate from lead to opportunity⌉."""
        return self.opps.over(self.rates.lead_rate)

    @property
    def visits(self) -> Step:
        """Visits: opportunities × visits for one."""
        return self.opps.times(self.rates.visits_per_opp)

    def in_stage(self, chance: Decimal) -> Step:
        """How many deals must stand in a stage or beyond it, if so large a share of them is won: (target − won) ÷ mean deal ÷ share."""
        return (
            _whole(self._left(self.won))
            .over(self.rates.deal_amount)
            .over(Ratio(chance) if chance else Ratio.missing("no_base"))
        )


@dataclass(frozen=True)
class Top:
    """The top of the funnel (M17): opportunities created in the period against what the target asked for at its start."""

    created: int
    required: Ratio

    @property
    def sufficiency(self) -> Ratio:
        """Created ÷ required."""
        if self.required.value is None:
            return self.required
        return Ratio.of(self.created, self.required.value, reason="target_met")

    @property
    def is_thin(self) -> bool:
        """Whether less than 80 % were created."""
        value = self.sufficiency.value
        return value is not None and value < THIN


@dataclass(frozen=True)
class Headcount:
    """Whether the people there are can carry a target (M61): `capacity` is Σ quota × ramp × presence, `full` one full quota."""

    target: Decimal | None
    capacity: Decimal
    full: Ratio
    factor: Decimal = ATTAINMENT

    @property
    def expected(self) -> Decimal:
        """What they will bring: capacity × attainment factor."""
        return self.capacity * self.factor

    @property
    def exact(self) -> Ratio:
        """(Target ÷ factor − capacity) ÷ full quota."""
        if self.full.value is None:
            return self.full
        if self.target is None:
            return Ratio.missing("no_target")
        return Ratio.of(self.target / self.factor - self.capacity, self.full.value)

    @property
    def gap(self) -> Ratio:
        """How many people are missing, rounded up; below zero there are so many more than needed."""
        return _up(self.exact)


def _whole(value: Ratio) -> Step:
    """Money is not rounded up: only what is counted is."""
    return Step(value, value)


def _divided(value: Ratio, rate: Ratio) -> Ratio:
    if value.value is None:
        return value
    if value.value == 0:
        return Ratio(ZERO)
    return rate if rate.value is None else Ratio.of(value.value, rate.value)


def _product(value: Ratio, rate: Ratio) -> Ratio:
    if value.value is None:
        return value
    return rate if rate.value is None else Ratio(value.value * rate.value)


def _up(value: Ratio) -> Ratio:
    if value.value is None:
        return value
    # A quotient of decimals ends at its precision: 6 ÷ (1 ÷ 3) shall not be 18.000…01 and then 19.
    # What is so large that it has no twelve places ends at its units as it is.
    near = value.value.quantize(_NEAR) if abs(value.value) < _LARGE else value.value
    return Ratio(near.to_integral_value(ROUND_CEILING))
