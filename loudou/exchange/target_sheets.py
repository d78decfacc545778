"""A sheet of targets as a workbook, out and in again.

Beside the numbers each row carries what stood in it when it was written (`kept`): a cell that was not touched in the
workbook is left alone, and one that somebody else changed meanwhile is refused with both values, not overwritten.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from pathlib import Path

from django.utils.translation import gettext as _

from loudou.exchange.exporting.cells import Cell
from loudou.exchange.exporting.files import write_xlsx
from loudou.exchange.importing.cells import bare
from loudou.exchange.importing.files import opened
from loudou.kernel.refusals import Refused
from loudou.targets.figures.typed import parse_target
from loudou.targets.queries.sheet import Row, Sheet
from loudou.targets.queries.slices import View
from loudou.targets.verbs import CellInput

UNIT, PERSON, NAME, KEPT = "unit_code", "username", "name", "kept"


@dataclass(frozen=True)
class Typed:
    """A cell that differs from what stood in it: where it is, and what to set."""

    line: int
    row: Row
    column: str
    cell: CellInput


def written(sheet: Sheet, view: View, notes: Sequence[tuple[str, str]]) -> bytes:
    """The workbook: a row a unit or person, a column a period as the sheet is looked at, the whole first."""
    columns = [UNIT, PERSON, NAME, *view.keys, KEPT]
    out = BytesIO()
    write_xlsx(out, columns, _rows(sheet, view), title=f"{sheet.metric} {sheet.whole.key}", notes=notes)
    return out.getvalue()


def _rows(sheet: Sheet, view: View) -> Iterator[Sequence[Cell]]:
    typed = {column.key for column in sheet.every}
    for row in sheet.rows:
        stands = {key: sheet.cells.get((row.key, key)) for key in view.keys if key in typed}
        kept = {
            key: [cell.target.version, str(cell.amount)] for key, cell in stands.items() if cell is not None
        }
        followed = ((key, view.follows.get((row.key, key))) for key in view.keys if key not in typed)
        kept |= {key: [0, str(amount)] for key, amount in followed if amount is not None}
        name = "　" * row.depth + row.name
        amounts = [
            view.follows.get((row.key, key))
            if key not in typed
            else cell.amount
            if cell is not None
            else None
            for key, cell in ((key, stands.get(key)) for key in view.keys)
        ]
        person = row.person.username if row.person else None
        yield (row.unit.code, person, name, *amounts, json.dumps(kept))


def read(path: Path, sheet: Sheet, view: View) -> list[Typed]:
    """What was typed into a workbook; refused where it is none of this sheet's, one sentence with the line.

    What only follows from other cells, and other years, cannot be typed over: that is refused, not passed over.
    """
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
            _refuse_followed(said, kept, [key for key in view.keys if key not in columns], line.line)
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


def _refuse_followed(
    said: Mapping[str, str], kept: Mapping[str, tuple[int, Decimal]], keys: Iterable[str], line: int
) -> None:
    """What only followed when it was written stays so."""
    for key in keys:
        stood = kept[key][1] if key in kept else None
        if key in said and _amount(said[key], line) != stood:
            sentence = _("Line {n}: {period} follows from its month, or is another year; change it there.")
            raise Refused(sentence.format(n=line, period=key), field="file")


def _kept(text: str) -> dict[str, tuple[int, Decimal]]:
    try:
        return {str(name): (int(one[0]), Decimal(one[1])) for name, one in json.loads(text or "{}").items()}
    except (ValueError, TypeError, LookupError, ArithmeticError, AttributeError):
        raise Refused(_("The column “kept” was changed; write the sheet out again."), field="file") from None


def _changed(text: str, kept: tuple[int, Decimal] | None, line: int) -> Iterator[tuple[Decimal | None, int]]:
    """The amount and the version it was typed over, where it was typed at all."""
    amount = _amount(text, line)
    stood, version = (kept[1], kept[0]) if kept is not None else (None, 0)
    if amount != stood:
        yield amount, version


def _amount(text: str, line: int) -> Decimal | None:
    try:
        return parse_target(text) if text else None
    except ValueError:
        sentence = _("Line {n}: “{value}” is no amount.")
        raise Refused(sentence.format(n=line, value=text[:40]), field="file") from None
