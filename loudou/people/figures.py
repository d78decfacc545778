"""Pasts of belonging: who or what was where from which day to which (`domain.md` B0.8). Days only, no database."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

Line = Sequence["Stay"]


@dataclass(frozen=True, order=True)
class Stay:
    """Being somewhere during `[since, until)`, open-ended without `until`; `where` is a key, None the top of the tree."""

    since: date
    until: date | None
    where: int | None


def in_line(stays: Iterable[Stay]) -> list[Stay]:
    """The stays in order; one whose end is not said ends where the next begins."""
    ordered = sorted(stays, key=lambda stay: stay.since)
    closed = [replace(stay, until=stay.until or after.since) for stay, after in itertools.pairwise(ordered)]
    return closed + ordered[-1:]


def overlap(line: Line) -> date | None:
    """The first day on which one stay of a line begins before the one above it is over, or that is no day of its stay."""
    for stay, after in itertools.zip_longest(line, line[1:]):
        if stay.until is not None and stay.until <= stay.since:
            return stay.since
        if after is not None and (stay.until is None or after.since < stay.until):
            return after.since
    return None


def gap(line: Line) -> date | None:
    """The first day on which a line is nowhere, though it began."""
    for stay, after in itertools.zip_longest(line, line[1:]):
        if stay.until is not None and (after is None or stay.until < after.since):
            return stay.until
    return None


def on(line: Line, day: date) -> int | None:
    """Where somebody is on a day; None where they are nowhere."""
    place = bisect_right([stay.since for stay in line], day) - 1
    stay = line[place] if place >= 0 else None
    return stay.where if stay is not None and (stay.until is None or day < stay.until) else None


def differs_from(former: Line, wanted: Line) -> date | None:
    """The first day on which two lines are of different places; what came before a line counts for its first place.

    `date.min` where they differ from the beginning of time, None where they never do.
    """
    if (former[0].where if former else None) != (wanted[0].where if wanted else None):
        return date.min
    turns = {day for line in (former, wanted) for stay in line for day in (stay.since, stay.until) if day}
    return next((day for day in sorted(turns) if _ever(former, day) != _ever(wanted, day)), None)


def _ever(line: Line, day: date) -> int | None:
    return line[0].where if day < line[0].since else on(line, day)


def circles(lines: Mapping[int, Line]) -> set[int]:
    """Those that stood below themselves on some day, by their keys; `lines` tell under what each stood and when."""
    turns: dict[date, set[int]] = {date.min: set(lines)}
    for key, line in lines.items():
        for stay in line[1:]:
            turns.setdefault(stay.since, set()).add(key)
    days = {key: [stay.since for stay in line] for key, line in lines.items()}
    return {one for day, moved in turns.items() for key in moved for one in _circle(key, day, lines, days)}


def _circle(key: int, day: date, lines: Mapping[int, Line], days: Mapping[int, list[date]]) -> list[int]:
    """The way up from one back to itself on a day; nothing where it leads to the top."""
    way: list[int] = []
    above: int | None = key
    while above is not None and above not in way:
        way.append(above)
        line = lines.get(above, ())
        above = line[max(bisect_right(days[above], day) - 1, 0)].where if line else None
    return way if above == key else []
