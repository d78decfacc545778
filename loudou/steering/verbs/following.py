"""Following targets up: evaluating a week or month, naming causes, taking measures and closing them, reminding."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.numbers import MILLIONTH, rounded
from loudou.kernel.periods import Grain, Period
from loudou.kernel.refusals import Refused
from loudou.people.access import may, require
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.steering import events
from loudou.steering.models import Ask, Measure, Note
from loudou.steering.verbs._rules import require_part
from loudou.targets.models import Target
from loudou.tasks import verbs as tasks
from loudou.tasks.models import Task

MEASURE = "measure"  # what tasks of measures come from
ANSWER_WITHIN = timedelta(days=3)


@verb
def evaluate(
    target: Target, *, period: Period, text: str, by: User | None, version: int | None = None
) -> Note:
    """Write what one says of a week or month that is over, of the target's owner; written again it is changed."""
    require_part(target, by)
    company = organisation()
    grains = [company.fiscal.of(period.start, grain) for grain in (Grain.WEEK, Grain.MONTH)]
    if period not in grains or period.overlap(target.period) is None:
        raise Refused(_("An evaluation is of a week or month of the target's period."), field="period")
    if period.end > company.today:
        raise Refused(_("This period is not over yet."), field="period")
    if not text.strip():
        raise Refused(_("Say what went well, what did not, and why."), field="text")
    whose = {"unit": target.unit, "person": target.person, "starts_on": period.start, "ends_on": period.end}
    note = Note.objects.filter(**whose).first()
    if note is not None:
        note = lock(note, version=version, sent={"text": text})
        note.version += 1
    note = note or Note(**whose)
    note.text, note.by, note.at = text.strip()[:1000], by, clock.now()
    note.save()
    record(events.NOTED, target, by=by, period=company.fiscal.name(period))
    return note


@verb
def ask_for_causes(target: Target, *, gap: Decimal, owners: Sequence[User], by: User | None) -> Ask:
    """Ask the owners of a target that is behind for causes and measures; asked once, until it is answered anew."""
    require(by, "targets.set", target)
    now = clock.now()
    due_on = organisation().today + ANSWER_WITHIN
    ask, _made = Ask.objects.get_or_create(
        target=target, defaults={"asked_at": now, "due_on": due_on, "gap": rounded(gap, MILLIONTH)}
    )
    record(events.ASKED, target, by=by, notify=owners)
    return ask


@verb
def answer(target: Target, *, causes: str, by: User | None, version: int | None = None) -> Ask:
    """Name the causes why a target is behind, asked or not."""
    require_part(target, by)
    if not causes.strip():
        raise Refused(_("Name the causes."), field="causes")
    now = clock.now()
    today = organisation().today
    ask, made = Ask.objects.get_or_create(
        target=target, defaults={"asked_at": now, "due_on": today, "gap": Decimal(0)}
    )
    fresh = lock(ask, version=None if made else version, sent={"causes": causes})
    fresh.causes, fresh.answered_at = causes.strip()[:1000], now
    fresh.version += 1
    fresh.save()
    record(events.ANSWERED, target, by=by, causes=fresh.causes)
    return fresh


@verb
def take_measure(target: Target, *, text: str, owner: User, due_on: date, by: User | None) -> Measure:
    """Take a measure for a target: what is done, by whom, by when."""
    require_part(target, by)
    if not text.strip():
        raise Refused(_("Say what will be done."), field="text")
    if due_on < organisation().today:
        raise Refused(_("A measure is due today or later."), field="due_on")
    if not may(owner, "targets.see", target):
        raise Refused(_("This person cannot see the target."), field="owner")
    made = Measure.objects.create(
        target=target, text=text.strip()[:300], owner=owner, due_on=due_on, made_at=clock.now()
    )
    record(events.MEASURE_TAKEN, target, by=by, text=made.text, due=due_on)
    _set_task(made)
    return made


def _set_task(measure: Measure) -> None:
    """The task of a new measure: one that a file of tasks brought for it already, else a task of its own."""
    title, due_on, key = measure.text[:200], measure.due_on, str(measure.pk)
    source = {"origin": MEASURE, "origin_key": key}
    if tasks.take_for(measure.owner, title=title, due_on=due_on, by=None, **source) is None:
        note = f"{measure.target} {organisation().fiscal.name(measure.target.period)}"
        tasks.set_task(measure.owner, title=title, due_on=due_on, note=note, by=None, **source)


@verb
def close_measure(
    measure: Measure, *, state: str, result: str, by: User | None, version: int | None = None
) -> Measure:
    """Say what came of a measure: it is done, or dropped; its owner says so, or who may steer the target."""
    if by is None or by.pk != measure.owner_id:
        require_part(measure.target, by)
    fresh = lock(measure, version=version, sent={"result": result})
    if fresh.state != Measure.State.OPEN:
        raise Refused(_("This measure is closed already."))
    if state not in (Measure.State.DONE, Measure.State.DROPPED):
        raise Refused(_("A measure is done or dropped."), field="state")
    if not result.strip():
        raise Refused(_("Say what came of it."), field="result")
    _close(fresh, state, result, by)
    for task in Task.objects.of(MEASURE, fresh.pk).open():
        if state == Measure.State.DONE:
            tasks.finish_task(task, result=result.strip()[:500], by=None)
        else:
            tasks.drop_task(task, reason=result.strip()[:500], by=None)
    return fresh


@verb
def end_with_task(task: Task, *, by: User | None) -> None:
    """A measure whose task has ended has ended with it: what came of the one came of the other."""
    if task.origin != MEASURE:
        return
    found = Measure.objects.filter(pk=task.origin_key, state=Measure.State.OPEN).first()
    if found is not None:
        _close(lock(found), task.state, task.outcome or task.title, by)


def _close(fresh: Measure, state: str, result: str, by: User | None) -> None:
    fresh.state, fresh.result, fresh.closed_at = state, result.strip()[:600], clock.now()
    fresh.version += 1
    fresh.save()
    record(events.MEASURE_CLOSED, fresh.target, by=by, text=fresh.text, result=fresh.result)


@verb
def remind_of_measures(measures: Sequence[Measure], *, by: User | None) -> int:
    """Tell the owners of overdue measures, each once a week; returns how many."""
    require(by, "targets.set")
    today = organisation().today
    for measure in measures:
        told = {"text": measure.text, "due": measure.due_on}
        record(events.MEASURE_DUE, measure.target, by=by, notify=[measure.owner], **told)
        measure.reminded_on = today
        measure.save(update_fields=["reminded_on"])
    return len(measures)


@verb
def remind_of_notes(users: Sequence[User], *, period: Period, by: User | None) -> int:
    """Tell who has not evaluated a week or month; returns how many."""
    require(by, "targets.set")
    company = organisation()
    record(events.NOTE_DUE, company, by=by, notify=users, period=company.fiscal.name(period))
    return len(users)
