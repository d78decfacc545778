"""Which backups of a folder are kept: the last of each of seven days, four weeks and three months."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any


def kept(made: Iterable[datetime], *, days: int = 7, weeks: int = 4, months: int = 3) -> set[datetime]:
    """The instants to keep: the newest of the last `days` days that have any, then of weeks, then of months before."""
    left = sorted(made, reverse=True)
    chosen: set[datetime] = set()
    of_day: Callable[[datetime], Any] = datetime.date
    spans: tuple[tuple[int, Callable[[datetime], Any]], ...] = (
        (days, of_day),
        (weeks, lambda at: at.isocalendar()[:2]),
        (months, lambda at: (at.year, at.month)),
    )
    for most, span in spans:
        found: dict[Any, datetime] = {}
        for at in left:
            if span(at) not in found and len(found) == most:
                break
            found.setdefault(span(at), at)
        chosen |= set(found.values())
        covered = set(found)
        left = [at for at in left if span(at) not in covered]
    return chosen
