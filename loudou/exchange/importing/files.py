"""Opening a file that somebody brings: text in any common encoding, or a workbook, as a header and numbered rows."""

from __future__ import annotations

import csv
import itertools
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _

from loudou.exchange.exporting.files import NOTE_MARK
from loudou.exchange.importing.encodings import Damaged, NoText, detect, reads
from loudou.kernel.refusals import Refused
from loudou.ui.cells import FORMULA
from loudou.ui.workbooks import is_workbook, write_csv

MOST_BYTES = 200 << 20
MOST_COLUMNS = 1_000
LONGEST_CELL = 1 << 18
LONGEST_LINE = 4 << 20
_DELIMITERS = ",;\t|"
_LOOKED_AT = 12  # rows that tell the delimiter
_BEGINNING = 200
_MARKUP = ("<!doctype", "<html", "<head", "<meta", "<table", "<?xml")
_PAPERS = ("%pdf-", "{\\rtf")  # texts by their bytes, tables by no means
_TITLES = 5  # rows above the header that may hold a title
_HEADS = 4  # rows of names, of which the header is the one most is known of: others tell groups of columns
_KNOWN = 2  # names that make a row below the first a header
_SHEETS = 10  # of a workbook that are looked into for a header
Known = Callable[[str], bool]  # whether a name is one of a column
Suffices = Callable[[list[str]], bool]  # whether a header has every column that is needed
csv.field_size_limit(LONGEST_LINE)  # what is longer than a cell may be is refused by its column


@dataclass(frozen=True)
class Row:
    """One row as it stands in the file: its line there, its cells, or what is wrong with its shape and `where`: at
    which of the cells, where it is one of them."""

    line: int
    cells: list[str]
    fault: str = ""
    where: int | None = None


@dataclass
class Table:
    """A file that can be read: what it is, its header, and its rows as often as wanted."""

    path: Path  # CSV, also where a workbook was brought
    encoding: str
    delimiter: str
    header: list[str]
    header_line: int
    sheet: str = ""
    sheets: list[str] = field(default_factory=list)
    since: int = 1900  # the year that a workbook's numbers of days are counted from

    @property
    def is_workbook(self) -> bool:
        """Whether it came as a workbook, whose rows are counted instead of lines."""
        return bool(self.sheet)

    def named(self, where: int | None) -> str:
        """What the header calls a place in a row; nothing where there is none."""
        return self.header[where] if where is not None and where < len(self.header) else ""

    def rows(self) -> Iterator[Row]:
        """The rows below the header, empty ones left out; one that is ragged or cannot be parsed says so."""
        width = len(self.header)
        for row in _records(self.path, self.encoding, self.delimiter, by_record=self.is_workbook):
            if row.line <= self.header_line or (not row.fault and not any(row.cells)):
                continue
            cells = row.cells if self.is_workbook else [_unguarded(cell) for cell in row.cells]
            if row.fault:
                yield row
            elif len(cells) == 1 and cells[0].startswith(NOTE_MARK) and not self.is_workbook:
                continue
            elif len(cells) == width:
                yield Row(row.line, cells)
            elif len(cells) > width and not any(cells[width:]):
                yield Row(row.line, cells[:width])
            elif self.is_workbook and len(cells) < width:
                yield Row(row.line, cells + [""] * (width - len(cells)))
            else:
                sentence = _("This row has {n} cells, the header {m}.")
                yield Row(row.line, cells, sentence.format(n=len(cells), m=width))


@contextmanager
def opened(
    path: Path,
    *,
    encoding: str = "",
    sheet: str = "",
    delimiter: str = "",
    known: Known | None = None,
    suffices: Suffices | None = None,
) -> Iterator[Table]:
    """The file as a table, for the length of the block. Raises `Refused` with one sentence when it cannot be read.

    Of a workbook whose first sheet explains the others that one is read whose header `suffices`.
    """
    with tempfile.TemporaryDirectory(prefix="loudou-import-") as name:
        folder = Path(name)
        table = read_table(path, folder, encoding=encoding, sheet=sheet, delimiter=delimiter, known=known)
        if not sheet and known and suffices and not _is_of_kind(table, known, suffices):
            places = table.sheets[table.sheets.index(table.sheet) + 1 :][:_SHEETS] if table.sheet else []
            others = (_other(path, folder, place, known) for place in places)
            there = (other for other in others if other and any(map(known, other.header)))
            table = next((other for other in there if suffices(other.header)), table)
        yield table


