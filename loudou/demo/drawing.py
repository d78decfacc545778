"""Pictures for the story, drawn of rectangles: PNG by the standard library alone."""

from __future__ import annotations

import struct
import zlib

Colour = tuple[int, int, int]


class Picture:
    """A picture of so many dots, of one colour until something is drawn on it."""

    def __init__(self, wide: int, high: int, ground: Colour) -> None:
        self.wide, self.high = wide, high
        self.rows = [bytearray(bytes(ground) * wide) for _row in range(high)]

    def box(self, left: int, top: int, right: int, bottom: int, fill: Colour) -> None:
        """Fill a rectangle; what lies outside the picture is left out."""
        left, right = max(left, 0), min(right, self.wide)
        dots = bytes(fill) * max(right - left, 0)
        for row in self.rows[max(top, 0) : bottom]:
            row[left * 3 : right * 3] = dots

    def png(self) -> bytes:
        """The picture as a file."""
        head = struct.pack(">IIBBBBB", self.wide, self.high, 8, 2, 0, 0, 0)
        dots = zlib.compress(b"".join(b"\x00" + row for row in self.rows), 9)
        return b"\x89PNG\r\n\x1a\n" + b"".join(
            _chunk(name, data) for name, data in ((b"IHDR", head), (b"IDAT", dots), (b"IEND", b""))
        )


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
