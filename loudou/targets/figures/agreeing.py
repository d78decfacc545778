"""Coming to terms about a target and changing it while it runs (`domain.md` C9, M64, R007)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from loudou.kernel.allocation import CannotAllocate, allocate
from loudou.kernel.numbers import CENT, ZERO, Ratio
from loudou.kernel.periods import Period

REAL = Decimal("1.5")
STEPS = (Decimal(10_000), Decimal(1_000), Decimal(100), Decimal(1), CENT)


@dataclass(frozen=True)
class Evidence:
    """What somebody is capable of: what they won last year, their weighted funnel, what they can carry."""

    last_year: Decimal | None = None
    funnel: Decimal | None = None
    capacity: Decimal | None = None

    @property
    def known(self) -> Decimal | None:
        """History and funnel together, where there is a history of the metric at all."""
        if self.last_year is None or self.funnel is None:
            return None
        return self.last_year + self.funnel

    def stretch(self, amount: Decimal) -> Ratio:
        """A target ÷ history and funnel."""
        known = self.known
        return Ratio.missing("no_base") if known is None else Ratio.of(amount, known)

    def is_real(self, amount: Decimal) -> bool:
        """Whether a target is at most 1.5 times history and funnel; of what has no history nobody can say."""
        known = self.known
        return known is None or amount <= REAL * known


@dataclass(frozen=True)
class Stretch:
    """A part of a running target: what was approved, and whether it stays (past, closed or locked)."""

    key: str
    amount: Decimal
    weight: Decimal
    fixed: bool


@dataclass(frozen=True)
class Respread:
    """A part before and after."""

    key: str
    before: Decimal
    after: Decimal
    fixed: bool


def respread(total: Decimal, parts: Sequence[Stretch]) -> list[Respread]:
    """A new total over the parts: what is fixed stays, the remainder goes to the rest by weight (M64).

    Raises `CannotAllocate`: `negative_remainder` when what is fixed comes to more than the new total.
    """
    remainder = total - sum((part.amount for part in parts if part.fixed), ZERO)
    if remainder < 0:
        raise CannotAllocate("negative_remainder")
    free = [part for part in parts if not part.fixed]
    shares = allocate(remainder, [part.weight for part in free], step=coarsest(remainder))
    after = {part.key: share.amount for part, share in zip(free, shares, strict=True)}
    return [Respread(part.key, part.amount, after.get(part.key, part.amount), part.fixed) for part in parts]


def come_to(
    period: Period, parts: Sequence[tuple[Period, Decimal]], *, is_rate: bool = False
) -> Decimal | None:
    """What the parts that lie within a period come to together: what a quarter is once its months are set (M63).

    None where they are not all of it, where it is one of them itself, and for a rate that is not the same in each.
    """
    within = [(one, amount) for one, amount in parts if period.start <= one.start and one.end <= period.end]
    if len(within) < 2 or sum(one.length for one, _amount in within) != period.length:
        return None
    amounts = [amount for _one, amount in within]
    if is_rate:
        return amounts[0] if len(set(amounts)) == 1 else None
    return sum(amounts, ZERO)


def coarsest(amount: Decimal) -> Decimal:
    """The largest usual step an amount is a multiple of."""
    return next((step for step in STEPS if amount % step == 0), CENT)


def catch_up(parts: Sequence[Stretch], reached: Decimal, passed: Sequence[str]) -> Mapping[str, Decimal]:
    """What each part to come would have to be to make up for what was missed in those that passed.

    Shown beside the official target, never added to it (M64). Empty where nothing was missed or nothing is to come.
    """
    missed = sum((part.amount for part in parts if part.key in passed), ZERO) - reached
    coming = [part for part in parts if part.key not in passed]
    if missed <= 0 or not any(part.weight for part in coming):
        return {}
    shares = allocate(missed, [part.weight for part in coming], step=CENT)
    return {part.key: part.amount + share.amount for part, share in zip(coming, shares, strict=True)}


def zero_sum(changes: Sequence[tuple[Decimal, Decimal]]) -> Decimal:
    """By how much changes (before, after) miss taking nothing away and adding nothing (territory moves)."""
    return sum((after - before for before, after in changes), ZERO)
