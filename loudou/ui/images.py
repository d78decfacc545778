"""Pictures as they may be kept: walked from first byte to last, measured, and rid of what they tell about the camera.

A picture that is something else besides (a script behind its last byte, a page inside a comment) does not survive:
only what its format defines is kept, and what the format does not define is refused.
"""

from __future__ import annotations

import re
import struct
import zlib

LARGEST = 40_000_000  # pixels, all frames together
_PNG_KEPT = frozenset(
    {
        b"IHDR",
        b"PLTE",
        b"IDAT",
        b"IEND",
        b"tRNS",
        b"gAMA",
        b"cHRM",
        b"sRGB",
        b"iCCP",
        b"sBIT",
        b"pHYs",
        b"bKGD",
    }
)
_JPEG_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}

_ORIENTATION = (0x0112, 3)  # the tag, and that it is a short number

# Within a scan a zero, a restart mark or another fill byte may follow.
_SCAN_END = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)


class NoPicture(ValueError):
    """These bytes are not the picture they claim to be, or too large a one."""


def clean(kind: str, data: bytes) -> bytes:
    """The picture without metadata. Raises `NoPicture`."""
    try:
        return {"image/png": _png, "image/jpeg": _jpeg, "image/gif": _gif, "image/webp": _webp}[kind](data)
    except (IndexError, struct.error) as error:
        raise NoPicture("cut off") from error


def _png(data: bytes) -> bytes:
    if data[:8] != b"\x89PNG\r\n\x1a\n" or data[12:16] != b"IHDR":
        raise NoPicture("no PNG")
    _measure(*struct.unpack(">II", data[16:24]))
    kept, at = [data[:8]], 8
    while True:
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind, end = data[at + 4 : at + 8], at + 12 + length
        if (
            end > len(data)
            or zlib.crc32(data[at + 4 : end - 4]) != struct.unpack(">I", data[end - 4 : end])[0]
        ):
            raise NoPicture("damaged")
        if kind in _PNG_KEPT:
            kept.append(data[at:end])
        at = end
        if kind == b"IEND":
            break
    return _whole(kept, data, at)


def _jpeg(data: bytes) -> bytes:
    if data[:2] != b"\xff\xd8":
        raise NoPicture("no JPEG")
    kept, at, measured = [data[:2]], 2, False
    while True:
        if data[at] != 0xFF:
            raise NoPicture("damaged")
        mark = data[at + 1]
        if mark == 0xD9:
            kept.append(data[at : at + 2])
            at += 2
            break
        if mark in _JPEG_ALONE or mark == 0xFF:
            at += 1 if mark == 0xFF else 2
            continue
        (length,) = struct.unpack(">H", data[at + 2 : at + 4])
        end = at + 2 + length
        if end > len(data):
            raise NoPicture("cut off")
        if mark in _JPEG_FRAMES:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            _measure(width, height)
            measured = True
        if mark == 0xE1:
            kept.append(_turn_alone(data[at + 4 : end]))
        elif _is_shown(mark, data[at + 4 : end]):
            kept.append(data[at:end])
        at = end
        if mark == 0xDA:
            stop = _scan_end(data, at)
            kept.append(data[at:stop])
            at = stop
    if not measured:
        raise NoPicture("no frame")
    return b"".join(kept) if _is_of_camera(data[at:]) else _whole(kept, data, at)


def _is_shown(mark: int, body: bytes) -> bool:
    """Whether a part matters to what one sees: no comment, and of APP1 … APP15 the colour profile and Adobe's mark alone.

    The others hold places, cameras, thumbnails, where further pictures lie.
    """
    if mark == 0xE2:
        return body.startswith(b"ICC_PROFILE\x00")
    return mark == 0xEE or not (0xE1 <= mark <= 0xEF or mark == 0xFE)


