"""Which encoding a text file has. Standard library only: bytes in, a codec's name out."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

BLOCK = 1 << 20
# Names people may choose from, in the order a list shows them.
ENCODINGS = ("utf-8", "gb18030", "big5", "utf-16", "utf-16-le", "utf-16-be", "utf-32")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like UTF-16's mark, so it is asked first
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_GB = re.compile(rb"[\x81-\xfe][\x30-\x39][\x81-\xfe][\x30-\x39]|[\x81-\xfe][\x40-\x7e\x80-\xfe]")
_BIG5 = re.compile(rb"[\x81-\xfe][\x40-\x7e\xa1-\xfe]")
_COMMON_GB = re.compile(
    rb"[\xb0-\xd7][\xa1-\xfe]|\xa3[\xa1-\xfe]|\xa1[\xa1-\xbf]"
)  # GB 2312 level 1, punctuation
_COMMON_BIG5 = re.compile(
    rb"[\xa4-\xc6][\x40-\x7e\xa1-\xfe]|[\xa1\xa2][\x40-\x7e\xa1-\xfe]"
)  # level 1, punctuation
_CODECS = {"gb18030": ("gb18030",), "big5": ("cp950", "big5hkscs")}
_NAMES = {"utf-8-sig": "UTF-8", "gb18030": "GB18030", "cp950": "Big5"}
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x19\x1b-\x1f]")
_READ_AT_ONCE = 1 << 16


class NoText(ValueError):
    """The bytes are no text in any encoding we know."""


class Damaged(ValueError):
    """The text has bytes that do not belong there; `line` is the first line that has one, `encoding` the text's name."""

    def __init__(self, line: int, codec: str) -> None:
        super().__init__(line, codec)
        self.line = line
        self.encoding = _NAMES.get(codec, codec.upper())


def detect(path: Path) -> str:
    """The codec a file is read with: by its mark, else UTF-8 if all of it is, else the Chinese one that fits.

    Raises `NoText` for what is no text, `Damaged` for text with bytes that do not belong there: guessing another
    encoding for UTF-8 then would turn every good character into a wrong one.
    """
    with path.open("rb") as file:
        head = file.read(BLOCK)
    for mark, codec in _MARKS:
        if head.startswith(mark):
            return _whole(path, codec)
    if b"\x00" in head:
        return _whole(path, _wide(head))
    if reads(path, "utf-8"):
        return "utf-8"
    if line := _first_damage(path):
        raise Damaged(line, "utf-8")
    found = [codec for name in _likelier(head) for codec in _CODECS[name] if reads(path, codec)]
    if not found:
        raise _damage_of(path, head)
    return found[0]


def reads(path: Path, codec: str) -> bool:
    """Whether all of the file is text in this encoding."""
    try:
        " ".encode(codec)  # LookupError where a codec makes something else than text
        decoder = codecs.getincrementaldecoder(codec)()
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _whole(path: Path, codec: str) -> str:
    """The codec, if all of the file can be read with it."""
    if not reads(path, codec):
        raise Damaged(_broken(path, codec)[1], codec)
    return codec


def _damage_of(path: Path, head: bytes) -> ValueError:
    """What is wrong with a file that no codec reads: it is no text, or text of the encoding that reads most of it."""
    if len(_CONTROL.findall(head)) > len(head) // 1000:
        return NoText()
    damages = {codec: _broken(path, codec) for codec in ("utf-8", "gb18030", "cp950")}
    nearest = min(damages, key=lambda codec: damages[codec][0])
    return Damaged(damages[nearest][1], nearest)


def _broken(path: Path, codec: str) -> tuple[int, int]:
    """How many places of a text cannot be read, and the line of the first."""
    places, first, line = 0, 0, 1
    with path.open(encoding=codec, errors="replace", newline="") as file:
        while text := file.readline(_READ_AT_ONCE):
            if wrong := text.count("\ufffd"):
                places, first = places + wrong, first or line
            line += text.endswith("\n")
    return places, first


def _wide(head: bytes) -> str:
    """UTF-16 without its mark: in a table every other byte of blanks, commas and digits is zero."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if odd > 4 * max(even, 1) and odd > len(head) // 20:
        return "utf-16-le"
    if even > 4 * max(odd, 1) and even > len(head) // 20:
        return "utf-16-be"
    raise NoText


def _first_damage(path: Path) -> int:
    """The first line with a byte that is no UTF-8, if nearly everything beyond ASCII is UTF-8; else 0."""
    good, bad, first, line = 0, 0, 0, 1
    with path.open("rb") as file:
        for raw in file:
            text = raw.decode("utf-8", "replace")
            wrong = text.count("\ufffd")
            if wrong:
                bad += wrong
                first = first or line
            good += sum(letter > "\x7f" for letter in text) - wrong
            line += 1
    return first if good > 20 * bad else 0


def _likelier(head: bytes) -> list[str]:
    """GB 18030 and Big5, the one first in whose everyday characters more of the bytes fall."""
    shares = {"gb18030": _share(head, _GB, _COMMON_GB), "big5": _share(head, _BIG5, _COMMON_BIG5)}
    return sorted(shares, key=lambda name: shares[name], reverse=True)


def _share(head: bytes, pairs: re.Pattern[bytes], common: re.Pattern[bytes]) -> float:
    found = pairs.findall(head)
    return sum(common.fullmatch(pair) is not None for pair in found) / len(found) if found else 0.0
