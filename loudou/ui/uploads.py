"""Receiving files and giving them out again: one set of rules for every door (`security.md` FI-01 … FI-10).

A file is taken by its ending and by its content alike, both on a list; the name on disk is ours and says nothing; it
is given out as something to save, never to run. Pictures lose their metadata, office files may hold no macros and no
bombs. Who asks for a file is the business of the room that keeps it.
"""

from __future__ import annotations

import hashlib
import io
import math
import os
import re
import unicodedata
import uuid
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.ui import disk
from loudou.ui import format as f
from loudou.ui.images import NoPicture, clean
from loudou.ui.texts import visible

LARGEST = 20 * 1024 * 1024
LONGEST_NAME = 120
_UNPACKED, _MEMBERS, _RATIO = 200 * 1024 * 1024, 5000, 200
_PACKED, _ENCRYPTED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED), 0x1
_STORED = re.compile(r"[a-z]+/\d{4}/\d{2}/[0-9a-f]{32}")
_LIES = re.compile(rf"{_STORED.pattern}(\.part)?")
_YOUNG, _AT_ONCE = 24 * 3600, 1000
_HIDDEN = re.compile("[\x00\t\n\r\u200c\u200d]")
_MARKUP = (b"<script", b"<html", b"<!doctype", b"<svg", b"<?php", b"<iframe", b"<body")
# The harmless string every scanner knows: what is called a virus here, so that a scanner's absence can be tested too.
_EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@dataclass(frozen=True)
class Received:
    """A file that was taken in: what it is called, what it is, and under which name of ours it lies."""

    name: str
    kind: str
    size: int
    sha256: str
    stored_as: str


@dataclass
class Tray:
    """The files of one act, on the disk before its row is: what no row names when it is over goes again."""

    folder: str
    taken: list[Received] = field(default_factory=list)
    named: set[str] = field(default_factory=set)

    def take(self, upload: UploadedFile[Any], *, field: str = "file") -> Received:
        """Check a file and keep it, as `receive` does."""
        self.taken.append(receive(upload, folder=self.folder, field=field))
        return self.taken[-1]

    def keep(self, names: Iterable[str]) -> None:
        """Leave on the disk what rows name by now."""
        self.named.update(names)


@contextmanager
def tray(folder: str) -> Iterator[Tray]:
    """A tray for one act: refused, or sent before, nothing new is left on the disk."""
    found = Tray(folder)
    try:
        yield found
    finally:
        for one in found.taken:
            if one.stored_as not in found.named:
                discard(one.stored_as)


def receive(upload: UploadedFile[Any], *, folder: str, field: str = "file") -> Received:
    """Check an uploaded file and keep it; refused beside `field` where it may not be kept.

    Who calls this writes a row that names it in the same breath, or calls `discard`.
    """
    name = shown_name(upload.name or "")
    if upload.size is None or upload.size > LARGEST:
        raise Refused(_("A file may have at most {size}.").format(size=f.file_size(LARGEST)), field=field)
    data = upload.read(LARGEST + 1)
    if not data:
        raise Refused(_("The file is empty."), field=field)
    kind, data = _checked(name, data, field)
    stored = _keep(folder, data, field)
    return Received(name, kind, len(data), hashlib.sha256(data).hexdigest(), stored)


def answer(stored_as: str, *, name: str, kind: str) -> FileResponse:
    """The file as an answer: to be saved under its shown name, never run, never guessed at."""
    response = FileResponse(path_of(stored_as).open("rb"), content_type=kind)
    response["Content-Disposition"] = content_disposition_header(True, shown_name(name)) or "attachment"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def discard(stored_as: str) -> None:
    """Remove a file that no row names."""
    path_of(stored_as).unlink(missing_ok=True)


def sweep(named: Callable[[Sequence[str]], Collection[str]]) -> int:
    """Remove files that no row names, and drafts of such as never came whole; returns how many went.

    `named` says which of some names stand in rows. What is younger than a day is left: its row may be on its way.
    """
    root, over = Path(settings.MEDIA_ROOT), clock.now().timestamp() - _YOUNG
    found = (path for path in root.glob("*/*/*/*") if _LIES.fullmatch(str(path.relative_to(root))))
    old = (path for path in found if _written_at(path) < over)
    gone = 0
    while some := list(islice(old, _AT_ONCE)):
        kept = set(named([str(path.relative_to(root)) for path in some]))
        orphans = [path for path in some if str(path.relative_to(root)) not in kept]
        for path in orphans:
            path.unlink(missing_ok=True)
        gone += len(orphans)
    return gone


def _written_at(path: Path) -> float:
    """When a file was written; one that has just gone, or got its name, is young."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return math.inf


def path_of(stored_as: str) -> Path:
    """Where a file lies. Only names this module made lead anywhere."""
    if not _STORED.fullmatch(stored_as):
        raise ValueError(stored_as)
    return Path(settings.MEDIA_ROOT) / stored_as


def shown_name(name: str) -> str:
    """A file's name as it is shown and given out: no folder, no control or direction marks, not too long."""
    plain = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    plain = _HIDDEN.sub("", visible(plain)).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    if len(plain) > LONGEST_NAME:
        plain = f"{(stem or plain)[: LONGEST_NAME - len(ending) - 1]}{dot}{ending}"[:LONGEST_NAME]
    return plain or "file"


