"""Import from the command line: a file, at once, its outcome in words."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from contextlib import nullcontext, suppress
from dataclasses import asdict, dataclass, field, replace
from operator import attrgetter
from pathlib import Path

from django.db import DatabaseError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loudou.exchange.importing.engine import Counts, Stopped
from loudou.exchange.importing.files import Table, opened
from loudou.exchange.importing.mapping import ColumnMap, read_map
from loudou.exchange.importing.moments import ORDERS
from loudou.exchange.importing.refusals import RefusedRows
from loudou.exchange.importing.running import MOST_PROBLEMS, Keeper, import_table
from loudou.exchange.importing.spec import Kind, Note, kind_named, kinds, knows, suffices
from loudou.exchange.importing.unattended import at_work
from loudou.exchange.models import Import
from loudou.exchange.verbs.importing import begin_import, finish_import
from loudou.kernel.refusals import Refused
from loudou.people.models import User

_SHOWN = 50


class UnknownKind(Refused):
    """There is no such kind of rows."""


@dataclass(frozen=True)
class Order:
    """What the command was asked for."""

    kind: str
    file: Path
    map_file: Path | None = None
    username: str | None = None
    error_file: Path | None = None
    encoding: str = ""
    sheet: str = ""
    numbers: str = ""  # how the file writes them: one of `numbers.WAYS`
    dates: str = ""  # which comes first, one of `moments.ORDERS`


@dataclass
class Result:
    """What became of a file."""

    kind: str
    file: str
    counts: Counts
    dry_run: bool
    written: bool
    notes: list[Note] = field(default_factory=list)

    @property
    def refused(self) -> int:
        """How many rows were refused."""
        return self.counts.refused

    @property
    def refusal(self) -> str:
        """One sentence for standard error."""
        sentence = ngettext(
            "%(refused)d of %(rows)d row was refused.",
            "%(refused)d of %(rows)d rows were refused.",
            self.counts.rows,
        )
        return sentence % {"refused": self.refused, "rows": self.counts.rows}

    def as_json(self) -> str:
        """The outcome for programs."""
        problems = [
            {"line": note.line, "column": note.column, "reason": note.reason, "warning": note.warning}
            for note in self.notes
        ]
        plain = {"kind": self.kind, "file": self.file, "dry_run": self.dry_run, "written": self.written}
        return json.dumps({**plain, **asdict(self.counts), "problems": problems}, ensure_ascii=False)

    def as_text(self) -> str:
        """The outcome for people: the counts, then what is wrong, line by line."""
        counts = asdict(self.counts)
        head = ", ".join(
            f"{name} {counts[name]:,}" for name in ("rows", "new", "changed", "unchanged", "refused")
        )
        lines = [f"{self.kind}: {head}" + ("" if self.written else " (" + _("nothing was written") + ")")]
        for note in self.notes[:_SHOWN]:
            where = _("line {line}").format(line=note.line) + (f", {note.column}" if note.column else "")
            mark = _("warning: ") if note.warning else ""
            lines.append(f"  {where}: {mark}{note.reason}")
        if len(self.notes) > _SHOWN:
            more = len(self.notes) - _SHOWN
            lines.append("  " + _("… and {n} more; --error-file keeps them all.").format(n=f"{more:,}"))
        return "\n".join(lines)


def hand_in(order: Order, *, dry_run: bool, all_or_nothing: bool) -> Result:
    """Import a file. Raises `Refused` when it cannot be taken as a whole."""
    kind = _kind(order.kind)
    by = _person(order.username)
    own = read_map(order.map_file) if order.map_file else ColumnMap()
    own = replace(own, numbers=order.numbers or own.numbers, dates=ORDERS.get(order.dates, own.dates))
    if own.kind and own.kind != kind.name:
        raise Refused(_("This mapping is for {kind}.").format(kind=own.kind), field="map")
    sheet, encoding = order.sheet or own.sheet, order.encoding or own.encoding
    fits = suffices(kind, own)
    with opened(order.file, encoding=encoding, sheet=sheet, known=knows(kind), suffices=fits) as table:
        keeper = Keeper(refused=_refusals(order, table))
        if not dry_run:
            keeper.run = _begun(kind, order.file, by)
        with at_work(keeper.run) if keeper.run is not None else nullcontext():
            counts = _carry_out(table, kind, own, by, keeper, dry_run=dry_run, all_or_nothing=all_or_nothing)
    written = not dry_run and not (all_or_nothing and counts.refused)
    # Rows of one record are judged together, not in the order of the file.
    problems = sorted(keeper.notes, key=attrgetter("line"))
    return Result(kind.name, str(order.file), counts, dry_run, written, problems[:MOST_PROBLEMS])


def _carry_out(
    table: Table,
    kind: Kind,
    own: ColumnMap,
    by: User | None,
    keeper: Keeper,
    *,
    dry_run: bool,
    all_or_nothing: bool,
) -> Counts:
    run = keeper.run
    try:
        counts = import_table(
            table,
            kind,
            own,
            by=by,
            keeper=keeper,
            request_id=run.request_id if run else None,
            dry_run=dry_run,
            all_or_nothing=all_or_nothing,
        )
    except Refused as refusal:
        if run is not None:
            finish_import(run, by=by, fault=refusal.sentence)
        raise
    except Stopped:
        assert run is not None
        finish_import(run, by=by, stopped=True)
        raise Refused(_("Somebody has stopped the import.")) from None
    except BaseException as problem:
        if run is not None:
            _cut_off(run, by, problem)
        raise
    if run is not None:
        finish_import(run, by=by)
    return counts


def _cut_off(run: Import, by: User | None, problem: BaseException) -> None:
    """Say that it broke off, unless the database is away: then the worker will, which finds nobody at it."""
    fault = (
        ""
        if isinstance(problem, KeyboardInterrupt)
        else _("Something went wrong on our side; nothing more was written.")
    )
    with suppress(DatabaseError):
        finish_import(run, by=by, fault=fault, stopped=not fault)


def _begun(kind: Kind, file: Path, by: User | None) -> Import:
    with file.open("rb") as raw:
        digest = hashlib.file_digest(raw, "sha256").hexdigest()
    return begin_import(kind=kind.name, name=file.name, size=file.stat().st_size, sha256=digest, by=by)


def _refusals(order: Order, table: Table) -> RefusedRows | None:
    if order.error_file is None:
        return None
    folder = order.error_file.parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):  # said before anything is written
        sentence = _("The file {name} cannot be written: {why}.")
        why = os.strerror(errno.EACCES if folder.is_dir() else errno.ENOENT)
        raise Refused(sentence.format(name=order.error_file, why=why))
    return RefusedRows(order.error_file, table.header, delimiter=table.delimiter)


def _kind(name: str) -> Kind:
    kind = kind_named(name)
    if kind is None:
        known = ", ".join(each.name for each in kinds())
        sentence = _("There is no “{kind}” to import; there are {names}.")
        raise UnknownKind(sentence.format(kind=name, names=known))
    return kind


def _person(username: str | None) -> User | None:
    if username is None:
        return None
    user = User.objects.active().select_related("unit").filter(username__iexact=username).first()
    if user is None:
        raise Refused(_("There is nobody with the user name “{code}”.").format(code=username))
    return user
