"""The weighted forecast (`domain.md` M20, R089) and the forecast sheet F16.

A deal counts with its own success rate where one was approved, else with what was learned of it where the
organisation chose so, else with its stage's: the calibrated one where there is one, else the configured one. Every sum is exact and rounded once, at output.
A deal that is delivered in parts counts with each of them on that part's own date, any other whole on its expected date.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from loudou.kernel.numbers import ZERO
from loudou.kernel.periods import Period
from loudou.pipeline.figures.deliveries import shares_at
from loudou.pipeline.figures.history import Stand

# Stage → calibrated success rate (M04), for stages with enough closed deals where the organisation chose so.
Calibrated = Mapping[int, Decimal]


def chance(
    own: Decimal | None,
    stage: Decimal,
    calibrated: Decimal | None = None,
    learned: Decimal | None = None,
) -> Decimal:
    """The success rate a deal counts with: its own > one learned of it > its stage's calibrated one > the configured one."""
    return next((one for one in (own, learned, calibrated) if one is not None), stage)


def bucket(outcome: str, expected_on: date | None, period: Period | None, today: date) -> str:
    """Where a live deal stands before a forecast sheet: `due` in it, or why it is not.

    On hold it is `resting`; with a period it must be due in it (else `undated`, `outside`) and not `overdue` on the
    day that is asked for. Without a period every open deal counts.
    """
    if outcome == "on_hold":
        return "resting"
    if period is None:
        return "due"
    if expected_on is None:
        return "undated"
    if expected_on < today:
        return "overdue"
    return "due" if expected_on in period else "outside"


BUCKETS = ("due", "overdue", "outside", "undated", "resting")


class Portion(NamedTuple):
    """What of a deal is expected on a date; `place` is that of a planned delivery among the others, from 0."""

    expected_on: date | None
    amount: Decimal
    place: int | None = None


def portions(stand: Stand, unit: Decimal) -> Sequence[Portion]:
    """When what of a deal is expected: its planned deliveries each on its own date (M20), else all of it on the deal's.

    `unit` is the smallest amount of the base currency.
    """
    if not stand.plan:
        return [Portion(stand.expected_on, stand.base_amount)]
    parts = shares_at(stand, unit)
    return [Portion(part.due_on, part.base_amount, place) for place, part in enumerate(parts)]


def spread(stand: Stand, period: Period | None, today: date, unit: Decimal) -> dict[str, Decimal]:
    """How a live deal's amount stands before a forecast sheet, portion by portion: bucket → amount."""
    found: dict[str, Decimal] = {}
    for portion in portions(stand, unit):
        where = bucket(stand.outcome, portion.expected_on, period, today)
        found[where] = found.get(where, ZERO) + portion.amount
    return found


@dataclass(frozen=True)
class Pile:
    """Deals of one stage and one configured rate: how many, their amount, and what it is made of.

    `own_weighted` is the amount of those with their own success rate times that, `plain` the amount of the others.
    """

    stage: int
    rate: Decimal
    count: int
    amount: Decimal
    own_weighted: Decimal
    plain: Decimal
    bucket: str = "due"

    def weighted(self, calibrated: Calibrated | None = None) -> Decimal:
        """Amounts times success rates, unrounded."""
        return self.own_weighted + self.plain * chance(None, self.rate, (calibrated or {}).get(self.stage))


def pile_of(
    stage: int, rate: Decimal, amount: Decimal, own: Decimal | None, sign: int = 1, *, bucket: str = "due"
) -> Pile:
    """A single deal as a pile; with −1 it takes one away."""
    weighted = amount * own if own is not None else ZERO
    plain = amount if own is None else ZERO
    return Pile(stage, rate, sign, sign * amount, sign * weighted, sign * plain, bucket)


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


def forecast(
    stages: Sequence[tuple[int, Decimal]], piles: Iterable[Pile], calibrated: Calibrated | None = None
) -> Forecast:
    """The sheet of these stages, as (stage, configured rate) in order, with what is due in them; empty ones too."""
    due = [pile for pile in piles if pile.bucket == "due"]
    lines = []
    for stage, rate in stages:
        here = [pile for pile in due if pile.stage == stage]
        lines.append(
            StageForecast(
                stage,
                chance(None, rate, (calibrated or {}).get(stage)),
                sum(pile.count for pile in here),
                sum((pile.amount for pile in here), ZERO),
                sum((pile.weighted(calibrated) for pile in here), ZERO),
            )
        )
    return Forecast(tuple(lines))


def left_out(piles: Iterable[Pile]) -> dict[str, tuple[int, Decimal]]:
    """What the sheet does not count, and why: bucket → (deals, amount)."""
    found: dict[str, tuple[int, Decimal]] = {}
    for pile in piles:
        count, amount = found.get(pile.bucket, (0, ZERO))
        found[pile.bucket] = (count + pile.count, amount + pile.amount)
    return {name: found[name] for name in BUCKETS[1:] if found.get(name, (0, ZERO))[0]}
