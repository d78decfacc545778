"""Which sign announces which problem, and how a warning ends (`domain.md` M12, M16, M48; product rule 3).

A warning stands as long as its sign. It ends *prevented* when the sign goes before the problem comes, *occurred* when
the problem comes first, and *void* when neither can be said: the deal went on hold, was invalid, or closed before a
date or a limit could pass. Answers never change how a warning ends: only what happens to the deal does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from loudou.pipeline.figures.courses import LOST

PREVENTED, OCCURRED, VOID = "prevented", "occurred", "void"
OVER_LIMIT, PAST_DATE, LOSS = "over_limit", "past_date", "loss"
# Sign → the problem it announces; the most urgent first. All but `stuck` and `silent`, the silent leaks of M12 that
# no flag tells, are flags of `pipeline.figures.flags`.
ANNOUNCES = {
    "overdue": LOSS,
    "over_stay": LOSS,
    "near_limit": OVER_LIMIT,
    "due_soon": PAST_DATE,
    "stuck": LOSS,
    "silent": LOSS,
    "no_next_step": LOSS,
    "pushed": LOSS,
    "no_evidence": LOSS,
    "owed": LOSS,
}
SIGNS = tuple(ANNOUNCES)
OF_THE_STAY = frozenset(
    {"over_stay", "near_limit", "stuck", "no_evidence"}
)  # they end with the stay in the stage
OF_THE_DATE = frozenset({"overdue", "due_soon", "pushed"})  # they end when the date is moved
EARLIER = {"over_stay": "near_limit", "overdue": "due_soon"}  # the sign that should have come before


@dataclass(frozen=True)
class Standing:
    """What is known of a deal when its warnings are gone through; `signs` is each sign it shows with its number.

    `limit_at` is when its stage's limit passes, `date_passes_at` when its expected date does. `left_at` and `left_by`
    tell of the stay that a warning was about, `date_moved_at` when the expected date was moved last.
    """

    outcome: str
    signs: Mapping[str, int]
    touched_at: datetime
    stage_since: datetime | None = None
    limit_at: datetime | None = None
    date_passes_at: datetime | None = None
    ended_at: datetime | None = None  # closed, or put on hold
    left_at: datetime | None = None
    left_by: str = ""
    date_moved_at: datetime | None = None

    def comes_at(self, sign: str) -> datetime | None:
        """When the problem comes that a sign announces, where the calendar tells."""
        if ANNOUNCES[sign] == OVER_LIMIT:
            return self.limit_at
        return self.date_passes_at if ANNOUNCES[sign] == PAST_DATE else None


@dataclass(frozen=True)
class Raised:
    """A warning as it was raised: when, in which stay, and when its problem was to come."""

    sign: str
    at: datetime
    since: datetime | None = None
    comes_at: datetime | None = None


@dataclass(frozen=True)
class End:
    """When a warning ended, and how."""

    at: datetime
    how: str


def end_of(raised: Raised, deal: Standing, now: datetime) -> End | None:
    """How a warning ended, to the instant at which it did, however late one looks; None while it stands."""
    if raised.sign in deal.signs:
        return None
    gone, way = _gone(raised, deal, now)
    comes = deal.comes_at(raised.sign) if _is_same(raised, deal) else raised.comes_at
    if comes is not None and comes <= gone:
        return End(max(comes, raised.at), OCCURRED)
    gone = min(max(gone, raised.at), now)
    if way in LOST:
        return End(gone, OCCURRED if ANNOUNCES[raised.sign] == LOSS else VOID)
    return End(gone, VOID if way in ("invalid", "on_hold") else PREVENTED)


def unannounced(sign: str, deal: Standing, recorded_at: datetime) -> datetime | None:
    """When a problem came that this sign shows, if the deal was on record by then; None where nothing can be said.

    What had happened before a deal came on record nobody could have warned of.
    """
    earlier = EARLIER.get(sign)
    came = deal.comes_at(earlier) if earlier else None
    return came if came is not None and recorded_at < came else None


def _is_same(raised: Raised, deal: Standing) -> bool:
    """Whether the deal still stands in the stay, or has the date, that the warning was about."""
    if deal.outcome != "open":
        return False
    if raised.sign in OF_THE_STAY:
        return raised.since == deal.stage_since
    return raised.comes_at == deal.date_passes_at


def _gone(raised: Raised, deal: Standing, now: datetime) -> tuple[datetime, str]:
    """When a sign went, and how the deal left it: an outcome, the way out of its stage, or nothing."""
    if raised.sign in OF_THE_STAY and deal.left_at is not None:
        return deal.left_at, deal.left_by
    if deal.outcome != "open" and deal.ended_at is not None:
        return deal.ended_at, deal.outcome
    if _is_same(raised, deal) and raised.comes_at is not None:
        return now, ""
    if raised.sign in OF_THE_DATE and deal.date_moved_at is not None:
        return deal.date_moved_at, ""
    return deal.touched_at, ""
