"""Win rate and sales cycle (`domain.md` M05, M07).

Closes count by the day they happened, only the last one of a deal and only while it stands; cancelled deals are lost
ones, invalid ones no deals. Each counts for its owner at the close, with its amount then. The cycle runs from the
first day to the win, without the time the deal was closed before it was reopened; holds stay in. The cohort is what
was created in the period: won, and won or still open, of all that are not invalid.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from decimal import Decimal

from loudou.insight.figures.flow import Span
from loudou.insight.figures.scope import Scope
from loudou.kernel.numbers import ZERO, Ratio
from loudou.pipeline.figures.history import CLOSING, History, Stay

LOST = ("lost", "cancelled")
DAY = Decimal(86_400)


@dataclass(frozen=True)
class WinRate:
    """Closes of a period, the wins' cycles summed, and what became of the deals created in it."""

    won: int = 0
    lost: int = 0
    won_amount: Decimal = ZERO
    lost_amount: Decimal = ZERO
    cycle: timedelta = timedelta(0)
    cycles: int = 0  # wins whose beginning is known
    created: int = 0
    created_won: int = 0
    created_open: int = 0

    @property
    def rate(self) -> Ratio:
        """Won ÷ (won + lost)."""
        return Ratio.of(self.won, self.won + self.lost)

    @property
    def amount_rate(self) -> Ratio:
        """The same by amount."""
        return Ratio.of(self.won_amount, self.won_amount + self.lost_amount)

    @property
    def cycle_mean_days(self) -> Ratio:
        """Mean days from creation to the win."""
        return Ratio.of(seconds(self.cycle) / DAY, self.cycles)

    @property
    def cohort_low(self) -> Ratio:
        """Won of those created in the period: what is sure."""
        return Ratio.of(self.created_won, self.created)

    @property
    def cohort_high(self) -> Ratio:
        """Won or still open: what is possible."""
        return Ratio.of(self.created_won + self.created_open, self.created)

    def __add__(self, other: WinRate) -> WinRate:
        return WinRate(
            **{item.name: getattr(self, item.name) + getattr(other, item.name) for item in fields(WinRate)}
        )

    def __neg__(self) -> WinRate:
        return WinRate(**{item.name: -getattr(self, item.name) for item in fields(WinRate)})


def seconds(length: timedelta) -> Decimal:
    """A length of time in seconds, exact."""
    return Decimal(length // timedelta(microseconds=1)).scaleb(-6)


def of_one(history: History, created_at: datetime | None, scope: Scope, span: Span) -> WinRate:
    """What one deal contributes to a period's win rate."""
    close = close_in(history, scope, span)
    counted = _closed(close, history, created_at) if close is not None else WinRate()
    return counted + born_of(history, created_at, scope, span)


def close_in(history: History, scope: Scope, span: Span) -> Stay | None:
    """The stay that ended in a win or a loss which counts in a period; None where there is none."""
    close = standing_close(history, span.known)
    if close is None or close.left_by == "invalid":
        return None
    return close if _within(close.left_at, span) and _mine(close, scope) else None


def born_of(history: History, created_at: datetime | None, scope: Scope, span: Span) -> WinRate:
    """What a deal contributes to the cohort of those created in a period: itself, and how it stands."""
    close = standing_close(history, span.known)
    outcome = close.left_by if close is not None else "open"
    if created_at is None or outcome == "invalid" or not _within(created_at, span):
        return WinRate()
    if not _born_mine(history, scope, span):
        return WinRate()
    return WinRate(created=1, created_won=int(outcome == "won"), created_open=int(outcome == "open"))


def cycle_of(close: Stay, history: History, created_at: datetime) -> timedelta:
    """From the first day to a close, without the time the deal was closed before it was reopened (M07)."""
    assert close.left_at is not None
    return close.left_at - created_at - sum(gaps(history, close.left_at), timedelta(0))


def standing_close(history: History, known: datetime | None) -> Stay | None:
    """The stay that ended in the close which stood at an instant; None while the deal was open."""
    for stay in reversed(history.stays):
        if stay.left_at is None or (known is not None and stay.left_at >= known):
            continue
        undone = stay.reopened_at is not None and (known is None or stay.reopened_at < known)
        return stay if stay.left_by in CLOSING and not undone else None
    return None


def gaps(history: History, until: datetime) -> Iterator[timedelta]:
    """The times a deal was closed before it was reopened, up to an instant."""
    for stay in history.stays:
        if stay.reopened_at is not None and stay.left_at is not None and stay.reopened_at <= until:
            yield stay.reopened_at - stay.left_at


def _closed(close: Stay, history: History, created_at: datetime | None) -> WinRate:
    assert close.left_amount is not None
    if close.left_by in LOST:
        return WinRate(lost=1, lost_amount=close.left_amount)
    won = WinRate(won=1, won_amount=close.left_amount)
    if created_at is None:
        return won
    return replace(won, cycle=cycle_of(close, history, created_at), cycles=1)


def _mine(close: Stay, scope: Scope) -> bool:
    assert close.left_owner is not None and close.left_at is not None
    return scope.takes(close.left_owner, close.left_unit, close.left_at)


def _born_mine(history: History, scope: Scope, span: Span) -> bool:
    first = history.stays[0]
    if span.known is not None and first.entered_at >= span.known:
        return False
    return scope.takes(first.owner, first.unit, first.entered_at)


def _within(at: datetime | None, span: Span) -> bool:
    return (
        at is not None
        and (span.since is None or at >= span.since)
        and (span.until is None or at < span.until)
    )
