"""Taking an uploaded file in: kept under a name of ours, looked into once, its first rows shown to whoever maps it."""

from __future__ import annotations

import hashlib
import itertools
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from loudou.exchange.importing.files import MOST_BYTES, Known, Suffices, opened
from loudou.exchange.importing.running import folder
from loudou.exchange.models import Import
from loudou.exchange.models.imports import UNDER_WAY
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.ui.uploads import ending_of, shown_name, written

ENDINGS = ("csv", "tsv", "txt", "xls", "xlsx")
UNDO_DAYS = 30  # how long an import can be taken back, and its file is kept
_SHOWN = 6
_SHOWN_CELL = 80
_BLOCK = 1 << 20
_UNSEEN = str.maketrans({"\x00": "�"})


@dataclass(frozen=True)
class Kept:
    """A file that was taken in."""

    name: str
    size: int
    sha256: str
    stored_as: str


@dataclass(frozen=True)
class Look:
    """What a file turned out to be: how its text is read, its header, its first rows, about how many there are."""

    encoding: str
    delimiter: str
    sheet: str
    sheets: list[str]
    header: list[str]
    header_line: int
    samples: list[list[str]]
    total: int


def keep(upload: UploadedFile[Any]) -> Kept:
    """Write an upload to the folder of imports, readable by us alone; refused when it is no table, too large or empty."""
    ending_of(upload.name or "", ENDINGS)
    if not upload.size:
        raise Refused(_("The file is empty."), field="file")
    if upload.size > MOST_BYTES:
        raise Refused(_("The file is larger than {n} MB.").format(n=MOST_BYTES >> 20), field="file")
    stored_as = uuid.uuid4().hex
    digest = hashlib.sha256()
    with written(folder() / stored_as) as out:
        for block in upload.chunks(_BLOCK):
            digest.update(block)
            out.write(block)
    return Kept(shown_name(upload.name or ""), upload.size, digest.hexdigest(), stored_as)


def path_of(run: Import) -> Path:
    """Where the file of an import lies."""
    return folder() / run.stored_as


def refused_path(run: Import) -> Path:
    """Where its refused rows lie, in the shape the file came in."""
    return folder() / f"{run.stored_as}-refused.{'xlsx' if run.sheet else 'csv'}"


def look(
    path: Path,
    *,
    encoding: str = "",
    sheet: str = "",
    known: Known | None = None,
    suffices: Suffices | None = None,
) -> Look:
    """What is in a file. Raises `Refused` with one sentence when it cannot be read."""
    with opened(path, encoding=encoding, sheet=sheet, known=known, suffices=suffices) as table:
        rows = [row.cells for row in itertools.islice(table.rows(), _SHOWN)]
        return Look(
            encoding="" if table.is_workbook else table.encoding,
            delimiter=table.delimiter,
            sheet=table.sheet,
            sheets=table.sheets,
            header=[_shown(name) for name in table.header],
            header_line=table.header_line,
            samples=[[_shown(cell) for cell in cells] for cells in rows],
            total=max(_lines(table.path) - table.header_line, len(rows)),
        )


def clear() -> int:
    """Delete the files of imports that cannot be taken back any more, or were left lying; returns how many imports.

    The refused rows go with them. What was imported, by whom and from which file (by its SHA-256) stays on record.
    """
    over = clock.now() - timedelta(days=UNDO_DAYS)
    kept = Import.objects.exclude(stored_as="").exclude(state__in=UNDER_WAY)
    last = Greatest("asked_at", "checked_at", "began_at", "done_at", "undone_at")
    old = dict(kept.annotate(last_at=last).filter(last_at__lt=over).values_list("pk", "stored_as"))
    for stored_as in old.values():
        forget(stored_as)
    Import.objects.filter(pk__in=old).update(stored_as="")
    _forget_strays(over)
    return len(old)


def _forget_strays(over: datetime) -> None:
    """Delete what no import knows of: a crash came between the upload and its record."""
    known = set(Import.objects.exclude(stored_as="").values_list("stored_as", flat=True))
    for path in folder().iterdir():
        stray = path.name.partition("-")[0] not in known
        if stray and path.stat().st_mtime < over.timestamp():
            path.unlink(missing_ok=True)


def forget(stored_as: str) -> None:
    """Delete a file with its refused rows."""
    for path in folder().glob(f"{stored_as}*"):
        path.unlink(missing_ok=True)


def _shown(cell: str) -> str:
    """A cell as it can be kept for showing: not too long, nothing in it that no database text holds."""
    return cell[:_SHOWN_CELL].translate(_UNSEEN).encode("utf-8", "replace").decode()


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(_BLOCK), b""))
