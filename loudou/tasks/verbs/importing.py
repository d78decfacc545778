"""Tasks that another system kept, taken over as they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.utils.translation import gettext as _

from loudou.customers.models import Customer
from loudou.journal.bulk import copy_in, reserve_keys
from loudou.journal.record import lock, record, record_each, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused, attempted
from loudou.people.access import require
from loudou.people.models import User
from loudou.pipeline.models import Deal
from loudou.tasks import events
from loudou.tasks.models import Task
from loudou.tasks.origins import HAND
from loudou.tasks.verbs._values import FIELDS, cleaned, next_codes, settle, text


@dataclass(frozen=True)
class TaskRow:
    """A task as a file tells it; names are resolved already."""

    title: str
    owner: User
    code: str = ""
    note: str = ""
    customer: Customer | None = None
    deal: Deal | None = None
    due_on: date | None = None
    due_time: time | None = None
    priority: int = Task.Priority.NORMAL
    state: str = Task.State.OPEN
    outcome: str = ""
    ended_at: datetime | None = None


@verb
def import_tasks(rows: Sequence[TaskRow], *, by: User | None, dry_run: bool = False) -> list[Task | Refused]:
    """Take over tasks as they were, ended ones among them; nobody is notified.

    Returns an outcome a row, in order: the task, or why not. With `dry_run` nothing is written.
    """
    require(by, "exchange.import_history")
    codes = set(Task.objects.filter(code__in={row.code for row in rows}).values_list("code", flat=True))
    outcomes = attempted(rows, lambda row: _made(row, codes, by))
    made = [outcome for outcome in outcomes if isinstance(outcome, Task)]
    if made and not dry_run:
        _write(made)
        record_each(events.IMPORTED, ((row, {"code": row.code, "state": row.state}) for row in made), by=by)
    return outcomes


@verb
def take_for(
    owner: User, *, title: str, due_on: date, origin: str, origin_key: str, by: User | None
) -> Task | None:
    """Let the open task that says the same belong to what it came from elsewhere; None where there is none.

    An export holds both a measure and its task: the file of tasks came first and could not name the measure.
    """
    by_hand = Task.objects.open().filter(origin=HAND, deal=None, customer=None)
    found = by_hand.filter(owner=owner, title=title, due_on=due_on).order_by("code").first()
    if found is None:
        return None
    task = lock(found)
    task.origin, task.origin_key = origin, origin_key
    task.version += 1
    task.save()
    record(events.SET, task, by=by, owner=owner.name, due_on=due_on)
    return task


@verb
def withdraw_tasks(keys: Sequence[int], *, by: User | None) -> None:
    """Take tasks back that an import brought by mistake."""
    require(by, "exchange.import_history")
    rows = list(Task.objects.filter(pk__in=keys))
    record_each(events.WITHDRAWN, ((row, {"code": row.code}) for row in rows), by=by)
    Task.objects.filter(pk__in=[row.pk for row in rows]).delete()


def _made(row: TaskRow, codes: set[str], by: User | None) -> Task:
    clean: dict[str, Any] = cleaned({name: getattr(row, name) for name in ("code", *FIELDS)})
    if clean["code"] and clean["code"] in codes:
        sentence = _("A task with the number “{code}” exists.")
        raise Refused(sentence.format(code=clean["code"]), field="code")
    now = clock.now()
    task = Task(owner=row.owner, setter=by, set_at=now, state=row.state, **clean)
    settle(task)
    if row.state != Task.State.OPEN:
        task.outcome = text("outcome", row.outcome)
        task.ended_at, task.ended_by = row.ended_at or now, row.owner
        task.set_at = min(now, task.ended_at)
    elif not row.owner.is_active:
        raise Refused(_("{name} has left.").format(name=row.owner.name), field="owner")
    if row.state == Task.State.DROPPED and not task.outcome:
        raise Refused(_("Say why it need not be done."), field="outcome")
    codes.add(clean["code"])
    return task


def _write(made: Sequence[Task]) -> None:
    unnamed = [row for row in made if not row.code]
    codes = next_codes(len(unnamed), {row.code for row in made})
    for row, code in zip(unnamed, codes, strict=True):
        row.code = code
    for row, key in zip(made, reserve_keys(Task, len(made)), strict=True):
        row.pk = key
    copy_in(Task, made, with_keys=True)
