"""Deals go along when their owner comes to another unit (`domain.md` B0.8: teams by membership at that same instant)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest

from loudou.pipeline.figures.courses import LIVE
from loudou.pipeline.figures.history import Stand

_MOMENT = timedelta(microseconds=1)  # who is closed at an instant was live up to it, who is live is so now
Stays = Sequence[tuple[datetime, int]]


@dataclass(frozen=True)
class Homing:
    """At an instant a deal comes to the unit that its owner belongs to from then on."""

    at: datetime
    owner: int
    unit: int


def homings(stands: Sequence[Stand], stays_of: Callable[[int], Stays], now: datetime) -> list[Homing]:
    """When a deal that stood so came to which unit with its owner, up to `now`.

    `stays_of` tells since when somebody belongs to which unit, in order, the first since ever. A closed deal stays
    with the unit it was closed in, that of its owner at that instant; if it comes back, it comes to the unit its owner belongs to by then.
    """
    found: list[Homing] = []
    given: tuple[int, int | None] | None = None
    home: int | None = None
    for stand, after in zip_longest(stands, stands[1:]):
        if (stand.owner, stand.unit) != given:
            given = stand.owner, stand.unit
            home = stand.unit
        if stand.outcome not in LIVE:
            continue
        closes = after is not None and after.outcome not in LIVE and after.owner == stand.owner
        until = (stand.until or now) + (_MOMENT if closes or stand.until is None else timedelta(0))
        for at, unit in _during(stays_of(stand.owner), stand.since, until):
            if unit != home:
                found.append(Homing(at, stand.owner, unit))
                home = unit
    return found


def _during(stays: Stays, since: datetime, until: datetime) -> Iterator[tuple[datetime, int]]:
    """The unit somebody belongs to at `since`, and those they come to before `until`."""
    if stays:
        yield since, next((unit for at, unit in reversed(stays) if at <= since), stays[0][1])
    yield from ((at, unit) for at, unit in stays[1:] if since < at < until)
