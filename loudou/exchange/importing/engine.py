"""Leading the rows of a file to the verbs that take them: read, check, decide, write, count.

Rows go in chunks, each in a transaction of its own: a run that is cut off leaves whole chunks and nothing else, and
the same file again finishes it. Chunks of a large file are written by several connections at once. A dry run does the
same and writes nothing.
"""

from __future__ import annotations

import gc
import itertools
import logging
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any, Protocol, TypeVar

from django.db import Error, IntegrityError, connection, connections
from django.db.models import Model
from django.utils.translation import gettext as _

from loudou.exchange.importing.files import Table
from loudou.exchange.importing.mapping import ColumnMap, Route, routes
from loudou.exchange.importing.reading import Reading
from loudou.exchange.importing.rows import read_rows, refuse_with_others, refuse_with_their_first, told_apart
from loudou.exchange.importing.spec import Kind, Note, Row
from loudou.exchange.importing.unknown import name_the_rest
from loudou.journal.record import acting
from loudou.kernel.refusals import Forbidden, Refused
from loudou.launch.parents import end_with_parent
from loudou.people.models import User
from loudou.people.queries import organisation_read_once

T = TypeVar("T")
log = logging.getLogger(__name__)
CHUNK = 2_000
MOST_AT_ONCE = 50_000
HANDS = min(4, os.cpu_count() or 1)
_HANDS_FROM = 4_000  # rows from which more than one process is worth their start
_TRIES = 4


@dataclass
class Trace:
    """What one chunk wrote, so that it can be taken back.

    Keys of rows it made, former values of those it changed, the import keys of moves it told.
    """

    made: dict[str, list[int]] = field(default_factory=dict)
    changed: list[dict[str, Any]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def note_made(self, label: str, keys: Iterable[int]) -> None:
        """Note rows that this chunk made."""
        self.made.setdefault(label, []).extend(keys)

    def note_changed(self, row: Model, before: Mapping[str, Any]) -> None:
        """Note a row that this chunk changed, with what stood there before."""
        self.changed.append({"label": row._meta.label_lower, "id": row.pk, "before": dict(before)})


@dataclass
class Counts:
    """How many rows became what. `repeated` are those of `unchanged` that the file itself says twice."""

    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    warned: int = 0


class Watcher(Protocol):
    """Who looks on while a run goes: keeps notes and refused rows, shows progress, may stop it."""

    def settled(self, rows: Sequence[Row], counts: Counts) -> None:
        """A chunk is through; raises `Stopped` to end the run before the next one."""

    def wrote(self, trace: Trace) -> None:
        """Called inside the chunk's transaction, with what it wrote."""


class Stopped(Exception):
    """Somebody wants the run to end; what was written stays."""


@dataclass
class Run:
    """One import under way: of what, by whom, in earnest or dry. `known` is what was looked up once for all chunks."""

    kind: Kind
    by: User | None
    dry: bool
    reading: Reading
    watcher: Watcher
    source_system: str = ""
    known: dict[str, Any] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)
    trace: Trace = field(default_factory=Trace)  # of the chunk in hand
    chunk: Sequence[Row] = ()  # the rows in hand, refused ones with them


def carry_out(
    table: Table,
    kind: Kind,
    mapping: ColumnMap,
    *,
    by: User | None,
    reading: Reading,
    watcher: Watcher,
    dry_run: bool = False,
    all_or_nothing: bool = False,
) -> Counts:
    """Import a table. Raises `Refused` when the file as a whole cannot be taken, `Forbidden` without the rights.

    With `all_or_nothing` a file with refused rows writes nothing: they are counted, and named to the watcher.
    """
    if not kind.open_to(by):
        raise Forbidden(_("You do not have the right to do this."))
    made = routes(mapping, table.header, kind.names)
    _refuse_incomplete(kind, made)
    if all_or_nothing and not dry_run:
        looked = Run(kind, by, True, reading, watcher)
        _lead(looked, table, made)
        if looked.counts.refused:
            return looked.counts
        run = Run(kind, by, False, reading, _Quiet(watcher))
        with acting():
            _lead(run, table, made)
        watcher.settled([], run.counts)
        return run.counts
    return _lead(Run(kind, by, dry_run, reading, watcher), table, made)


def _refuse_incomplete(kind: Kind, made: Sequence[Route]) -> None:
    """Refuse a file that has no column for what every row needs."""
    for route in made:
        given = {name for name, _reader in route.readers}
        missing = [column for column in kind.columns if column.required and column.name not in given]
        if missing:
            names = ", ".join(f"{column.title} ({column.name})" for column in missing)
            raise Refused(
                _("No column of the file is known as: {names}. Say which one it is.").format(names=names),
                field="map",
            )
    if not any(route.readers for route in made):
        sentence = _(
            "No column of the file is known here. Choose what it holds, or say which column is which."
        )
        raise Refused(sentence, field="map")


def _lead(run: Run, table: Table, made: Sequence[Route]) -> Counts:
    """Take all rows, chunk by chunk."""
    rows = told_apart(run.kind, read_rows(table, run.kind, made, run.reading))
    chunks = _chunks(run.kind, rows, {name for route in made for name, _reader in route.readers})
    refused: set[int] = set()
    first = list(itertools.islice(chunks, _HANDS_FROM // CHUNK))
    several = len(first) == _HANDS_FROM // CHUNK and _may_fork()
    for chunk in (_by_several if several else _by_one)(run, itertools.chain(first, chunks)):
        refuse_with_their_first(chunk, refused)
        _count(run.counts, chunk)
        run.watcher.settled(chunk, run.counts)
    return run.counts


def _may_fork() -> bool:
    """Whether processes can be forked off this one: it is alone with itself, and no transaction hangs on it."""
    alone = threading.active_count() == 1 and not connection.in_atomic_block
    return alone and sys.platform == "linux" and HANDS > 1


def _chunks(kind: Kind, rows: Iterable[Row], given: Collection[str]) -> Iterator[list[Row]]:
    """The rows in portions: all at once, or with those that belong together in one, or simply so many each. `given` are
    the columns that the file has."""
    if kind.at_once:
        whole = list(itertools.islice(rows, MOST_AT_ONCE + 1))
        if len(whole) > MOST_AT_ONCE:
            sentence = _("At most {n} rows of this kind in one file.")
            raise Refused(sentence.format(n=f"{MOST_AT_ONCE:,}"), field="file")
        yield whole
    elif kind.together and (not kind.together_with or kind.together_with in given):
        yield from _together(kind.together, rows)
    else:
        remaining = iter(rows)
        while chunk := list(itertools.islice(remaining, CHUNK)):
            yield chunk


def _together(column: str, rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Portions in which all rows of one deal stand together, whatever their order in the file."""
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.values.get(column), []).append(row)
    chunk: list[Row] = []
    for key in list(groups):
        chunk += groups.pop(key)
        if len(chunk) >= CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _by_one(run: Run, chunks: Iterable[list[Row]]) -> Iterator[list[Row]]:
    for chunk in chunks:
        _settle(run, chunk)
        yield chunk


def _by_several(run: Run, chunks: Iterable[list[Row]]) -> Iterator[list[Row]]:
    """Let several processes, each with a connection of its own, settle chunks; they come back in order.

    They are forked off this one, so that they need no start; nothing but rows and outcomes goes between them.
    """
    global _in_hand
    _in_hand = run
    waiting: deque[tuple[list[Row], Future[list[Settled]]]] = deque()
    connections.close_all()  # a connection is nobody's but its process's
    gc.freeze()  # what is there already shall not be copied for being counted
    try:
        with ProcessPoolExecutor(HANDS, get_context("fork"), end_with_parent) as hands:
            try:
                for chunk in chunks:
                    waiting.append((chunk, hands.submit(_settle_apart, chunk)))
                    if len(waiting) > HANDS:
                        yield _joined(*waiting.popleft())
                while waiting:
                    yield _joined(*waiting.popleft())
            finally:
                hands.shutdown(wait=True, cancel_futures=True)
    finally:
        gc.unfreeze()
        _in_hand = None


Settled = tuple[str, list[Note]]
_in_hand: Run | None = None


def _settle_apart(chunk: list[Row]) -> list[Settled]:
    """Settle a chunk in a process of its own; what became of its rows goes back.

    A fault goes back as the driver's, which says by itself what it was: what it was the cause of does not travel with it.
    """
    assert _in_hand is not None
    try:
        _settle(_in_hand, chunk)
    except Error as problem:
        raise problem.__cause__ or problem from None
    return [(row.outcome, row.notes) for row in chunk]


def _joined(chunk: list[Row], future: Future[list[Settled]]) -> list[Row]:
    with connection.wrap_database_errors:
        settled = future.result()
    for row, (outcome, notes) in zip(chunk, settled, strict=True):
        row.outcome, row.notes = outcome, notes
    return chunk


class _Undone(Exception):
    """Ends the transaction of a dry chunk."""


def _settle(run: Run, rows: Sequence[Row]) -> None:
    """Decide about the rows of one chunk and write them, all in one transaction; of the refused ones say all that is wrong."""
    run.chunk = rows
    if run.kind.whole:
        refuse_with_others(rows, run.kind.whole)
    if open_rows := [row for row in rows if not row.outcome]:
        _take(run, open_rows)
    name_the_rest(rows, run)


def _take(run: Run, open_rows: Sequence[Row]) -> None:
    """Let the kind decide and write; tried again when somebody was first."""
    marks = [len(row.notes) for row in open_rows]
    for attempt in range(_TRIES):
        run.trace = Trace()
        try:
            with _uncounted(), _stretch(dry=run.dry):
                run.kind.take(open_rows, run)
                if not run.dry:
                    run.watcher.wrote(run.trace)
            return
        except IntegrityError:
            if attempt == _TRIES - 1 or connection.in_atomic_block:
                raise
            log.info("a chunk of %s met another writer and is looked at again", run.kind.name)
            for row, mark in zip(open_rows, marks, strict=True):
                row.outcome = ""
                del row.notes[mark:]


@contextmanager
def _uncounted() -> Iterator[None]:
    """Look for no garbage meanwhile.

    What a chunk makes lives to its end, and counting it again and again is a tenth of its time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def _stretch(*, dry: bool) -> Iterator[None]:
    """An act; a dry one is undone at its end, whatever verbs were called in it. The organisation is read once for it."""
    try:
        with organisation_read_once(), acting():
            yield
            if dry:
                raise _Undone
    except _Undone:
        pass


def each(rows: Iterable[Row], act: Callable[[Row], str], **columns: str) -> None:
    """Let a verb take rows one at a time: its refusal goes to the row and undoes that row alone. `act` names the outcome.

    `columns` says which column is to blame for a verb's field, where they are called differently.
    """
    for row in rows:
        try:
            with acting():
                row.outcome = act(row)
        except Refused as refusal:
            row.refuse(refusal.sentence, columns.get(refusal.field, refusal.field))


def all_of(rows: Sequence[Row], act: Callable[[Sequence[Row]], str], **columns: str) -> None:
    """The same of rows that stand or fall together, as one: what is said of the first is said of all."""
    first, *others = rows
    each([first], lambda row: act(rows), **columns)
    for row in others:
        row.outcome = first.outcome
        for note in first.notes:
            if not note.warning:
                row.refuse(note.reason, note.column)


def accepted(rows: Iterable[Row], outcomes: Iterable[T | Refused], **columns: str) -> Iterator[tuple[Row, T]]:
    """The rows that a verb took, each with what it made of it; those it refused bear its sentence. `columns` as above."""
    for row, outcome in zip(rows, outcomes, strict=True):
        if isinstance(outcome, Refused):
            row.refuse(outcome.sentence, columns.get(outcome.field, outcome.field))
        else:
            yield row, outcome


def _count(counts: Counts, rows: Iterable[Row]) -> None:
    for row in rows:
        counts.rows += 1
        setattr(counts, row.outcome, getattr(counts, row.outcome) + 1)
        counts.warned += any(note.warning for note in row.notes)


@dataclass
class _Quiet:
    """Looks on at the second half of an all-or-nothing run, whose rows were reported in the first."""

    watcher: Watcher

    def settled(self, rows: Sequence[Row], counts: Counts) -> None:
        """Nothing is refused any more, and nobody sees how far it is before all of it is."""

    def wrote(self, trace: Trace) -> None:
        """Passed on."""
        self.watcher.wrote(trace)


__all__ = ["Counts", "Note", "Run", "Stopped", "Trace", "Watcher", "accepted", "carry_out", "each"]
