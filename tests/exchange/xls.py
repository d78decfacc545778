"""Workbooks as Excel wrote them until 2003: one sheet of texts and numbers, as small as the format allows."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from pathlib import Path

_SECTOR, _LEAST_STREAM = 512, 4096
_FREE, _END, _FAT, _NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF


def write_xls(path: Path, rows: Sequence[Sequence[str | float]], *, title: str = "订单") -> None:
    """Write the rows: a compound file (MS-CFB) with a BIFF8 stream (MS-XLS) in it."""
    stream = _book(rows, title)
    stream += bytes(max(_LEAST_STREAM - len(stream), -len(stream) % _SECTOR))
    count = len(stream) // _SECTOR
    chain = [_FAT, _END, *range(3, count + 2), _END]
    fat = struct.pack("<128I", *chain, *[_FREE] * (128 - len(chain)))
    path.write_bytes(_header() + fat + _directory(len(stream)) + stream)


def _header() -> bytes:
    head = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(16)
    head += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<9I", 0, 1, 1, 0, _LEAST_STREAM, _END, 0, _END, 0)
    return head + struct.pack("<109I", 0, *[_FREE] * 108)


def _directory(size: int) -> bytes:
    return _entry("Root Entry", 5, 1, _END, 0) + _entry("Workbook", 2, _NONE, 2, size) + bytes(256)


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    head = text.ljust(64, b"\0") + struct.pack("<HBB3I", len(text), kind, 1, _NONE, _NONE, child)
    return head + bytes(36) + struct.pack("<IQ", start, size)


def _book(rows: Sequence[Sequence[str | float]], title: str) -> bytes:
    begin, end = _record(0x0809, struct.pack("<HHHHII", 0x0600, 5, 0, 0, 0, 0)), _record(0x000A, b"")
    name = struct.pack("<BB", len(title), 1) + title.encode("utf-16-le")
    sheet_at = len(begin) + 4 + 6 + len(name) + len(end)
    globals_ = begin + _record(0x0085, struct.pack("<IH", sheet_at, 0) + name) + end
    sheet = _record(0x0809, struct.pack("<HHHHII", 0x0600, 16, 0, 0, 0, 0))
    return globals_ + sheet + b"".join(_cells(rows)) + end


def _cells(rows: Sequence[Sequence[str | float]]) -> Iterable[bytes]:
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            place = struct.pack("<HHH", y, x, 0)
            if isinstance(cell, str):
                text = struct.pack("<HB", len(cell), 1) + cell.encode("utf-16-le")
                yield _record(0x0204, place + text)
            else:
                yield _record(0x0203, place + struct.pack("<d", cell))


def _record(kind: int, content: bytes) -> bytes:
    return struct.pack("<HH", kind, len(content)) + content