def ending_of(name: str, known: Collection[str], *, field: str = "file") -> str:
    """How a file's name ends; refused beside `field` where that is none of the `known`."""
    ending = name.rpartition(".")[2].lower()
    if ending not in known:
        kinds = f.comma().join(sorted(known))
        raise Refused(
            _("Files of this kind are not taken. Possible are: {kinds}.").format(kinds=kinds), field=field
        )
    return ending


def _checked(name: str, data: bytes, field: str) -> tuple[str, bytes]:
    """What kind of file this is by name and content, and its content as it may be kept."""
    ending = ending_of(name, _KINDS, field=field)
    kind, check = _KINDS[ending]
    if _EICAR in data:
        raise Refused(_("This file is a known danger."), field=field)
    try:
        return kind, check(kind, data)
    except NoPicture:
        sentence = _("This is no sound picture, too large a one, or something hides in it.")
        raise Refused(sentence, field=field) from None
    except ValueError:
        sentence = _("This is not what its name says: {ending}.")
        raise Refused(sentence.format(ending=ending), field=field) from None


def _pdf(kind: str, data: bytes) -> bytes:
    if not data.startswith(b"%PDF-") or b"%%EOF" not in data[-2048:] or _has_markup(data[:2048]):
        raise ValueError("no PDF")
    return data


def _ole(kind: str, data: bytes) -> bytes:
    # The old office formats; `Macros` and `_VBA_PROJECT` are the names of folders that hold programs.
    program = any(mark in data for mark in ("_VBA_PROJECT".encode("utf-16-le"), "Macros".encode("utf-16-le")))
    if not data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") or program:
        raise ValueError("no plain office file")
    return data


def _office(folder: str) -> Callable[[str, bytes], bytes]:
    def check(kind: str, data: bytes) -> bytes:
        if not data.startswith(b"PK\x03\x04"):
            raise ValueError("no archive")
        try:
            _check_archive(zipfile.ZipFile(io.BytesIO(data)), folder, len(data))
        except (zipfile.BadZipFile, NotImplementedError, EOFError, zlib.error) as error:
            raise ValueError("damaged") from error
        return data

    return check


def _check_archive(archive: zipfile.ZipFile, folder: str, size: int) -> None:
    """An office file holds its own parts and nothing that runs, unpacks without end or leads elsewhere."""
    members = archive.infolist()
    names = [member.filename for member in members]
    unpacked = sum(member.file_size for member in members)
    if len(members) > _MEMBERS or unpacked > _UNPACKED or unpacked > _RATIO * size:
        raise ValueError("a bomb")
    if "[Content_Types].xml" not in names or not any(name.startswith(f"{folder}/") for name in names):
        raise ValueError("another kind of archive")
    for name in names:
        parts = name.replace("\\", "/").split("/")
        if (
            ".." in parts
            or name.startswith("/")
            or name.lower().endswith((".bin.exe", "vbaproject.bin", ".exe", ".js"))
        ):
            raise ValueError("what no office file holds")
    if any(member.compress_type not in _PACKED or member.flag_bits & _ENCRYPTED for member in members):
        raise ValueError("packed as no office packs")
    for member in members:
        if member.file_size < 1024 * 1024 and _EICAR in archive.read(member):
            raise ValueError("a known danger")


def _text(kind: str, data: bytes) -> bytes:
    """Words or a table in UTF-8 or GB18030: no zeros, no markup."""
    if b"\x00" in data or _has_markup(data[:4096]):
        raise ValueError("no plain text")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return data
    raise ValueError("no known encoding")


def _has_markup(head: bytes) -> bool:
    lower = head.lower()
    return any(mark in lower for mark in _MARKUP)


_OPEN_XML = "application/vnd.openxmlformats-officedocument"
_KINDS: dict[str, tuple[str, Callable[[str, bytes], bytes]]] = {
    "pdf": ("application/pdf", _pdf),
    "png": ("image/png", clean),
    "jpg": ("image/jpeg", clean),
    "jpeg": ("image/jpeg", clean),
    "gif": ("image/gif", clean),
    "webp": ("image/webp", clean),
    "docx": (f"{_OPEN_XML}.wordprocessingml.document", _office("word")),
    "xlsx": (f"{_OPEN_XML}.spreadsheetml.sheet", _office("xl")),
    "pptx": (f"{_OPEN_XML}.presentationml.presentation", _office("ppt")),
    "doc": ("application/msword", _ole),
    "xls": ("application/vnd.ms-excel", _ole),
    "ppt": ("application/vnd.ms-powerpoint", _ole),
    "txt": ("text/plain; charset=utf-8", _text),
    "csv": ("text/csv; charset=utf-8", _text),
}
ENDINGS = tuple(sorted(_KINDS))


def _keep(folder: str, data: bytes, field: str) -> str:
    """Write under a name of ours: whole or not at all, readable by nobody else."""
    stored = f"{folder}/{clock.now():%Y/%m}/{uuid.uuid4().hex}"
    path = path_of(stored)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(".part")
    with written(draft, field=field) as out:
        out.write(data)
    draft.rename(path)
    return stored


@contextmanager
def written(path: Path, *, field: str = "file") -> Iterator[BinaryIO]:
    """A new file of ours to write into, for nobody else to read: on the disk when the block ends, or gone again.

    A full disk is refused beside `field`.
    """
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
    except BaseException as problem:
        path.unlink(missing_ok=True)
        if disk.is_full(problem):
            raise Refused(disk.sentence(), field=field) from problem
        raise
