"""What weeks and working days have of a month that is not taken apart yet (`domain.md` M62, M63; D1).

A month goes to its weeks, a week to its working days, each by what they weigh: so days sum to their week and weeks to
their month, to the cent. What somebody set for a week or a day stays; the rest shares what is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from loudou.kernel.allocation import CannotAllocate
from loudou.kernel.numbers import CENT, ZERO
from loudou.targets.figures.decompose import ONE, Piece, decompose


@dataclass(frozen=True)
class Week:
    """A week clipped at its month's ends, with its working days; a piece's `locked` is what was set for it."""

    piece: Piece
    days: Sequence[Piece] = ()


def sliced(
    amount: Decimal | None, weeks: Sequence[Week], step: Decimal, *, is_rate: bool = False
) -> dict[str, Decimal]:
    """What the weeks of a month and their days have, by their keys; a key is missing where nothing can be known.

    Weeks are multiples of `step`, days of one unit, where the whole is; else of a finer one. Nothing is known of an
    amount that is None, and nothing where what was set comes to more than the whole; a week in which nobody works
    has nothing. A rate is the same in every part.
    """
    found = _shared(amount, [week.piece for week in weeks], step, is_rate=is_rate)
    for week in weeks:
        found |= _shared(found.get(week.piece.key), week.days, ONE, is_rate=is_rate)
    return found


def _shared(
    whole: Decimal | None, pieces: Sequence[Piece], step: Decimal, *, is_rate: bool
) -> dict[str, Decimal]:
    fixed = {piece.key: piece.locked for piece in pieces if piece.locked is not None}
    if whole is None:
        return fixed
    bearing = [piece for piece in pieces if piece.weight or piece.locked is not None]
    if is_rate:
        return {piece.key: whole for piece in bearing} | fixed
    left = whole - sum(fixed.values(), ZERO)
    size = next((one for one in (step, ONE) if left % one == 0), CENT)
    try:
        return {share.key: share.amount for share in decompose(whole, bearing, size)}
    except CannotAllocate:
        return fixed
