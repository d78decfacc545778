"""A deal's moves as figures see them, and what follows from them: states, visits, all of a past."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from loudou.pipeline.figures.deliveries import Plan

CLOSING = frozenset({"won", "lost", "cancelled", "invalid"})
REOPENING = frozenset({"lost", "cancelled"})  # only these come back (B0.11)


class Fact(NamedTuple):
    """One move, as figures see it. Columns a kind does not speak of are None (or empty)."""

    kind: str
    at: datetime
    known_at: datetime
    stage: int | None = None
    amount: Decimal | None = None
    currency: str = ""
    base_amount: Decimal | None = None
    expected_on: date | None = None
    owner: int | None = None
    unit: int | None = None
    probability: Decimal | None = None
    category: str = ""
    skipped: int | None = 0  # stages jumped over; None: as many as lie between by their order
    reason: int | None = None  # why it was lost
    plan: Plan | None = None  # of deliveries; empty: there is none any more


class Stand(NamedTuple):
    """How the deal stood during `[since, until)`; `until` is None for the present; see `models.State`."""

    since: datetime
    until: datetime | None
    outcome: str
    stage: int
    owner: int
    unit: int | None
    amount: Decimal
    currency: str
    base_amount: Decimal
    expected_on: date | None
    probability: Decimal | None
    category: str
    void_at: datetime | None = None
    plan: Plan = ()  # of deliveries


class Stay(NamedTuple):
    """One visit to a stage; see `models.Visit`."""

    stage: int
    entered_at: datetime
    entered_by: str
    owner: int
    unit: int | None
    amount: Decimal
    left_at: datetime | None = None
    left_by: str = ""
    left_to: int | None = None
    left_owner: int | None = None
    left_unit: int | None = None
    left_amount: Decimal | None = None
    held_seconds: int = 0
    jumped: int = 0
    left_before_at: datetime | None = None
    returned_at: datetime | None = None
    reopened_at: datetime | None = None
    void_at: datetime | None = None

    @property
    def again(self) -> bool:
        """Whether the deal stayed in this stage more than once."""
        return self.left_before_at is not None or self.returned_at is not None


@dataclass(frozen=True)
class History:
    """All that follows from a deal's moves."""

    stands: tuple[Stand, ...]
    stays: tuple[Stay, ...]
    ignored: tuple[int, ...] = ()  # places, among the facts, of those that cannot have happened
    migrated: tuple[datetime, ...] = ()  # when it was taken over to another version of its funnel

    @property
    def now(self) -> Stand:
        """The present state."""
        return self.stands[-1]

    @property
    def outcome_since(self) -> datetime:
        """Since when it is open, resting, or closed as it now is: later changes of owner or amount do not move it."""
        closed_at = self.stays[-1].left_at
        if closed_at is not None:
            return closed_at
        alike = itertools.takewhile(lambda stand: stand.outcome == self.now.outcome, reversed(self.stands))
        return list(alike)[-1].since
