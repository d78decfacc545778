"""The cells of a workbook of Excel 97 to 2003 whose formulas failed: its reader takes them for empty.

Such a file is a small file system ([MS-CFB]): sectors in chains, a folder, a stream for the workbook. The stream is a
row of records ([MS-XLS]): first the sheets with their places, then what each of them holds. No Django here (`sheets`).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

_ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}
_MARKS = 0xFFFFFFFA  # from here on a number is none of a sector but a mark, as that of a chain's end
_IN_HEADER = 109  # how many sectors of the table the header names itself
_ENTRY = 128
_FORMULA, _END, _SHEET, _BOOL_OR_ERROR, _BEGIN = 0x0006, 0x000A, 0x0085, 0x0205, 0x0809

Failed = dict[int, dict[int, str]]


def failed(source: Path, place: int) -> Failed:
    """The failed cells of the sheet of this place, by row and column counted from 1, with the error.

    None of a file that is built otherwise than the format says: whether it can be read is its reader's to judge.
    """
    found: Failed = {}
    try:
        stream = _workbook(source.read_bytes())
        for row, column, code in _errors(stream, _sheets(stream)[place]):
            found.setdefault(row + 1, {})[column + 1] = _ERRORS.get(code, "#N/A")
    except (struct.error, IndexError, StopIteration):
        return {}
    return found


# The small file system ---------------------------------------------------------------------------------------------


def _workbook(data: bytes) -> bytes:
    """The stream that is the workbook."""
    size, small_size = (1 << min(shift, 16) for shift in struct.unpack_from("<HH", data, 30))
    table = _table(data, size)
    sectors = _Sectors(data[size:], size, table)
    folder = sectors.chain(_word(data, 48))
    entries = [folder[at : at + _ENTRY] for at in range(0, len(folder), _ENTRY)]
    entry = next(entry for entry in entries if _name(entry) in ("workbook", "book"))
    first, length = _word(entry, 116), _word(entry, 120)
    if length < _word(data, 56):  # a small stream lies in small sectors, which lie in the stream of the root
        small = sectors.chain(_word(entries[0], 116))
        sectors = _Sectors(small, small_size, _words(sectors.chain(_word(data, 60))))
    return sectors.chain(first)[:length]


class _Sectors:
    """Sectors of one size, and which follows which."""

    def __init__(self, data: bytes, size: int, table: Sequence[int]) -> None:
        self.data, self.size, self.table = data, size, table

    def chain(self, first: int) -> bytes:
        """What stands in a chain of them; one that bites its tail ends when it is as long as the table."""
        parts, sector = [], first
        for _each in self.table:
            if sector >= _MARKS:
                break
            parts.append(self.data[sector * self.size : (sector + 1) * self.size])
            sector = self.table[sector]
        return b"".join(parts)


def _table(data: bytes, size: int) -> list[int]:
    """Which sector follows each: the header names where that is written, and where more such names are."""
    named, more = list(struct.unpack_from(f"<{_IN_HEADER}I", data, 76)), _word(data, 68)
    while more < _MARKS and len(named) * size < len(data):
        *further, more = _words(_sector(data, size, more))
        named += further
    return [number for sector in named if sector < _MARKS for number in _words(_sector(data, size, sector))]


def _sector(data: bytes, size: int, number: int) -> bytes:
    return data[(number + 1) * size : (number + 2) * size]


def _word(data: bytes, at: int) -> int:
    return int(struct.unpack_from("<I", data, at)[0])


def _words(data: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4]))


def _name(entry: bytes) -> str:
    return entry[: max(struct.unpack_from("<H", entry, 64)[0] - 2, 0)].decode("utf-16-le", "replace").lower()


# The records -------------------------------------------------------------------------------------------------------


def _records(stream: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Each record from a place on: its kind, where its content begins, how long that is."""
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, at + 4, length
        at += 4 + length


def _sheets(stream: bytes) -> list[int]:
    """Where the sheets begin, in their order."""
    found = []
    for kind, at, _length in _records(stream, 0):
        if kind == _END:
            break
        if kind == _SHEET:
            found.append(_word(stream, at))
    return found


def _errors(stream: bytes, begin: int) -> Iterator[tuple[int, int, int]]:
    """Row, column and code of each cell of a sheet that holds an error; what is drawn on the sheet has records inside its own."""
    depth = 0
    for kind, at, length in _records(stream, begin):
        if kind == _BEGIN:
            depth += 1
        elif kind == _END:
            depth -= 1
            if depth == 0:
                return
        elif depth != 1:
            continue
        elif kind == _BOOL_OR_ERROR and length >= 8 and stream[at + 7] == 1:
            yield (*struct.unpack_from("<HH", stream, at), stream[at + 6])
        elif (
            kind == _FORMULA
            and length >= 14
            and stream[at + 12 : at + 14] == b"\xff\xff"
            and stream[at + 6] == 2
        ):
            yield (*struct.unpack_from("<HH", stream, at), stream[at + 8])
