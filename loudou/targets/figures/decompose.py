"""Taking a target apart in time and among units and people (`domain.md` R004 to R006, M31, M62, M63; D1).

In time a part weighs its working days × the seasonal index *per working day* of their month; weeks are clipped at
month ends, so that they sum to the month. Whatever the weights, the parts sum to the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from loudou.kernel.allocation import allocate
from loudou.kernel.numbers import ZERO, Ratio
from loudou.kernel.periods import Fiscal, Grain, Period
from loudou.kernel.workdays import WorkCalendar
from loudou.targets.figures.selling import SellingDays

OVER_ASSIGNED = Decimal("1.2")  # what the people of a unit carry together, as a multiple of its target (R006)
EXCESSIVE = Decimal("1.5")  # more than this is a warning (M31)
ONE = Decimal(1)
METRICS = (
    *("bookings", "invoiced", "cash", "gross_margin", "quantity"),
    *("new_customers", "deals", "conversion", "visits"),
)
GRAINS = {"quarter": Grain.QUARTER, "month": Grain.MONTH, "week": Grain.WEEK, "day": Grain.DAY}
BYS = (*GRAINS, "unit", "person", "family", "segment")


@dataclass(frozen=True)
class Seasons:
    """Sales per working day of a month ÷ of the mean month: by month number; a dated one goes before it; else 1."""

    months: Mapping[int, Decimal] = field(default_factory=dict)
    dated: Mapping[tuple[int, int], Decimal] = field(default_factory=dict)

    def of(self, day: date) -> Decimal:
        """The index of a day's month."""
        return self.dated.get((day.year, day.month), self.months.get(day.month, ONE))


@dataclass(frozen=True)
class Timing:
    """What time weighs: the fiscal year, the working days, the seasons; a period is weighed once for all people."""

    fiscal: Fiscal
    calendar: WorkCalendar | SellingDays
    seasons: Seasons = Seasons()
    _weights: dict[Period, Decimal] = field(default_factory=dict, init=False, compare=False, repr=False)
    _counts: dict[Period, int] = field(default_factory=dict, init=False, compare=False, repr=False)

    def weight(self, period: Period) -> Decimal:
        """Working days, or what selling days weigh, × index, month by month (M62)."""
        if period not in self._weights:
            months = Fiscal().split(period, Grain.MONTH)
            weights = (self.seasons.of(part.start) * self.calendar.weigh(part) for part in months)
            self._weights[period] = sum(weights, ZERO)
        return self._weights[period]

    def count(self, period: Period) -> int:
        """Its working or selling days."""
        if period not in self._counts:
            self._counts[period] = self.calendar.count(period)
        return self._counts[period]

    def pieces(self, period: Period, grain: Grain) -> list[Piece]:
        """The period in parts of a grain, each with its weight; by day, only days on which people work."""
        parts = self.fiscal.split(period, grain)
        if grain is Grain.DAY:
            parts = [part for part in parts if self.calendar.works(part.start)]
        return [Piece(self.name(part), self.weight(part)) for part in parts]

    def name(self, period: Period) -> str:
        """A period as `--period` reads it back; a day is called by its date."""
        return period.start.isoformat() if period.length == 1 else self.fiscal.name(period)


class Piece(NamedTuple):
    """Something a target may be taken apart into: what it is known by, what it weighs, its amount if that is fixed.

    `closed` says that its books are closed: whatever it gets, its target stays as it is (C20).
    """

    key: str
    weight: Decimal
    locked: Decimal | None = None
    closed: bool = False


class Share(NamedTuple):
    """What a piece gets: the exact value before rounding, and the amount in whole steps."""

    key: str
    weight: Decimal
    raw: Decimal
    amount: Decimal
    locked: bool
    closed: bool = False


@dataclass(frozen=True)
class Check:
    """A rule that a decomposition keeps, or what is missing."""

    rule: str
    passed: bool
    shortfall: Decimal


def decompose(total: Decimal, pieces: Sequence[Piece], step: Decimal) -> list[Share]:
    """The total by the pieces' weights in whole steps, largest remainders first; ties to the earlier piece (M63).

    Where all are locked nothing is left to take apart: `sums_up` says what that comes to. Raises `CannotAllocate`.
    """
    if pieces and all(piece.locked is not None for piece in pieces):
        return [
            Share(piece.key, piece.weight, piece.locked, piece.locked, locked=True, closed=piece.closed)
            for piece in pieces
            if piece.locked is not None
        ]
    locked = {place: piece.locked for place, piece in enumerate(pieces) if piece.locked is not None}
    parts = allocate(total, [piece.weight for piece in pieces], step=step, locked=locked)
    return [Share(piece.key, *part, piece.closed) for piece, part in zip(pieces, parts, strict=True)]


def alike(rate: Decimal, pieces: Sequence[Piece]) -> list[Share]:
    """A rate, which is no sum: the same in every part, whatever it weighs, but where it is locked at another."""
    amounts = [rate if piece.locked is None else piece.locked for piece in pieces]
    return [
        Share(piece.key, piece.weight, amount, amount, locked=piece.locked is not None, closed=piece.closed)
        for piece, amount in zip(pieces, amounts, strict=True)
    ]


def whole(shares: Iterable[Share]) -> Decimal:
    """What the parts come to."""
    return sum((share.amount for share in shares), ZERO)


def sums_up(total: Decimal, shares: Iterable[Share]) -> Check:
    """Whether the parts sum to the whole; every one may be locked, and then they need not."""
    missing = total - whole(shares)
    return Check("sum", missing == 0, missing)


def over_assigned(target: Decimal, carried: Decimal) -> Check:
    """Whether people carry at least 120 % of their unit's target, else how much is missing (R006, M31)."""
    missing = OVER_ASSIGNED * target - carried
    return Check("over_assignment", missing <= 0, max(missing, ZERO))


def excessive(target: Decimal, carried: Decimal) -> Check:
    """Whether people carry no more than 150 % of their unit's target; more is a warning (M31)."""
    beyond = carried - EXCESSIVE * target
    return Check("excess", target <= 0 or beyond <= 0, min(-beyond, ZERO))


def assignment(target: Decimal, carried: Decimal) -> Ratio:
    """What people carry ÷ their unit's target (M31)."""
    return Ratio.of(carried, target, reason="not_assigned")
