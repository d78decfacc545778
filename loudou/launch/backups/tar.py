"""Tar, written by the standard library and read by a stricter reader: plain files only, nothing it need not know.

Links, devices, sparse files, extended headers and anything after the end are refused, so that an archive can hold
nothing but what was counted.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from loudou.kernel.refusals import Refused
from loudou.launch.words import told as _

BLOCK = 512
STEP = 1024 * 1024


@dataclass(frozen=True)
class Member:
    """A file in an archive."""

    name: str
    size: int
    sha256: str


class Writer:
    """Writes members one after the other and remembers what it wrote."""

    def __init__(self, target: IO[bytes], mtime: float) -> None:
        self.members: list[Member] = []
        self._mtime = int(mtime)
        self._tar = tarfile.open(fileobj=target, mode="w|", format=tarfile.GNU_FORMAT)  # noqa: SIM115 - see close

    def add_bytes(self, name: str, content: bytes) -> None:
        """A member from memory."""
        self._add(name, len(content), io.BytesIO(content))

    def add_file(self, name: str, path: Path) -> None:
        """A member from a file."""
        with path.open("rb") as source:
            self._add(name, path.stat().st_size, source)

    def close(self) -> None:
        """Write the end."""
        self._tar.close()

    def _add(self, name: str, size: int, source: IO[bytes]) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode, info.mtime = size, 0o600, self._mtime
        digesting = _Digesting(source)
        self._tar.addfile(info, digesting)
        self.members.append(Member(name, size, digesting.hexdigest()))


class _Digesting(io.RawIOBase):
    """Passes a file on and digests what goes by."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source, self._digest = source, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self._source.read(size)
        self._digest.update(piece)
        return piece

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


def walk(source: IO[bytes]) -> Iterator[tuple[str, int, Iterator[bytes]]]:
    """The members of an archive as (name, size, pieces); the pieces must be taken before the next member is asked for.

    Raises `Refused` for anything but plain files in order, and for an archive that is cut or goes on after its end.
    """
    blocks = 0
    while True:
        header = _exactly(source, BLOCK)
        blocks += 1
        if not header.strip(b"\0"):
            _end(source, blocks)
            return
        name, size = _read_header(header)
        blocks += -(-size // BLOCK)
        yield name, size, _content(source, size)


def _content(source: IO[bytes], size: int) -> Iterator[bytes]:
    left = size
    while left:
        piece = _exactly(source, min(left, STEP))
        left -= len(piece)
        yield piece
    padding = _exactly(source, -size % BLOCK)
    if padding.strip(b"\0"):
        raise Refused(_("The backup is damaged: there is something between its members."))


def _read_header(header: bytes) -> tuple[str, int]:
    said = header[148:156].rstrip(b"\0 ")
    true = sum(header[:148]) + 8 * 32 + sum(header[156:])
    try:
        if int(said, 8) != true or not header[257:].startswith(b"ustar"):
            raise ValueError
        name = (header[345:500].rstrip(b"\0") + b"/" if header[345] else b"") + header[:100].rstrip(b"\0")
        size = _number(header[124:136])
        text = name.decode("utf-8")
    except ValueError:
        raise Refused(_("This is no backup of Loudou, or a damaged one.")) from None
    if header[156:157] not in (b"0", b"\0") or header[157:257].strip(b"\0"):
        raise Refused(
            _("The backup holds something that is no plain file ({name}).").format(name=repr(text[:80]))
        )
    return text, size


def _number(field: bytes) -> int:
    """A size: octal digits, or, from 8 GiB on, a number in base 256 behind a mark."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    return int(field.rstrip(b"\0 ") or b"0", 8)


def _end(source: IO[bytes], blocks: int) -> None:
    """One more empty block, and as many as fill the last record."""
    rest = _exactly(source, BLOCK * (1 + -(blocks + 1) % (tarfile.RECORDSIZE // BLOCK)))
    if rest.strip(b"\0") or source.read(1):
        raise Refused(_("The backup goes on after its end."))


def _exactly(source: IO[bytes], size: int) -> bytes:
    pieces = []
    while size:
        piece = source.read(size)
        if not piece:
            raise Refused(_("The backup is cut off."))
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)
