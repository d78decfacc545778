"""A deal that is delivered in several parts, each on a date of its own (`domain.md` M20).

A plan says dates and amounts. The amounts are what the deal's amount is split by: where that changes afterwards, the
parts follow it in proportion, with largest remainders (M63), so that they sum to it exactly at every instant, in the
deal's currency and in the base currency alike, each in whole units of its currency.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from loudou.kernel.allocation import allocate
from loudou.kernel.money import minor_unit
from loudou.kernel.numbers import CENT

if TYPE_CHECKING:
    from loudou.pipeline.figures.history import Stand


class Part(NamedTuple):
    """A part of a plan as somebody stated it: when it is delivered, and how much of the deal it is."""

    due_on: date
    amount: Decimal


Plan = tuple[Part, ...]


class Share(NamedTuple):
    """What a part comes to while the deal stands at some amount."""

    due_on: date
    amount: Decimal
    base_amount: Decimal


class Stretch(NamedTuple):
    """During `[since, until)` the deal was planned to be delivered so; `until` is None for the present."""

    since: datetime
    until: datetime | None
    shares: tuple[Share, ...]


def shares(
    plan: Plan, amount: Decimal, base_amount: Decimal, *, unit: Decimal = CENT, base_unit: Decimal = CENT
) -> tuple[Share, ...]:
    """The parts of a deal of this amount, by date; they sum to it and to its base amount exactly.

    The units are the smallest amounts of the deal's currency and of the base currency.
    """
    weights = [part.amount for part in plan]
    own, base = (
        allocate(total, weights, step=_step(total, smallest))
        for total, smallest in ((amount, unit), (base_amount, base_unit))
    )
    return tuple(
        Share(part.due_on, one.amount, other.amount) for part, one, other in zip(plan, own, base, strict=True)
    )


def _step(total: Decimal, unit: Decimal) -> Decimal:
    """In what an amount is split: in its currency's units, in hundredths where somebody wrote it with such."""
    return unit if total % unit == 0 else CENT


def shares_at(stand: Stand, base_unit: Decimal) -> tuple[Share, ...]:
    """The parts of a deal as it stood; none where there was no plan."""
    if not stand.plan:
        return ()
    unit = minor_unit(stand.currency)
    return shares(stand.plan, stand.amount, stand.base_amount, unit=unit, base_unit=base_unit)


def stretches(stands: Sequence[Stand], base_unit: Decimal) -> Iterator[Stretch]:
    """How a deal was planned to be delivered, from when to when; nothing where there was no plan."""
    last: Stretch | None = None
    for stand in stands:
        found = shares_at(stand, base_unit)
        if last is not None and last.shares == found:
            last = last._replace(until=stand.until)
            continue
        if last is not None and last.shares:
            yield last
        last = Stretch(stand.since, stand.until, found)
    if last is not None and last.shares:
        yield last


def in_order(parts: Iterable[Part]) -> Plan:
    """A plan's parts by date."""
    return tuple(sorted(parts))


def said(parts: Iterable[Part | Share]) -> list[str]:
    """Parts as history says them."""
    return [f"{part.due_on} {part.amount:,.2f}" for part in parts]