def _turn_alone(exif: bytes) -> bytes:
    """Of what a camera notes, how the picture is to be turned and nothing else: phones keep upright pictures lying."""
    order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(exif[6:10], "")
    if not exif.startswith(b"Exif\x00\x00") or not order:
        return b""
    tiff = exif[6:]
    try:
        (begin,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, begin)
        entries = [struct.unpack_from(f"{order}HHIH", tiff, begin + 2 + 12 * place) for place in range(count)]
    except struct.error:
        return b""
    turned = next((value for tag, kind, _n, value in entries if (tag, kind) == _ORIENTATION), 1)
    if turned not in range(2, 9):
        return b""
    table = struct.pack(">HHHIHHI", 1, *_ORIENTATION, 1, turned, 0, 0)
    body = b"Exif\x00\x00MM\x00*" + struct.pack(">I", 8) + table
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def _is_of_camera(rest: bytes) -> bool:
    """Whether what follows a picture's end is what phones put there, and nothing of it is kept.

    Further pictures (brightness, preview), a film of the moment, Samsung's notes.
    """
    told = rest.lstrip(b"\x00")
    return told.startswith(b"\xff\xd8\xff") or rest[4:8] == b"ftyp" or told.endswith(b"SEFT")


def _scan_end(data: bytes, at: int) -> int:
    """Where the compressed data after a scan's head ends: at the next mark that is not part of it."""
    mark = _SCAN_END.search(data, at)
    if mark is None:
        raise NoPicture("cut off")
    return mark.start()


def _gif(data: bytes) -> bytes:
    if data[:6] not in (b"GIF87a", b"GIF89a"):
        raise NoPicture("no GIF")
    width, height = struct.unpack("<HH", data[6:10])
    at, kept, frames = 13 + _table(data[10]), [], 0
    kept.append(data[:at])
    while True:
        mark = data[at]
        if mark == 0x3B:
            kept.append(data[at : at + 1])
            at += 1
            break
        if mark == 0x2C:
            frames += 1
            _measure(width, height, frames)
            end = _blocks_end(data, at + 11 + _table(data[at + 9]))
            kept.append(data[at:end])
        elif mark == 0x21:
            end = _blocks_end(data, at + 2)
            if data[at + 1] == 0xF9 or data[at + 3 : at + 14] == b"NETSCAPE2.0":  # timing and repetition
                kept.append(data[at:end])
        else:
            raise NoPicture("damaged")
        at = end
    return _whole(kept, data, at)


def _table(flags: int) -> int:
    """The size of a colour table in bytes."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _blocks_end(data: bytes, at: int) -> int:
    while data[at]:
        at += data[at] + 1
    return at + 1


def _webp(data: bytes) -> bytes:
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise NoPicture("no WebP")
    (length,) = struct.unpack("<I", data[4:8])
    end, at, kept, measured = 8 + length, 12, [], False
    if end > len(data):
        raise NoPicture("cut off")
    while at < end:
        kind, (size,) = data[at : at + 4], struct.unpack("<I", data[at + 4 : at + 8])
        stop = at + 8 + size + size % 2
        if stop > end:
            raise NoPicture("damaged")
        body = data[at + 8 : at + 8 + size]
        if kind in (b"VP8X", b"VP8 ", b"VP8L"):
            _measure(*_webp_size(kind, body))
            measured = True
        if kind == b"VP8X":
            body = bytes([body[0] & ~0x0C]) + body[1:]  # it announces neither EXIF nor XMP any more
            kept.append(data[at : at + 8] + body + data[at + 8 + size : stop])
        elif kind not in (b"EXIF", b"XMP "):
            kept.append(data[at:stop])
        at = stop
    if not measured:
        raise NoPicture("no frame")
    rest = b"".join(kept)
    _whole([], data, end)
    return b"RIFF" + struct.pack("<I", len(rest) + 4) + b"WEBP" + rest


def _webp_size(kind: bytes, body: bytes) -> tuple[int, int]:
    if kind == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack("<HH", body[6:10])
    return width & 0x3FFF, height & 0x3FFF


def _measure(width: int, height: int, frames: int = 1) -> None:
    if not width or not height or width * height * frames > LARGEST:
        raise NoPicture("too large")


def _whole(kept: list[bytes], data: bytes, at: int) -> bytes:
    """The kept parts, unless something hides behind the picture's end."""
    if data[at:].strip(b"\x00"):
        raise NoPicture("something follows its end")
    return b"".join(kept)
