"""Export from the command line: straight to a file or the screen, no note in it, on record all the same."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

from loudou.exchange.exporting.cells import Cell
from loudou.exchange.exporting.files import BOM, snapshot, write_csv, write_xlsx
from loudou.exchange.exporting.sheets import check_filters, sheet_of
from loudou.exchange.verbs.exporting import hand_out
from loudou.kernel.refusals import Refused
from loudou.people.models import User


def hand(
    kind: str, *, username: str | None, output: Path | None, form: str, filters: Mapping[str, str], bom: bool
) -> int:
    """Write a kind as `username` may see it, or all of it; returns how many rows."""
    user = _person(username)
    sheet = sheet_of(kind, user)
    check_filters(sheet, user, filters)
    columns = sheet.shown(user)
    with snapshot():
        rows = sheet.rows(user, filters)
        if form == "csv":
            count = _csv(output, columns, rows, bom=bom)
        else:
            count = _xlsx(output, columns, rows, title=str(sheet.title))
    hand_out(kind=kind, format=form, filters=filters, rows=count, owner=user, by=None)
    return count


def _csv(output: Path | None, columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, bom: bool) -> int:
    if output is None:
        out = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="", write_through=True)
        try:
            return write_csv(out, columns, rows)
        finally:
            out.flush()
            out.detach()
    with _opened(output) as binary, io.TextIOWrapper(binary, encoding="utf-8", newline="") as out:
        out.write(BOM if bom else "")
        return write_csv(out, columns, rows)


def _xlsx(output: Path | None, columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, title: str) -> int:
    if output is None:
        return write_xlsx(sys.stdout.buffer, columns, rows, title=title)
    with _opened(output) as binary:
        return write_xlsx(binary, columns, rows, title=title)


def _opened(output: Path) -> BinaryIO:
    """The file, readable by who wrote it alone: it is full of customers."""
    try:
        return os.fdopen(os.open(output, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb")
    except OSError as problem:
        sentence = _("The file {name} cannot be written: {why}.")
        raise Refused(sentence.format(name=output, why=problem.strerror)) from None


def _person(username: str | None) -> User | None:
    if username is None:
        return None
    found = User.objects.active().select_related("unit").filter(username__iexact=username).first()
    if found is None:
        raise Refused(_("Nobody with the user name “{username}” may sign in.").format(username=username))
    return found
