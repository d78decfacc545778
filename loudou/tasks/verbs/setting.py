"""Setting a task, changing it, handing it over, putting it off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from loudou.journal.record import changes, lock, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.access import may, require
from loudou.people.models import User
from loudou.tasks import events
from loudou.tasks.models import Task
from loudou.tasks.origins import HAND, ORIGINS
from loudou.tasks.verbs._telling import tell_change
from loudou.tasks.verbs._values import cleaned, next_codes, refuse_ended, refuse_unseen, settle


@verb
def set_task(
    owner: User | None = None,
    *,
    title: str,
    by: User | None,
    origin: str = HAND,
    origin_key: str = "",
    **details: Any,
) -> Task:
    """Give a person something to do: note, deal, customer, due_on, due_time, priority, code. Without an owner oneself.

    `origin` and `origin_key` name what it came from (`tasks.origins`). Refused: somebody who has left or is out of
    one's reach, a deal or customer that either may not see.
    """
    require(by, "tasks.set")
    owner = owner or by
    if owner is None:
        raise Refused(_("Say who is to do it."), field="owner")
    if origin not in ORIGINS:
        raise Refused(_("Nothing is known of where this comes from."), field="origin")
    task = Task(owner=owner, origin=origin, origin_key=origin_key, set_at=clock.now())
    _refuse_owner(task, by)
    for name, value in cleaned({"title": title, **details}).items():
        setattr(task, name, value)
    settle(task)
    refuse_unseen(owner, by, task.deal, task.customer)
    task.setter, task.code = by, task.code or next_codes(1)[0]
    try:
        with transaction.atomic():
            task.save(force_insert=True)
    except IntegrityError:
        sentence = _("A task with the number “{code}” exists.")
        raise Refused(sentence.format(code=task.code), field="code") from None
    record(events.SET, task, by=by, owner=owner.name, due_on=task.due_on, notify=[owner])
    return task


@verb
def edit_task(task: Task, *, by: User | None, version: int | None = None, **values: Any) -> Task:
    """Change what is to be done, about what, by when. Its owner hears of it from anybody else."""
    require(by, "tasks.edit", task)
    fresh = lock(task, version=version, sent=values)
    refuse_ended(fresh)
    clean = cleaned(values)
    changed = changes(fresh, clean)
    if not changed:
        return fresh
    for name in changed:
        setattr(fresh, name, clean[name])
    if "deal" in changed and "customer" not in changed:
        fresh.customer = None
    settle(fresh)
    if {"deal", "customer"} & set(changed):
        refuse_unseen(fresh.owner, by, fresh.deal, fresh.customer)
    fresh.version += 1
    fresh.save()
    record(events.EDITED, fresh, by=by, changes=changed, notify=[fresh.owner])
    tell_change(fresh)
    return fresh


@verb
def hand_over_task(
    task: Task, *, owner: User, by: User | None, reason: str = "", version: int | None = None
) -> Task:
    """Let somebody else do it, who must be within one's reach; both they and who had it hear of it."""
    require(by, "tasks.edit", task)
    fresh = lock(task, version=version)
    refuse_ended(fresh)
    if fresh.owner_id == owner.pk:
        return fresh
    former, fresh.owner = fresh.owner, owner
    _refuse_owner(fresh, by)
    refuse_unseen(owner, None, fresh.deal, fresh.customer)
    fresh.version += 1
    fresh.save()
    record(events.HANDED_OVER, fresh, by=by, owner=owner.name, reason=reason[:300], notify=[owner, former])
    tell_change(fresh)
    return fresh


@verb
def postpone_tasks(tasks: Sequence[Task], *, due_on: date, by: User | None) -> int:
    """Put several open tasks off until a day; returns how many moved."""
    moved = 0
    for task in tasks:
        require(by, "tasks.edit", task)
        fresh = lock(task)
        refuse_ended(fresh)
        if fresh.due_on != due_on:
            fresh.due_on = due_on
            fresh.version += 1
            fresh.save()
            record(events.POSTPONED, fresh, by=by, due_on=due_on, notify=[fresh.owner])
            tell_change(fresh)
            moved += 1
    return moved


def _refuse_owner(task: Task, by: User | None) -> None:
    """Refuse an owner who has left, or to whom the person may not give anything to do."""
    if not task.owner.is_active:
        raise Refused(_("{name} has left.").format(name=task.owner.name), field="owner")
    if not may(task.owner, "tasks.edit"):
        sentence = _("{name} keeps no tasks here; choose somebody else.")
        raise Refused(sentence.format(name=task.owner.name), field="owner")
    asked = Task(owner=task.owner)
    if not may(by, "tasks.set", asked):
        raise Forbidden(_("You may not set tasks for {name}.").format(name=task.owner.name), field="owner")
