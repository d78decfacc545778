"""Turning a workbook into a CSV file, in a process of its own that a hostile file may exhaust without harm.

`python -m loudou.ui.sheets SOURCE TARGET [SHEET]` writes the sheet's rows and prints JSON: the names
of all sheets, which was taken and how many rows it has, or `{"fault": …}`. Cells become text as people would type it:
days and times as ISO 8601, numbers without the noise of binary fractions, formulas as the value they last had, or as
the error that came of them. No Django here: it starts in a twentieth of a second.
"""

from __future__ import annotations

import csv
import json
import re
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from loudou.ui import old_sheets
from loudou.ui.old_sheets import Failed

MOST_MEMBERS = 5_000
MOST_UNPACKED = 1 << 30
MOST_RATIO = 250  # real workbooks pack 5 to 50 times; a bomb a thousand times
RATIO_FROM = 32 << 20
MOST_ROWS = 1_048_576
MOST_CELLS = MOST_ROWS * 26  # columns go up to ZZ, but not in every row there can be
LONGEST_PLAIN = 10**15  # from here on a spreadsheet's number has lost digits
_MEMORY = 2 << 30
_SECONDS = 180
_ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*?\br="(\d+)"')
_TWO_LETTERS = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{2})\d')
_THREE_LETTERS = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="[A-Z]{3,}\d')
_BLOCK = 1 << 20
_SHEET = re.compile(rb'<(?:\w+:)?sheet\b[^<>]*?\b\w+:id="([^"<>]+)"')
_RELATIONS = "xl/_rels/workbook.xml.rels"
_RELATION = re.compile(rb'<Relationship\b(?=[^<>]*\bId="([^"<>]+)")[^<>]*\bTarget="/?(?:xl/)?([^"<>]+)"')
_FAILED = re.compile(
    rb'<(?:\w+:)?c\b(?=[^<>]*\bt="e")[^<>]*\br="([A-Z]{1,2})(\d+)"[^<>]*>'
    rb"(?:<(?:\w+:)?f\b[^<]*(?:</(?:\w+:)?f>)?)?<(?:\w+:)?v>(#[^<]{1,24})<"
)
_NEVER = re.compile(
    rb'<(?:\w+:)?c\b(?![^<>]*\bt="(?!n")\w)[^<>]*\br="([A-Z]{1,2})(\d+)"[^<>]*>'
    rb"\s*<(?:\w+:)?f\b(?:[^<>]*/>|[^<>]*>[^<]*</(?:\w+:)?f>)"
    rb"\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
NEVER_CALCULATED = "#?"  # stands where a formula has no value: the program that wrote it calculates none
_SINCE_1904 = re.compile(rb'<(?:\w+:)?workbookPr\b[^<>]*\bdate1904="(?:1|true)"')
_LONGEST_CELL = 1 << 16  # with its formula


class Fault(Exception):
    """Why a workbook is not read: a code that `workbooks` turns into a sentence."""


def convert(source: Path, target: Path, wanted: str = "") -> dict[str, Any]:
    """Write one sheet of `source` (the named one, else the first that has rows) to `target` as UTF-8 CSV."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    with source.open("rb") as file:
        packed = file.read(4) == b"PK\x03\x04"
    if packed:
        inspect(source)
    book = CalamineWorkbook.from_path(str(source))
    names = [
        sheet.name
        for sheet in book.sheets_metadata
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
    ]
    if wanted and wanted not in names:
        raise Fault("no_sheet")
    for name in [wanted] if wanted else names:
        sheet = book.get_sheet_by_name(name)
        failed = (_failed if packed else old_sheets.failed)(
            source, [each.name for each in book.sheets_metadata].index(name)
        )
        rows = _write(sheet, target, failed)
        if rows or wanted:
            since = 1904 if packed and _counts_from_1904(source) else 1900
            return {"sheets": names, "sheet": name, "rows": rows, "since": since}
    raise Fault("empty")


def inspect(source: Path) -> None:
    """Refuse an archive that is a bomb, or whose sheets claim more cells than anybody fills, before it is unpacked."""
    try:
        with zipfile.ZipFile(source) as archive:
            members = archive.infolist()
            packed = sum(member.compress_size for member in members)
            unpacked = sum(member.file_size for member in members)
            if len(members) > MOST_MEMBERS or unpacked > MOST_UNPACKED:
                raise Fault("bomb")
            if unpacked > RATIO_FROM and unpacked > MOST_RATIO * max(packed, 1):
                raise Fault("bomb")
            names = {member.filename for member in members}
            if "xl/workbook.xml" not in names:
                raise Fault("no_workbook")
            for member in members:
                if member.filename.endswith((".xml", ".rels")):
                    _inspect_part(archive, member)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError):
        raise Fault("broken") from None


def _inspect_part(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Unpack one part block by block: its true size, no document type, no cell far out."""
    is_sheet = member.filename.startswith("xl/worksheets/")
    size, last_row, wide, tail = 0, 0, 0, b""
    with archive.open(member) as part:
        while block := part.read(_BLOCK):
            if not size and b"<!DOCTYPE" in block[:4096].upper():
                raise Fault("doctype")
            size += len(block)
            if size > member.file_size or size > MOST_UNPACKED:
                raise Fault("bomb")
            if is_sheet:
                text = tail + block
                if _THREE_LETTERS.search(text):
                    raise Fault("wide")
                last_row = max([last_row, *map(int, _ROW.findall(text))])
                wide = max([wide, *map(_number, set(_TWO_LETTERS.findall(text)))])
                tail = block[-200:]
    if last_row * max(wide, 26) > MOST_CELLS:
        raise Fault("vast")


def _number(letters: bytes) -> int:
    """AA → 27."""
    return (letters[0] - 64) * 26 + letters[1] - 64


def _failed(source: Path, place: int) -> Failed:
    """The cells of a sheet whose formulas failed or were never calculated, by row and column, with the error.

    Its reader takes them for empty.
    """
    found: Failed = {}
    with zipfile.ZipFile(source) as archive:
        if (part := _part(archive, place)) is None:
            return found
        tail = b""
        with archive.open(part) as stream:
            while block := stream.read(_BLOCK):
                text = tail + block
                cells = _FAILED.findall(text) if b't="e"' in text else []
                if b"f>" in text or b"<f" in text:
                    cells += [(*place, NEVER_CALCULATED.encode()) for place in _NEVER.findall(text)]
                for letters, row, error in cells:
                    column = _number(letters) if len(letters) == 2 else letters[0] - 64
                    found.setdefault(int(row), {})[column] = error.decode("utf-8", "replace")
                tail = text[-_LONGEST_CELL:]
    return found


def _counts_from_1904(source: Path) -> bool:
    """Whether its days are counted from 1904, as once on Macs; cells that are formatted as days are read so anyway."""
    with zipfile.ZipFile(source) as archive:
        return _SINCE_1904.search(archive.read("xl/workbook.xml")) is not None


def _part(archive: zipfile.ZipFile, place: int) -> str | None:
    """Which part of the archive is its sheet of this place."""
    sheets = _SHEET.findall(archive.read("xl/workbook.xml"))
    if place >= len(sheets) or _RELATIONS not in archive.namelist():
        return None
    target = dict(_RELATION.findall(archive.read(_RELATIONS))).get(sheets[place], b"")
    name = "xl/" + target.decode("utf-8", "replace")
    return name if name in archive.namelist() else None


def _write(sheet: Any, target: Path, failed: Failed) -> int:
    """Write a sheet's rows, empty ones included so that row numbers stay true; returns how many have something."""
    filled, left = 0, sheet.start[1] if sheet.start else 0
    with target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        for number, row in enumerate(sheet.iter_rows(), 1):
            cells = [text_of(cell) for cell in row]
            for column, error in failed.get(number, {}).items():
                if left < column <= left + len(cells):
                    cells[column - left - 1] = error
            filled += any(cells)
            writer.writerow(cells)
    return filled


def text_of(value: Any) -> str:
    """A cell as people would type it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return _plain(value)
    if isinstance(value, datetime):
        midnight = value.time() == time(0)
        return value.date().isoformat() if midnight else value.replace(microsecond=0).isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return "" if value is None else str(value)


def _plain(value: float) -> str:
    """A number in fifteen digits, all that a spreadsheet keeps; a longer one is marked, for what it lost is gone."""
    if value != value or value in (float("inf"), float("-inf")):
        return str(value)
    if abs(value) >= LONGEST_PLAIN:
        return f"{value:.0f}…"
    text = f"{value:.15g}"
    return text if "e" not in text else f"{value:.20f}".rstrip("0").rstrip(".")


def _limit() -> None:
    """Let this process have so much memory and time and no more."""
    import resource

    for kind, most in ((resource.RLIMIT_AS, _MEMORY), (resource.RLIMIT_CPU, _SECONDS)):
        try:
            resource.setrlimit(kind, (most, most))
        except (ValueError, OSError):
            continue  # a system that does not know this limit, or has a lower one


def _run(arguments: list[str]) -> dict[str, Any]:
    """Convert, and turn whatever the file does to its reader into a fault."""
    try:
        return convert(Path(arguments[0]), Path(arguments[1]), *arguments[2:3])
    except Fault as fault:
        return {"fault": str(fault)}
    except MemoryError:
        return {"fault": "vast"}
    except BaseException as error:  # a panic of the reader's is no Exception
        kind = type(error).__name__
        return {
            "fault": "password" if kind == "PasswordError" else "broken",
            "detail": f"{kind}: {error}"[:300],
        }


def _main() -> Iterator[str]:
    _limit()
    yield json.dumps(_run(sys.argv[1:]))


if __name__ == "__main__":
    for line in _main():
        sys.stdout.write(line + "\n")
