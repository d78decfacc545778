"""Proving a sheet of targets: organisation × periods (`domain.md` R006, M31, M63).

Nothing is not zero: a cell without a number takes part in no check, and what it would have to sum to is not known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from loudou.kernel.numbers import ZERO
from loudou.targets.figures.decompose import over_assigned

Cells = Mapping[tuple[str, str], Decimal]


@dataclass(frozen=True)
class Line:
    """A row of a sheet: its key, its unit's key, whether it is a person."""

    key: str
    parent: str
    person: bool


@dataclass(frozen=True)
class Fault:
    """A check that does not hold: where, and what is missing there (negative: too much)."""

    row: str
    column: str
    rule: str
    shortfall: Decimal


def prove(
    lines: Sequence[Line], columns: Sequence[str], whole: str, cells: Cells, closed: Collection[str] = ()
) -> list[Fault]:
    """The checks that fail: the periods of a row sum to its whole, units below to their unit, people carry 120 %.

    Where a closed period has no number, what the others would have to come to is not known: only too much is. Of a unit
    with a whole the 120 % are of that; its months, rounded to steps, need not have them each.
    """
    below: dict[str, list[Line]] = {}
    for line in lines:
        below.setdefault(line.parent, []).append(line)
    return [
        *_in_time(lines, columns, whole, cells, closed),
        *_among(lines, [*columns, whole], whole, below, cells),
    ]


def _in_time(
    lines: Iterable[Line], columns: Sequence[str], whole: str, cells: Cells, closed: Collection[str]
) -> Iterator[Fault]:
    for line in lines:
        total = cells.get((line.key, whole))
        parts = [cells[line.key, column] for column in columns if (line.key, column) in cells]
        if total is None or not parts:
            continue
        missing = total - sum(parts, ZERO)
        if missing < 0 or (missing and all((line.key, column) in cells for column in closed)):
            yield Fault(line.key, whole, "sum", missing)


def _among(
    lines: Iterable[Line],
    columns: Sequence[str],
    whole: str,
    below: Mapping[str, Sequence[Line]],
    cells: Cells,
) -> Iterator[Fault]:
    carried = {column: _carried(below, column, cells) for column in columns}
    for line in lines:
        if line.person:
            continue
        units = [one for one in below.get(line.key, ()) if not one.person]
        for column in columns:
            target = cells.get((line.key, column))
            if target is None:
                continue
            parts = [cells[one.key, column] for one in units if (one.key, column) in cells]
            if parts and sum(parts, ZERO) != target:
                yield Fault(line.key, column, "sum_units", target - sum(parts, ZERO))
            personal = carried[column].get(line.key)
            if personal is not None and (column == whole or (line.key, whole) not in cells):
                check = over_assigned(target, personal)
                if not check.passed:
                    yield Fault(line.key, column, "over_assignment", check.shortfall)


def _carried(below: Mapping[str, Sequence[Line]], column: str, cells: Cells) -> dict[str, Decimal]:
    """What people carry below each unit in a period; units where nobody has a target are left out."""
    found: dict[str, Decimal] = {}

    def add(key: str) -> Decimal | None:
        amounts = [cells.get((one.key, column)) if one.person else add(one.key) for one in below.get(key, ())]
        known = [amount for amount in amounts if amount is not None]
        if known and key:
            found[key] = sum(known, ZERO)
        return sum(known, ZERO) if known else None

    add("")
    return found
