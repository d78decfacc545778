"""A deal's way through each stage, from its history: what conversion and stage times count (`domain.md` M02, M06, M08).

A deal reaches a stage when it first stands in it or beyond it; a win is beyond all. A stage it jumped over it has
reached without having been in it. Time counts over all stays, without holds and without the time it was closed. A
deal that stands in a stage is on its way there, whatever it has passed before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from loudou.pipeline.figures.history import History, Stand, Stay

LIVE = frozenset({"open", "on_hold"})
LOST = frozenset({"lost", "cancelled"})
MICROSECOND = timedelta(microseconds=1)


class Course(NamedTuple):
    """One deal's way through one stage; see `models.Course`."""

    stage: int
    reached_at: datetime
    owner: int
    unit: int | None
    amount: Decimal
    entered_at: datetime | None = None
    next_at: datetime | None = None
    passed_at: datetime | None = None
    backed_at: datetime | None = None
    lost_at: datetime | None = None
    is_here: bool = False
    spent: int = 0  # microseconds
    since: datetime | None = None
    is_odd: bool = False
    void_at: datetime | None = None
    ended_at: datetime | None = None
    won_at: datetime | None = None

    def took(self, now: datetime) -> int:
        """Microseconds in the stage up to now."""
        return self.spent + ((now - self.since) // MICROSECOND if self.since is not None else 0)


class _Point(NamedTuple):
    """Where a deal stood from an instant on: the place of its stage, one beyond the last for a win."""

    place: int
    at: datetime
    owner: int
    unit: int | None
    amount: Decimal


def courses(history: History, stages: Sequence[int]) -> Iterator[Course]:
    """A deal's course through every stage it reached; `stages` are those of its version of the funnel, in order.

    Stages it was in without their being in its version belong among them.
    """
    places = {stage: place for place, stage in enumerate(stages)}
    points = list(_points(history.stays, places))
    closed_at, outcome = history.stays[-1].left_at, history.now.outcome
    for place, stage in enumerate(stages):
        reached = next((point for point in points if point.place >= place), None)
        if reached is None:
            continue
        spent, since = _time(history.stands, stage)
        stays = [stay for stay in history.stays if stay.stage == stage]
        is_odd = _is_odd(history, stays)
        yield Course(
            stage,
            reached.at,
            reached.owner,
            reached.unit,
            reached.amount,
            entered_at=stays[0].entered_at if stays else None,
            next_at=next((point.at for point in points if point.place == place + 1), None),
            passed_at=next((point.at for point in points if point.place > place), None),
            backed_at=next((stay.left_at for stay in stays if stay.left_by == "back"), None),
            lost_at=closed_at if outcome in LOST else None,
            is_here=history.now.stage == stage and history.now.outcome in LIVE,
            spent=spent,
            since=since,
            is_odd=is_odd,
            void_at=history.stays[-1].void_at,
            ended_at=_ended(history.stands, stage) if is_odd else None,
            won_at=closed_at if outcome == "won" else None,
        )


def stages_in_order(version: Sequence[int], history: History, order: Mapping[int, int]) -> list[int]:
    """The stages a course may be of: those of the deal's version and those it was in, by their place in the funnel."""
    return sorted({*version, *(stay.stage for stay in history.stays)}, key=lambda stage: order[stage])


def _points(stays: Sequence[Stay], places: Mapping[int, int]) -> Iterator[_Point]:
    for stay in stays:
        yield _Point(places[stay.stage], stay.entered_at, stay.owner, stay.unit, stay.amount)
        if stay.left_by == "won":
            assert stay.left_at is not None and stay.left_owner is not None and stay.left_amount is not None
            yield _Point(len(places), stay.left_at, stay.left_owner, stay.left_unit, stay.left_amount)


def _time(stands: Sequence[Stand], stage: int) -> tuple[int, datetime | None]:
    """Microseconds of the stands that are over, and since when the present one runs."""
    spent, since = timedelta(0), None
    for stand in stands:
        if stand.stage == stage and stand.outcome == "open":
            if stand.until is None:
                since = stand.since
            else:
                spent += stand.until - stand.since
    return spent // MICROSECOND, since


def _ended(stands: Sequence[Stand], stage: int) -> datetime | None:
    """When it last left a stage; None where it stands there, or never lived in it."""
    lived = [stand.until for stand in stands if stand.stage == stage and stand.outcome in LIVE]
    return lived[-1] if lived else None


def _is_odd(history: History, stays: Sequence[Stay]) -> bool:
    """Whether its own columns cannot tell how it stood at an earlier instant."""
    held = any(
        stand.outcome == "on_hold" and stays and stand.stage == stays[0].stage for stand in history.stands
    )
    reopened = any(stay.reopened_at is not None for stay in history.stays)
    return len(stays) > 1 or held or reopened
