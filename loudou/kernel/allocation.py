"""Taking a total apart so that the parts sum to it exactly (`domain.md` M63)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from loudou.kernel.numbers import ZERO


class CannotAllocate(ValueError):
    """The total cannot be taken apart as asked; `reason` is a code the room turns into a sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Part(NamedTuple):
    """One share of a total: its exact value before rounding and the amount in whole steps."""

    weight: Decimal
    raw: Decimal
    amount: Decimal
    locked: bool


def allocate(
    total: Decimal,
    weights: Sequence[Decimal],
    *,
    step: Decimal = Decimal(1),
    locked: Mapping[int, Decimal] | None = None,
) -> list[Part]:
    """Split `total` by `weights` in multiples of `step` with largest remainders.

    Each part gets the floor of its raw share; what is left goes, one step each, to the largest remainders, ties to
    the earlier part (callers pass parts in order of period, then id). A negative total is split as its absolute
    value and negated. `locked` (index → amount) parts keep their amount and leave the total and the weights first.

    Raises `CannotAllocate`: `off_step` when what is to be split is no multiple of the step, `no_weight` when
    nothing may take it, `negative_weight`, `locked_exceeds` when locked parts leave a remainder of the other sign.
    """
    held = locked or {}
    if weights and min(weights) < 0:
        raise CannotAllocate("negative_weight")
    remainder = total - sum(held.values(), ZERO)
    if held and remainder != 0 and (remainder < 0) != (total < 0) and total != 0:
        raise CannotAllocate("locked_exceeds")
    free = [index for index in range(len(weights)) if index not in held] if held else range(len(weights))
    amounts, raws = _split(remainder, [weights[index] for index in free], step)
    parts = [
        Part(weights[index], raw, amount, False)
        for index, raw, amount in zip(free, raws, amounts, strict=True)
    ]
    for index in sorted(held):
        parts.insert(index, Part(weights[index], held[index], held[index], True))
    return parts


def _split(total: Decimal, weights: Sequence[Decimal], step: Decimal) -> tuple[list[Decimal], list[Decimal]]:
    if total == 0:
        return [ZERO] * len(weights), [ZERO] * len(weights)
    shares = _whole(weights)
    whole = sum(shares)
    if whole == 0:
        raise CannotAllocate("no_weight")
    exact_steps = abs(total) / step
    steps = int(exact_steps)
    if steps != exact_steps:
        raise CannotAllocate("off_step")
    # Whole numbers throughout: a quotient rounded on the way could turn a tie into a winner.
    floors = [steps * share // whole for share in shares]
    remainders = [steps * share % whole for share in shares]
    left = steps - sum(floors)
    for index in sorted(range(len(shares)), key=remainders.__getitem__, reverse=True)[:left]:
        floors[index] += 1  # of equal remainders the earlier: the order of a sort that is reversed stays
    signed = step if total > 0 else -step
    return [signed * floor for floor in floors], [total * share / whole for share in shares]


def _whole(weights: Sequence[Decimal]) -> list[int]:
    """The weights as whole numbers in the same proportion."""
    places = max((-int(weight.as_tuple().exponent) for weight in weights), default=0)
    return [int(weight.scaleb(max(places, 0))) for weight in weights]
