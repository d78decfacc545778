"""From the lines of a file to rows: their cells read, what is missing asked for, what the file says twice told apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _

from loudou.exchange.importing.alike import compared
from loudou.exchange.importing.cells import bare
from loudou.exchange.importing.files import Table
from loudou.exchange.importing.mapping import Reader, Route
from loudou.exchange.importing.reading import Bad, Parser, Reading
from loudou.exchange.importing.spec import Kind, Row
from loudou.ui.cells import ERRORS
from loudou.ui.sheets import NEVER_CALCULATED


def read_rows(table: Table, kind: Kind, made: Sequence[Route], reading: Reading) -> Iterator[Row]:
    """Every row that the lines of the file make, its cells read; what cannot be read is refused with its column."""
    parsers = {column.name: column.read for column in kind.columns}
    required = [column.name for column in kind.columns if column.required]
    plans = [(route, [(name, reader, parsers[name]) for name, reader in route.readers]) for route in made]
    for line in table.rows():
        if line.fault:
            row = Row(line.line, line.cells)
            row.refuse(line.fault, table.named(line.where))
            yield row
            continue
        for route, plan in plans:
            if route.test is None or route.test(line.cells):
                row = _row(line.line, line.cells, plan, route, reading)
                if kind.complete is not None and not row.outcome:
                    kind.complete(row.values)
                _ask_for(required, row)
                yield row


def _row(
    line: int,
    cells: list[str],
    plan: Sequence[tuple[str, Reader, Parser]],
    route: Route,
    reading: Reading,
) -> Row:
    row = Row(line, cells)
    values = row.values
    for name, reader, parse in plan:
        raw = bare(reader(cells))
        if raw in ERRORS:
            row.refuse(_failed(raw), name)
        elif raw:
            try:
                values[name] = parse(raw, reading)
            except Bad as bad:
                row.refuse(str(bad), name)
    if route.kept:
        values["extra"] = {name: cells[place] for name, place in route.kept if cells[place].strip()}
        for name, cell in values["extra"].items():
            if cell.strip() in ERRORS:
                row.refuse(_failed(cell.strip()), name)
    return row


def _failed(error: str) -> str:
    if error == NEVER_CALCULATED:
        return _("This formula has no value; open the workbook in a spreadsheet program and save it there.")
    return _("A formula failed here ({error}); mend the cell in the spreadsheet.").format(error=error)


def _ask_for(required: Sequence[str], row: Row) -> None:
    """Refuse a row that lacks what none can do without, once for each column."""
    for name in required:
        if name not in row.values and not any(note.column == name for note in row.notes):
            row.refuse(_("This is missing."), name)


def told_apart(kind: Kind, rows: Iterable[Row]) -> Iterator[Row]:
    """The rows again; one that says the same as a row above it is settled, one that contradicts it is refused or warned."""
    seen: dict[Any, tuple[int, int]] = {}
    key_of = kind.key
    for row in rows:
        key = compared(key_of(row.values)) if not row.outcome else None
        if key is not None:
            content = hash(_frozen(row.values))
            if key in seen:
                line, former = seen[key]
                _repeat(kind, row, line, same=former == content)
            else:
                seen[key] = row.line, content
        yield row


def _repeat(kind: Kind, row: Row, line: int, *, same: bool) -> None:
    if same or kind.first_counts:
        row.outcome, row.repeats = "unchanged", line
        if not same:
            row.warn(_("Line {line} says something else about the same; that one counts.").format(line=line))
    else:
        row.refuse(_("Line {line} has the same key already.").format(line=line), kind.names[0])


def refuse_with_their_first(rows: Iterable[Row], refused: set[int]) -> None:
    """Refuse the rows that only repeat a refused one; `refused` are the lines of those so far, and grows."""
    for row in rows:
        if row.repeats in refused:
            row.refuse(_("Line {line}, which tells of the same, is refused.").format(line=row.repeats))
        elif row.outcome == "refused":
            refused.add(row.line)


def refuse_with_others(rows: Sequence[Row], column: str) -> None:
    """Refuse every row that tells of the same as a refused one, by what `column` says: they are true together or not."""
    refused: dict[str, int] = {}
    for row in rows:
        if row.outcome == "refused" and column in row.values:
            refused.setdefault(row.values[column].lower(), row.line)
    for row in rows:
        line = refused.get(str(row.values.get(column)).lower())
        if line is not None and row.outcome != "refused":
            row.refuse(_("Line {line}, which tells of the same, is refused.").format(line=line))


def _frozen(values: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(sorted((name, str(compared(value))) for name, value in values.items()))
