"""Writing rows to a file as they come: CSV and XLSX, a hundred thousand rows in the memory of a few."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, BinaryIO

from django.db import connection, transaction
from rustpy_xlsxwriter import Format, write_worksheets

from loudou.exchange.exporting.cells import Cell, plain

BOM = "\ufeff"
NOTE_MARK = "# "  # a line of a CSV file that is about the file; import passes it over
_STEP = 1000
_MOST_DIGITS = 15  # that a spreadsheet's number holds exactly

Told = Callable[[int], None]


@contextmanager
def snapshot() -> Iterator[None]:
    """Read everything inside as of one instant, so that sums over two kinds of row agree (IE-10).

    Inside a transaction that has begun already, that one's own view is kept.
    """
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def write_csv(
    out: IO[str],
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    note: str = "",
    told: Told | None = None,
) -> int:
    """Write CSV (RFC 4180); returns how many rows. A `note` is the last line, its first cell marked."""
    writer = csv.writer(out)
    writer.writerow(columns)
    count = 0
    for count, row in enumerate(rows, 1):
        writer.writerow([plain(cell) for cell in row])
        _tell(told, count)
    if note:
        writer.writerow([NOTE_MARK + note])
    return count


def write_xlsx(
    out: Path | BinaryIO,
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    title: str,
    notes: Sequence[tuple[str, str]] = (),
    told: Told | None = None,
) -> int:
    """Write a workbook; returns how many rows. `notes` go to a second sheet as pairs of name and value.

    Texts are cells of text whatever they begin with: a workbook, unlike CSV, says of a cell what it is.
    """
    count = 0

    def records() -> Iterator[dict[str, Any]]:
        nonlocal count
        for count, row in enumerate(rows, 1):
            yield {name: _value(cell) for name, cell in zip(columns, row, strict=True)}
            _tell(told, count)
        if not count:
            yield dict.fromkeys(columns)

    sheets: list[tuple[str, Iterable[dict[str, Any]]]] = [(title[:31], records())]
    if notes:
        sheets.append(("Loudou", iter([{"": name, " ": value} for name, value in notes])))
    write_worksheets(
        sheets,
        str(out) if isinstance(out, Path) else out,
        header_format={"general": Format().set_bold()},
        freeze_panes={title[:31]: {"row": 1, "col": 0}},
        column_width={"general": 18.0},
        datetime_format="yyyy-mm-dd",
    )
    return count


def _value(cell: Cell) -> Any:
    """A number where a spreadsheet can hold it exactly, a day as a day, everything else as text."""
    if isinstance(cell, Decimal):
        digits = len(cell.normalize().as_tuple().digits)
        return float(cell) if digits <= _MOST_DIGITS else f"{cell:f}"
    if isinstance(cell, date):
        return cell
    return cell or None


def _tell(told: Told | None, count: int) -> None:
    if told is not None and count % _STEP == 0:
        told(count)
