"""Workbooks as Excel wrote them until 2003: one sheet of texts and numbers, as small as the format allows."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

_SECTOR, _SMALL, _LEAST_STREAM, _A_SECTOR = 512, 64, 4096, 128
_FREE, _END, _FAT, _DIFAT, _NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFC, 0xFFFFFFFF
_IN_HEADER = 109


@dataclass(frozen=True)
class Error:
    """A cell that holds an error: as a constant, or as what came of a formula."""

    code: int = 0x2A
    formula: bool = False


Cell = str | float | Error


def write_xls(
    path: Path, rows: Sequence[Sequence[Cell]], *, title: str = "订单", small: bool = False
) -> None:
    """Write the rows: a compound file (MS-CFB) with a BIFF8 stream (MS-XLS) in it; a small one in small sectors."""
    stream = _book(rows, title)
    if small:
        assert len(stream) < _LEAST_STREAM
        count = -(-len(stream) // _SMALL)
        table = struct.pack(f"<{_A_SECTOR}I", *range(1, count), _END, *[_FREE] * (_A_SECTOR - count))
        path.write_bytes(_compound(stream, table=table, length=len(stream)))
    else:
        path.write_bytes(_compound(stream.ljust(_LEAST_STREAM, b"\0")))


def _compound(body: bytes, *, table: bytes = b"", length: int = 0) -> bytes:
    """Header, allocation table, what the header has no room to name of it, folder, table of small sectors, body."""
    body += bytes(-len(body) % _SECTOR)
    fats = names = 0
    while True:
        others = [_DIFAT] * names + [_END] + [_END] * bool(table)
        count = fats + len(others) + len(body) // _SECTOR
        if fats == -(-count // _A_SECTOR) and names == -(-max(fats - _IN_HEADER, 0) // (_A_SECTOR - 1)):
            break
        fats = -(-count // _A_SECTOR)
        names = -(-max(fats - _IN_HEADER, 0) // (_A_SECTOR - 1))
    begin = fats + len(others)
    chain = [_FAT] * fats + others + [*range(begin + 1, count), _END]
    folder = fats + names
    directory = _directory(begin, len(body), length) if table else _directory(_END, 0, len(body), begin)
    head = _header(fats, names, folder, folder + 1 if table else _END)
    return head + _packed(chain, fats * _A_SECTOR) + _further(fats, names) + directory + table + body


def _packed(numbers: Sequence[int], count: int) -> bytes:
    return struct.pack(f"<{count}I", *numbers, *[_FREE] * (count - len(numbers)))


def _header(fats: int, names: int, folder: int, small_table: int) -> bytes:
    head = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(16)
    head += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    small = (small_table, int(small_table != _END))
    head += struct.pack("<9I", 0, fats, folder, 0, _LEAST_STREAM, *small, fats if names else _END, names)
    return head + _packed(range(min(fats, _IN_HEADER)), _IN_HEADER)


def _further(fats: int, names: int) -> bytes:
    """The sectors that name more sectors of the table."""
    left, each = list(range(_IN_HEADER, fats)), _A_SECTOR - 1
    return b"".join(
        _packed(left[number * each : (number + 1) * each], each)
        + struct.pack("<I", fats + number + 1 if number + 1 < names else _END)
        for number in range(names)
    )


def _directory(root: int, held: int, length: int, start: int = 0) -> bytes:
    entries = _entry("Root Entry", 5, 1, root, held) + _entry("Workbook", 2, _NONE, start, length)
    return entries + bytes(2 * _A_SECTOR)


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    head = text.ljust(64, b"\0") + struct.pack("<HBB3I", len(text), kind, 1, _NONE, _NONE, child)
    return head + bytes(36) + struct.pack("<IQ", start, size)


def _book(rows: Sequence[Sequence[Cell]], title: str) -> bytes:
    begin, end = _record(0x0809, struct.pack("<HHHHII", 0x0600, 5, 0, 0, 0, 0)), _record(0x000A, b"")
    name = struct.pack("<BB", len(title), 1) + title.encode("utf-16-le")
    sheet_at = len(begin) + 4 + 6 + len(name) + len(end)
    globals_ = begin + _record(0x0085, struct.pack("<IH", sheet_at, 0) + name) + end
    sheet = _record(0x0809, struct.pack("<HHHHII", 0x0600, 16, 0, 0, 0, 0))
    return globals_ + sheet + b"".join(_cells(rows)) + end


def _cells(rows: Sequence[Sequence[Cell]]) -> Iterable[bytes]:
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            place = struct.pack("<HHH", y, x, 0)
            if isinstance(cell, str):
                text = struct.pack("<HB", len(cell), 1) + cell.encode("utf-16-le")
                yield _record(0x0204, place + text)
            elif isinstance(cell, Error) and cell.formula:
                result = struct.pack("<BBBBHH", 2, 0, cell.code, 0, 0, 0xFFFF)
                yield _record(0x0006, place + result + struct.pack("<HIHBB", 0, 0, 2, 0x1C, cell.code))
            elif isinstance(cell, Error):
                yield _record(0x0205, place + struct.pack("<BB", cell.code, 1))
            else:
                yield _record(0x0203, place + struct.pack("<d", cell))


def _record(kind: int, content: bytes) -> bytes:
    return struct.pack("<HH", kind, len(content)) + content