def _is_of_kind(table: Table, known: Known, suffices: Suffices) -> bool:
    count = sum(map(known, table.header))
    return count >= _KNOWN or (count > 0 and suffices(table.header))


def _other(path: Path, folder: Path, sheet: str, known: Known) -> Table | None:
    """Another sheet of a workbook, in a file of its own; none where it has no rows."""
    try:
        return _workbook(path, folder, sheet, known)
    except Refused:
        return None


def sheet_told(sheet: str, sheets: Sequence[str]) -> str:
    """One sentence about which sheet is read, where it is not the first."""
    if not sheet or sheet == sheets[0]:
        return ""
    sentence = _("The sheet “{sheet}” is read, not the first one, “{first}”.")
    return sentence.format(sheet=sheet, first=sheets[0])


def read_table(
    path: Path,
    folder: Path,
    *,
    encoding: str = "",
    sheet: str = "",
    delimiter: str = "",
    known: Known | None = None,
) -> Table:
    """The file as a table; a workbook is turned into a CSV file in `folder`, which must outlive it.

    By the names that are `known` a header is told from rows above it that name groups of columns.
    """
    size = path.stat().st_size
    if size == 0:
        raise Refused(_("The file is empty."), field="file")
    if size > MOST_BYTES:
        raise Refused(_("The file is larger than {n} MB.").format(n=MOST_BYTES >> 20), field="file")
    if is_workbook(path):
        return _workbook(path, folder, sheet, known)
    codec = encoding if encoding and _can_read(path, encoding) else _encoding(path, encoding)
    _refuse_markup(path, codec)
    chosen = delimiter or _delimiter(path, codec)
    header, line = _header(path, codec, chosen, known)
    return Table(path, codec, chosen, header, line)


def _workbook(path: Path, folder: Path, sheet: str, known: Known | None) -> Table:
    target = folder / f"{sum(1 for _each in folder.iterdir())}.csv"
    taken, sheets, since = write_csv(path, target, sheet)
    header, line = _header(target, "utf-8", ",", known, by_record=True)
    return Table(target, "utf-8", ",", header, line, taken, sheets, since)


def _can_read(path: Path, encoding: str) -> bool:
    try:
        return reads(path, encoding)
    except LookupError:
        return False


def _encoding(path: Path, asked: str) -> str:
    if asked:
        raise Refused(_("The file is no text in the encoding {name}.").format(name=asked), field="encoding")
    try:
        return detect(path)
    except Damaged as damage:
        sentence = _("Line {line} has bytes that are no {encoding}; save the file again as UTF-8.")
        said = sentence.format(line=damage.line, encoding=damage.encoding)
        raise Refused(said, field="file") from None
    except NoText:
        raise Refused(_no_table(), field="file") from None


def _no_table() -> str:
    return _("This is no table: it must be CSV or an Excel workbook (XLSX, XLS).")


def _refuse_markup(path: Path, codec: str) -> None:
    """Refuse a web page that some program called a workbook, as many do that export by themselves."""
    with path.open(encoding=codec) as file:
        begins = file.read(_BEGINNING).lstrip("\ufeff \t\r\n").lower()
    if begins.startswith(_PAPERS):
        raise Refused(_no_table(), field="file")
    if begins.startswith(_MARKUP):
        sentence = _("This is a web page under the name of a table; open it in Excel and save it as XLSX.")
        raise Refused(sentence, field="file")


