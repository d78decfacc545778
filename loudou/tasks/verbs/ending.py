"""Finishing a task, dropping it, taking it up again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from django.utils.translation import gettext as _

from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.pipeline import verbs as pipeline
from loudou.pipeline.models import Deal, StageTask
from loudou.tasks import events
from loudou.tasks.models import Task
from loudou.tasks.verbs._telling import tell_change
from loudou.tasks.verbs._values import refuse_ended, text

# Rooms above whose things gave rise to a task say here what follows when it ends.
after_end: list[Callable[..., None]] = []


@verb
def finish_task(task: Task, *, by: User | None, result: str = "", version: int | None = None) -> Task:
    """It is done, with what came of it; who set it hears of it. Twice is once."""
    require(by, "tasks.edit", task)
    fresh = lock(task, version=version)
    if fresh.state == Task.State.DONE:
        return fresh
    _end(fresh, Task.State.DONE, result, by)
    record(events.FINISHED, fresh, by=by, result=fresh.outcome, notify=_others(fresh))
    _tell(fresh, by)
    return fresh


@verb
def drop_task(task: Task, *, reason: str, by: User | None, version: int | None = None) -> Task:
    """It need not be done, and why; who set it, and whose it is, hear of it."""
    require(by, "tasks.edit", task)
    fresh = lock(task, version=version)
    if not reason.strip():
        raise Refused(_("Say why it need not be done."), field="reason")
    _end(fresh, Task.State.DROPPED, reason, by)
    record(events.DROPPED, fresh, by=by, reason=fresh.outcome, notify=_others(fresh))
    _tell(fresh, by)
    return fresh


@verb
def reopen_task(task: Task, *, by: User | None, version: int | None = None) -> Task:
    """It is to be done after all."""
    require(by, "tasks.edit", task)
    fresh = lock(task, version=version)
    if fresh.is_open:
        return fresh
    if not fresh.owner.is_active:
        raise Refused(_("{name} has left.").format(name=fresh.owner.name))
    fresh.state, fresh.outcome, fresh.ended_at, fresh.ended_by = Task.State.OPEN, "", None, None
    fresh.version += 1
    fresh.save()
    record(events.REOPENED, fresh, by=by, notify=_others(fresh))
    tell_change(fresh)
    return fresh


@verb
def finish_tasks(
    tasks: Iterable[Task], *, by: User | None, of_stages: Sequence[tuple[Deal, StageTask]] = ()
) -> int:
    """Several are done at once, tasks of stages among them; returns how many."""
    finished = [finish_task(task, by=by) for task in tasks]
    done = [pipeline.complete_task(deal, task=task, by=by) for deal, task in of_stages]
    return len(finished) + len(done)


def _end(task: Task, state: str, outcome: str, by: User | None) -> None:
    refuse_ended(task)
    task.outcome = text("outcome", outcome)
    task.state, task.ended_at, task.ended_by = state, clock.now(), by
    task.version += 1
    task.save()


def _tell(task: Task, by: User | None) -> None:
    for follow in after_end:
        follow(task, by=by)


def _others(task: Task) -> list[User]:
    """Who has to do with it."""
    return [user for user in (task.owner, task.setter) if user is not None and user.is_active]
