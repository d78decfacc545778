"""Rows that refer to other rows of their file: each after the one it needs."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass

from loudou.exchange.importing.spec import Row


@dataclass(frozen=True)
class Above:
    """How rows stand below each other: by which columns, and what is said of those that cannot."""

    column: str
    above: str
    circle: str
    refused: str
    unknown: str  # with {code}
    fold: Callable[[str], str] = str  # how both columns are compared


def in_order(rows: Sequence[Row], known: Container[str], by: Above) -> Iterator[Row]:
    """The rows, each after the one it stands below. Refuses those whose superior is missing, refused, or below them.

    `known` is asked again for every row, so that the caller may add to it what it has taken.
    """
    waiting = {by.fold(row.values[by.column]): row for row in rows}
    done: set[str] = set()
    for row in rows:
        for one in reversed(_up_from(row, waiting, done, by)):
            code, above = by.fold(one.values[by.column]), by.fold(one.values.get(by.above, ""))
            if code in done:
                continue
            done.add(code)
            if not above or (above in known and above not in waiting) or (above in done and above in known):
                yield one
            elif above in waiting:
                one.refuse(by.refused if above in done and above != code else by.circle, by.above)
            else:
                one.refuse(by.unknown.format(code=one.values[by.above]), by.above)


def _up_from(row: Row, waiting: dict[str, Row], done: set[str], by: Above) -> list[Row]:
    """The row and those it waits for, nearest first; a circle ends the way."""
    line = [row]
    while True:
        above = by.fold(line[-1].values.get(by.above, ""))
        if not above or above in done or above not in waiting or waiting[above] in line:
            return line
        line.append(waiting[above])