def _delimiter(path: Path, encoding: str) -> str:
    """The character that cuts most first rows into equally many cells."""
    best, found = (0, 0), ","
    for delimiter in _DELIMITERS:
        widths = []
        for row in _records(path, encoding, delimiter):
            if any(row.cells):
                widths.append(len(row.cells))
            if len(widths) == _LOOKED_AT:
                break
        if widths and max(widths) > 1:
            usual = max(widths, key=lambda width: (widths.count(width), width))
            rank = (widths.count(usual), usual) if usual > 1 else (0, 0)
            if rank > best:
                best, found = rank, delimiter
    return found


def _header(
    path: Path, encoding: str, delimiter: str, known: Known | None, *, by_record: bool = False
) -> tuple[list[str], int]:
    """The names of the columns and the line they stand on, of the first rows the one most is known of, else the first.

    What a row leaves open is called as in the rows above it, as of a cell that goes over both.
    """
    heads: list[tuple[list[str], int]] = []
    most = 0
    for names, line in itertools.islice(_heads(path, encoding, delimiter, by_record), _HEADS if known else 1):
        whole = [*map(_either, itertools.zip_longest(names, heads[-1][0] if heads else [], fillvalue=""))]
        count = sum(map(known, whole)) if known else 0
        if not heads or count > max(most, _KNOWN - 1):
            most = count
            heads.append((whole, line))
    if not heads:
        raise Refused(_("The file has no rows."), field="file")
    return heads[-1]


def _either(names: tuple[str, str]) -> str:
    own, above = names
    return own or above


def _heads(path: Path, encoding: str, delimiter: str, by_record: bool) -> Iterator[tuple[list[str], int]]:
    """The first rows with names, each with its line; a title, alone in its row, is passed over."""
    titles, first = 0, True
    for row in _records(path, encoding, delimiter, by_record=by_record):
        filled = [cell for cell in row.cells if cell.strip()]
        if not filled and not row.fault:
            continue
        if row.fault and not first:
            return
        if row.fault:
            raise Refused(_("Line {line}: {fault}").format(line=row.line, fault=row.fault), field="file")
        if len(row.cells) > MOST_COLUMNS:
            sentence = _("The file has {n} columns; at most {most} are read.")
            raise Refused(sentence.format(n=f"{len(row.cells):,}", most=f"{MOST_COLUMNS:,}"), field="file")
        if len(filled) == 1 and len(row.cells) > 1 and titles < _TITLES:
            titles += 1
            continue
        names = [" ".join(cell.replace("\ufeff", "").split()) for cell in row.cells]
        while names and not names[-1]:
            names.pop()
        yield names, row.line
        first = False


def _records(path: Path, encoding: str, delimiter: str, *, by_record: bool = False) -> Iterator[Row]:
    """Every record with the line it starts on, or its number; records that cannot be parsed carry a fault."""
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(_lines(file), delimiter=delimiter, strict=True)
        number = 0
        while True:
            number = number + 1 if by_record else reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Row(number, [], _csv_fault(str(error)))
                continue
            if number == 1 and len(cells) == 1 and cells[0].lower() == "sep=":
                continue
            long = next((place for place, cell in enumerate(cells) if len(cell) > LONGEST_CELL), None)
            yield Row(number, cells) if long is None else Row(number, [], _too_long(), long)


def _lines(file: IO[str]) -> Iterator[str]:
    for number, line in enumerate(iter(lambda: file.readline(LONGEST_LINE), ""), 1):
        if len(line) >= LONGEST_LINE:
            endless = _("The file has a line that never ends; it is no table.")
            raise Refused(_("Line {line}: {fault}").format(line=number, fault=endless), field="file")
        yield line


def _unguarded(cell: str) -> str:
    """A cell without the apostrophe that an export put in front, so that no spreadsheet takes it for a formula."""
    if cell[:1] == "'":
        begins = cell.lstrip("'")[:1]
        if begins and begins in FORMULA:
            return cell[1:]
    return cell


def _csv_fault(error: str) -> str:
    if "unexpected end" in error:
        return _("A quotation mark opens here and never closes.")
    if "field larger" in error:
        return _too_long()
    return _("A quotation mark stands where the cell does not end; double it inside a cell.")


def _too_long() -> str:
    return _("A cell has more than {n} characters.").format(n=f"{LONGEST_CELL:,}")
