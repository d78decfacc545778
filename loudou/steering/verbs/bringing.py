"""Measures as they were kept elsewhere, and taking back what an import brought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.access import may, require
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.steering import events
from loudou.steering.models import Measure, Note
from loudou.steering.verbs._rules import require_part
from loudou.steering.verbs.following import MEASURE, close_measure, take_measure
from loudou.targets.models import Target
from loudou.tasks import verbs as tasks
from loudou.tasks.models import Task


@dataclass(frozen=True)
class MeasureRow:
    """A measure as it is told."""

    target: Target
    text: str
    owner: User
    due_on: date
    state: str = Measure.State.OPEN
    result: str = ""


@verb
def bring_measure(row: MeasureRow, *, by: User | None) -> Measure:
    """Take over a measure: an open one like any other; what is past or over as history, which is a right of its own."""
    if row.state == Measure.State.OPEN and row.due_on >= organisation().today:
        return take_measure(row.target, text=row.text, owner=row.owner, due_on=row.due_on, by=by)
    require(by, "exchange.import_history")
    require_part(row.target, by)
    if not row.text.strip():
        raise Refused(_("Say what will be done."), field="text")
    if not may(row.owner, "targets.see", row.target):
        raise Refused(_("This person cannot see the target."), field="owner")
    made = Measure.objects.create(
        target=row.target,
        text=row.text.strip()[:300],
        owner=row.owner,
        due_on=row.due_on,
        made_at=clock.now(),
    )
    record(events.MEASURE_TAKEN, row.target, by=by, text=made.text, due=row.due_on)
    if row.state == Measure.State.OPEN:
        return made
    return close_measure(made, state=row.state, result=row.result, by=by)


@verb
def withdraw_measures(keys: Sequence[int], *, by: User | None) -> int:
    """Take measures back that were brought by mistake, with their tasks; returns how many."""
    rows = list(Measure.objects.filter(pk__in=keys).select_related("target"))
    for row in rows:
        require_part(row.target, by)
        for task in Task.objects.of(MEASURE, row.pk).open():
            tasks.drop_task(task, reason=_("import taken back"), by=None)
        record(events.MEASURE_WITHDRAWN, row.target, by=by, text=row.text)
    Measure.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


@verb
def reopen_measure(measure: Measure, *, by: User | None) -> Measure:
    """Let a measure that was closed by mistake be under way again, and its task with it."""
    require_part(measure.target, by)
    fresh = lock(measure)
    if fresh.state == Measure.State.OPEN:
        return fresh
    fresh.state, fresh.result, fresh.closed_at = Measure.State.OPEN, "", None
    fresh.version += 1
    fresh.save()
    record(events.MEASURE_REOPENED, fresh.target, by=by, text=fresh.text)
    task = Task.objects.of(MEASURE, fresh.pk).order_by("-pk").first()
    if task is not None and task.state != Task.State.OPEN:
        tasks.reopen_task(task, by=None)
    return fresh


@verb
def restore_note(note: Note, *, text: str, by: User | None) -> Note:
    """Let an evaluation say again what it said before."""
    require_part(Target(unit=note.unit, person=note.person), by)
    fresh = lock(note)
    fresh.text, fresh.by, fresh.at = text, by, clock.now()
    fresh.version += 1
    fresh.save()
    record(events.NOTED, fresh, by=by, period=organisation().fiscal.name(fresh.period))
    return fresh


@verb
def withdraw_notes(keys: Sequence[int], *, by: User | None) -> int:
    """Take evaluations back that were brought by mistake; returns how many."""
    rows = list(Note.objects.filter(pk__in=keys))
    for row in rows:
        require_part(Target(unit=row.unit, person=row.person), by)
        record(events.NOTE_WITHDRAWN, row, by=by, period=organisation().fiscal.name(row.period))
    Note.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)
