"""What makes a log suspicious (`domain.md` M47 水分率): copied text, travel no car can do, many records in one go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from itertools import pairwise

from loudou.daylog.figures.dual import Comparison, plain

MISMATCH = "place_mismatch"  # the one that is seen beside the desk's log
FLAGS = ("near_duplicate", "impossible_travel", "batch_filled", MISMATCH)
ALIKE = 0.9
BATCH = 5
BATCH_WITHIN = timedelta(minutes=3)
TRAVEL_AT_LEAST = timedelta(hours=1)
_LEAST_LETTERS = 20  # what is shorter is alike without being copied


@dataclass(frozen=True)
class Stop:
    """Where somebody was and when; `region` is that of the customer."""

    at: datetime
    region: str


def near_duplicate(text: str, former: Iterable[str]) -> bool:
    """Whether nine tenths of a text stood in one of the former ones already."""
    mine = plain(text)
    if len(mine) < _LEAST_LETTERS:
        return False
    return any(_alike(mine, plain(other)) for other in former)


def impossible_travel(stops: Sequence[Stop]) -> bool:
    """Whether somebody was in another region less than an hour later."""
    known = sorted((stop for stop in stops if stop.region), key=lambda stop: stop.at)
    return any(
        one.region != other.region and other.at - one.at < TRAVEL_AT_LEAST for one, other in pairwise(known)
    )


def batch_filled(recorded: Iterable[datetime]) -> bool:
    """Whether more than five records were made within three minutes."""
    times = sorted(recorded)
    return any(last - first <= BATCH_WITHIN for first, last in zip(times, times[BATCH:], strict=False))


def place_mismatch(comparison: Comparison) -> bool:
    """Whether the two logs name different places for a stop."""
    return any("place" in pair.differing for pair in comparison.pairs)


def _alike(mine: str, other: str) -> bool:
    matcher = SequenceMatcher(None, mine, other, autojunk=False)
    return matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE
