"""One run from its file to its counts: what the command does at once and a worker for the page."""

from __future__ import annotations

import itertools
import logging
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings

from loudou.exchange.importing.engine import Counts, Stopped, Trace, carry_out
from loudou.exchange.importing.files import Table, sheet_told
from loudou.exchange.importing.mapping import ColumnMap
from loudou.exchange.importing.numbers import WAYS
from loudou.exchange.importing.reading import Reading
from loudou.exchange.importing.refusals import RefusedRows
from loudou.exchange.importing.spec import Kind, Note, Row, merged, recognise, rivals
from loudou.exchange.models import Batch, Import, Problem
from loudou.journal import channel
from loudou.kernel import clock
from loudou.people.models import User
from loudou.people.queries import organisation

log = logging.getLogger(__name__)
MOST_PROBLEMS = 10_000  # kept of one run to be looked at; the file of refused rows has them all


@dataclass
class Keeper:
    """Looks on at a run: keeps its problems and refused rows, and, where it has a record, its counts and batches."""

    refused: RefusedRows | None = None
    run: Import | None = None
    told: Callable[[Counts], None] | None = None
    notes: list[Note] = field(default_factory=list)

    def settled(self, rows: Sequence[Row], counts: Counts) -> None:
        """Keep what is to be said of these rows, show how far it is, and end the run when somebody wants that."""
        self.note(note for row in rows for note in row.notes)
        if self.refused is not None:
            self.refused.add(row for row in rows if row.outcome == "refused")
        if self.told is not None:
            self.told(counts)
        if self.run is not None:
            self._show(self.run, counts)

    def note(self, notes: Iterable[Note]) -> None:
        """Keep what is to be said, as far as there is room for it."""
        fresh = list(itertools.islice(notes, max(MOST_PROBLEMS - len(self.notes), 0)))
        self.notes += fresh
        if self.run is not None:
            Problem.objects.bulk_create(
                Problem(
                    run=self.run,
                    line=note.line,
                    column=note.column[:60],
                    reason=note.reason[:500],
                    is_warning=note.warning,
                )
                for note in fresh
            )

    def wrote(self, trace: Trace) -> None:
        """Keep what a chunk wrote, in its own transaction."""
        made = {**trace.made, **({"told": trace.told} if trace.told else {})}
        if self.run is not None and (made or trace.changed):
            Batch.objects.create(run=self.run, made=made, changed=trace.changed)

    def _show(self, run: Import, counts: Counts) -> None:
        stored = Import.objects.filter(pk=run.pk)
        stored.update(**asdict(counts))
        if stored.values_list("stop_asked", flat=True).get():
            raise Stopped


def import_table(
    table: Table,
    kind: Kind,
    own: ColumnMap,
    *,
    by: User | None,
    keeper: Keeper,
    request_id: uuid.UUID | None = None,
    dry_run: bool = False,
    all_or_nothing: bool = False,
) -> Counts:
    """Import a table by what its headers say and `own` overrules; as channel `import`, whatever door it came through."""
    reading = reading_of(own, workbook=table.is_workbook, since=table.since)
    mapping = merged(recognise(kind, table.header), own)
    if sentence := sheet_told(table.sheet, table.sheets):
        keeper.note([Note(table.header_line, "", sentence, warning=True)])
    keeper.note(
        Note(table.header_line, name, sentence, warning=True)
        for name, sentence in rivals(kind, table.header, mapping)
        if name not in own.columns  # whoever said which one is meant need not be told
    )
    with channel.through("import", request_id):
        try:
            return carry_out(
                table,
                kind,
                mapping,
                by=by,
                reading=reading,
                watcher=keeper,
                dry_run=dry_run,
                all_or_nothing=all_or_nothing,
            )
        finally:
            if keeper.refused is not None:
                keeper.refused.close()


def reading_of(own: ColumnMap, *, workbook: bool, since: int = 1900) -> Reading:
    """How the cells of a file are read, by what somebody said of it."""
    company = organisation()
    return Reading(
        zone=ZoneInfo(own.time_zone) if own.time_zone else company.zone,
        now=clock.now(),
        formats=own.dates,
        home=company.base_currency,
        decimal=WAYS.get(own.numbers, ""),
        workbook=workbook,
        since=since,
    )


def folder() -> Path:
    """Where files of imports are kept, readable by us alone."""
    found: Path = settings.MEDIA_ROOT / "imports"
    found.mkdir(parents=True, exist_ok=True, mode=0o700)
    return found
