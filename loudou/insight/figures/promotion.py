"""How deals were promoted during a period (机会升迁状况表, F17): where each stood, what happened, where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from loudou.insight.figures.flow import Span, standing_at
from loudou.pipeline.figures.history import CLOSING, History, Stand, Stay

# What can happen, with its mark: up, over a stage, back, closed and taken up again.
MARKS = {
    "opened": "＋",
    "up": "↑",
    "skip": "⇈",
    "down": "↓",
    "reopen": "⟲",
    "won": "✓",
    "lost": "✕",
    "cancelled": "✕",
    "invalid": "∅",
}
_COMING = {"first": "opened", "forward": "up", "back": "down", "reopen": "reopen"}


@dataclass(frozen=True)
class Step:
    """One thing that happened to a deal: what, into which stage (or out of which), and when."""

    event: str
    stage: int
    at: datetime

    @property
    def mark(self) -> str:
        """Its sign in the table."""
        return MARKS[self.event]


@dataclass(frozen=True)
class Promotion:
    """One line of the table. A stage is None where the deal did not stand on the funnel; `outcome` says why."""

    start: int | None
    steps: tuple[Step, ...]
    end: int | None
    outcome: str
    owner: int
    unit: int | None
    since: datetime  # when it came into the stage it stands in, or stood in last
    days: timedelta  # how long it has stood there, time on hold taken out
    amount: Decimal  # as it is known, in the base currency


def promotion(history: History, span: Span) -> Promotion:
    """A deal's line, from what was known of it."""
    until = span.until or span.now
    before = standing_at(history.stands, span.since) if span.since is not None else None
    stand = _stand_at(history.stands, span.until)
    stay = _stay_at(history.stays, span.until)
    ended = min(stay.left_at, until) if stay.left_at is not None else until
    return Promotion(
        start=before.stage if before is not None else None,
        steps=tuple(steps(history, span)),
        end=stand.stage if stand.outcome not in CLOSING else None,
        outcome=stand.outcome,
        owner=stand.owner,
        unit=stand.unit,
        since=stay.entered_at,
        days=ended - stay.entered_at - held(history.stands, stay.entered_at, ended),
        amount=history.now.base_amount,
    )


def steps(history: History, span: Span) -> Iterator[Step]:
    """What happened to a deal in the span, in order."""
    for stay in history.stays:
        if _within(stay.entered_at, span):
            jumped = stay.entered_by == "forward" and stay.jumped
            yield Step("skip" if jumped else _COMING[stay.entered_by], stay.stage, stay.entered_at)
        if stay.left_by in CLOSING and stay.left_at is not None and _within(stay.left_at, span):
            yield Step(stay.left_by, stay.stage, stay.left_at)


def held(stands: Sequence[Stand], since: datetime, until: datetime) -> timedelta:
    """How long a deal rested between two instants."""
    rested = timedelta(0)
    for stand in stands:
        if stand.outcome == "on_hold":
            first, last = max(stand.since, since), min(stand.until or until, until)
            rested += max(last - first, timedelta(0))
    return rested


def _stand_at(stands: Sequence[Stand], instant: datetime | None) -> Stand:
    """How a deal stood at an instant, closed or not; the first state for one before it."""
    found = stands[0]
    for stand in stands:
        if instant is None or stand.since < instant:
            found = stand
    return found


def _stay_at(stays: Sequence[Stay], instant: datetime | None) -> Stay:
    found = stays[0]
    for stay in stays:
        if instant is None or stay.entered_at < instant:
            found = stay
    return found


def _within(at: datetime, span: Span) -> bool:
    return (span.since is None or at >= span.since) and (span.until is None or at < span.until)
