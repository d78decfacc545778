"""Making the file of an export that was asked for, and keeping it for its owner."""

from __future__ import annotations

import hashlib
import io
import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, OperationalError, connections
from django.utils import translation
from django.utils.translation import gettext as _

from loudou.exchange.exporting.files import BOM, Told, snapshot, write_csv, write_xlsx
from loudou.exchange.exporting.sheets import SHEETS
from loudou.exchange.models import Export
from loudou.exchange.verbs.exporting import KEPT, MAKE, fail_export, finish_export
from loudou.journal.jobs import attended
from loudou.kernel import clock
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.ui import disk
from loudou.ui.uploads import written

log = logging.getLogger(__name__)
_WAITED_FOR = timedelta(
    minutes=10
)  # longer than a small one takes, which is made while who asked for it waits


def make(pk: int) -> Export:
    """Make the file of a queued export; one that is made, or not yet approved, stays as it is."""
    export = Export.objects.select_related("owner__unit").get(pk=pk)
    if export.state != Export.State.QUEUED or export.owner is None:
        return export
    if not export.owner.is_active:
        return fail_export(export, reason=_("Who asked for it has left."), by=None)
    target = _folder() / f"{uuid.uuid4().hex}.{export.format}"
    try:
        with translation.override(export.language or settings.LANGUAGE_CODE):
            name, rows = _write(export, export.owner, target)
    except OperationalError:
        raise  # the database is away: the job is tried again
    except Exception as problem:
        log.exception("export %s failed", pk)
        with translation.override(export.language or settings.LANGUAGE_CODE):
            return fail_export(export, reason=_fault(problem), by=None)
    with target.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return finish_export(export, rows=rows, name=name, stored_as=target.name, sha256=digest, by=export.owner)


def stored(export: Export) -> Path:
    """Where the file of an export lies."""
    return _folder() / export.stored_as


def end_unattended() -> int:
    """End the exports that nobody makes and nobody will, and say so to who waits; returns how many."""
    seen = list(Export.objects.filter(state=Export.State.QUEUED, asked_at__lt=clock.now() - _WAITED_FOR))
    jobs = attended(MAKE)
    lost = [export for export in seen if export.pk not in jobs]
    for export in lost:
        with translation.override(export.language or settings.LANGUAGE_CODE):
            reason = _("It could not be finished, however often it was tried. Ask for it again.")
            fail_export(export, reason=reason, by=None)
    return len(lost)


def clear() -> int:
    """Delete files whose time is over; returns how many. History keeps that they were made.

    With them go, after a day, such as nobody has asked for: whoever made them was killed.
    """
    _forget_strays()
    over = list(Export.objects.filter(state=Export.State.READY, expires_at__lte=clock.now()))
    for export in over:
        stored(export).unlink(missing_ok=True)
    keys = [export.pk for export in over]
    Export.objects.filter(pk__in=keys).update(state=Export.State.EXPIRED, stored_as="")
    return len(over)


def _forget_strays() -> None:
    known = set(Export.objects.exclude(stored_as="").values_list("stored_as", flat=True))
    over = (clock.now() - KEPT).timestamp()
    for path in _folder().iterdir():
        if path.name not in known and path.stat().st_mtime < over:
            path.unlink(missing_ok=True)


def _fault(problem: Exception) -> str:
    if disk.is_full(problem):
        return _("The disk of the server is full. Ask for it again when there is room.")
    return _("Something went wrong on our side. Ask for it again.")


def _write(export: Export, owner: User, target: Path) -> tuple[str, int]:
    """The file's name and its number of rows. Who made it and when stands in its name and at its end (IE-08)."""
    sheet, now = SHEETS[export.kind], clock.now().astimezone(organisation().zone)
    columns = sheet.shown(owner)
    with written(target) as binary, snapshot(), _progress(export) as told:
        rows = sheet.rows(owner, export.filters)
        if export.format == Export.Format.CSV:
            out = io.TextIOWrapper(binary, encoding="utf-8", newline="", write_through=True)
            out.write(BOM)
            count = write_csv(out, columns, rows, note=_note(owner, now), told=told)
            out.detach()
        else:
            title, notes = str(sheet.title), _notes(export, owner, now)
            count = write_xlsx(binary, columns, rows, title=title, notes=notes, told=told)
    return f"{sheet.title}-{now:%Y%m%d-%H%M}-{owner.username}.{export.format}", count


def _note(owner: User, now: datetime) -> str:
    words = {"name": owner.name, "username": owner.username, "when": f"{now:%Y-%m-%d %H:%M}"}
    return _("Exported by %(name)s (%(username)s) on %(when)s for internal use only.") % words


def _notes(export: Export, owner: User, now: datetime) -> list[tuple[str, str]]:
    filters = "; ".join(f"{name}={value}" for name, value in export.filters.items())
    return [
        (_("What"), str(SHEETS[export.kind].title)),
        (_("Filters"), filters or "—"),
        ("", _note(owner, now)),
    ]


@contextmanager
def _progress(export: Export) -> Iterator[Told]:
    """How far it is, written on a connection of its own: the one that reads stands still in its snapshot."""
    beside = connections.create_connection("default")

    def told(count: int) -> None:
        with beside.cursor() as cursor:
            cursor.execute("UPDATE exchange_export SET written = %s WHERE id = %s", [count, export.pk])

    def quietly(count: int) -> None:
        try:
            told(count)
        except DatabaseError as problem:
            log.warning("progress of export %s was not written: %s", export.pk, problem)

    try:
        yield quietly
    finally:
        beside.close()


def _folder() -> Path:
    folder: Path = settings.MEDIA_ROOT / "exports"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder
