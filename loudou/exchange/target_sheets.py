"""A sheet of targets as a workbook, out and in again.

Beside the numbers each row carries what stood in it when it was written (`kept`): a cell that was not touched in the
workbook is left alone, and one that somebody else changed meanwhile is refused with both values, not overwritten.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from loudou.exchange.exporting.cells import Cell
from loudou.exchange.exporting.files import write_xlsx
from loudou.exchange.importing.cells import bare
from loudou.exchange.importing.files import opened
from loudou.kernel.refusals import Refused
from loudou.targets.figures.typed import parse_target
from loudou.targets.queries.sheet import Row, Sheet
from loudou.targets.verbs import CellInput

UNIT, PERSON, NAME, KEPT = "unit_code", "username", "name", "kept"


@dataclass(frozen=True)
class Typed:
    """A cell that differs from what stood in it: where it is, and what to set."""

    line: int
    row: Row
    column: str
    cell: CellInput


def written(sheet: Sheet, notes: Sequence[tuple[str, str]]) -> bytes:
    """The workbook: a row a unit or person, a column a period, the whole first."""
    columns = [UNIT, PERSON, NAME, *(column.key for column in _ordered(sheet)), KEPT]
    out = BytesIO()
    write_xlsx(out, columns, _rows(sheet), title=f"{sheet.metric} {sheet.whole.key}", notes=notes)
    return out.getvalue()


def _ordered(sheet: Sheet) -> list[Any]:
    return [sheet.whole, *sheet.columns]


def _rows(sheet: Sheet) -> Iterator[Sequence[Cell]]:
    for row in sheet.rows:
        stands = [sheet.cells.get((row.key, column.key)) for column in _ordered(sheet)]
        kept = {
            column.key: [cell.target.version, str(cell.amount)]
            for column, cell in zip(_ordered(sheet), stands, strict=True)
            if cell is not None
        }
        name = "　" * row.depth + row.name
        amounts = [cell.amount if cell is not None else None for cell in stands]
        person = row.person.username if row.person else None
        yield (row.unit.code, person, name, *amounts, json.dumps(kept))


def read(path: Path, sheet: Sheet) -> list[Typed]:
    """What was typed into a workbook; refused where it is none of this sheet's, one sentence with the line."""
    units = {row.unit.code: row for row in sheet.rows if row.person is None}
    people = {row.person.username: row for row in sheet.rows if row.person is not None}
    columns = {column.key: column for column in sheet.every}
    typed = []
    with opened(path) as table:
        places = {name: place for place, name in enumerate(table.header)}
        shown = [name for name in columns if name in places]
        if UNIT not in places or not shown:
            raise Refused(
                _("This is no sheet of these targets: it has no unit_code or no period."), field="file"
            )
        for line in table.rows():
            said = {
                name: bare(line.cells[place]) for name, place in places.items() if place < len(line.cells)
            }
            row = people.get(said.get(PERSON, "")) if said.get(PERSON) else units.get(said.get(UNIT, ""))
            if row is None:
                if not any(said.get(name) for name in shown):
                    continue
                sentence = _("Line {n}: this unit or person is not in the sheet.")
                raise Refused(sentence.format(n=line.line), field="file")
            kept = _kept(said.get(KEPT, ""))
            typed += [
                Typed(
                    line.line,
                    row,
                    name,
                    CellInput(row.unit, row.person, columns[name].period, amount, version),
                )
                for name in shown
                for amount, version in _changed(said.get(name, ""), kept.get(name), line.line)
            ]
    return typed


def _kept(text: str) -> dict[str, tuple[int, Decimal]]:
    try:
        return {str(name): (int(one[0]), Decimal(one[1])) for name, one in json.loads(text or "{}").items()}
    except (ValueError, TypeError, LookupError, ArithmeticError, AttributeError):
        raise Refused(_("The column “kept” was changed; write the sheet out again."), field="file") from None


def _changed(text: str, kept: tuple[int, Decimal] | None, line: int) -> Iterator[tuple[Decimal | None, int]]:
    """The amount and the version it was typed over, where it was typed at all."""
    try:
        amount = parse_target(text) if text else None
    except ValueError:
        sentence = _("Line {n}: “{value}” is no amount.")
        raise Refused(sentence.format(n=line, value=text[:40]), field="file") from None
    stood, version = (kept[1], kept[0]) if kept is not None else (None, 0)
    if amount != stood:
        yield amount, version
