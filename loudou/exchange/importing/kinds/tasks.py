"""Tasks: what people have to do, as they kept it elsewhere; what is over comes with what came of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.exchange.importing import cells, columns
from loudou.exchange.importing.alike import as_there, narrow
from loudou.exchange.importing.engine import Run, each
from loudou.exchange.importing.kinds._about import BLAMED, bring, known, resolved, said
from loudou.exchange.importing.reading import Bad, Reading
from loudou.exchange.importing.references import remember
from loudou.exchange.importing.spec import Column, Kind, Row, register
from loudou.journal.record import plain
from loudou.kernel.refusals import Refused
from loudou.people.access import may
from loudou.tasks import verbs
from loudou.tasks.models import Task

_FIELDS = ("title", "note", "customer", "deal", "due_on", "due_time", "priority")
_ENDED = ("state", "outcome", "ended_at")
_PRIORITIES = {"high": Task.Priority.HIGH, "normal": Task.Priority.NORMAL, "low": Task.Priority.LOW}
_CLOCK = re.compile(r"([01]?\d|2[0-3])[:：]([0-5]\d)(?:[:：][0-5]\d)?")


def take(rows: Sequence[Row], run: Run) -> None:
    """Take over tasks that are new, change those that came before; without the right to history only open ones."""
    good = resolved(rows, run)
    there = known(Task.objects.select_related("owner", "setter", "customer", "deal"), good, run, _told_by)
    fresh = [row for row in good if id(row) not in there]
    if may(run.by, "exchange.import_history"):
        wanted = [verbs.TaskRow(**said(row, ("owner", "code", *_FIELDS, *_ENDED))) for row in fresh]
        bring(fresh, wanted, verbs.import_tasks, run, _told_by)
    else:
        each(fresh, lambda row: _set(row, run), **BLAMED)
    each([row for row in good if id(row) in there], lambda row: _change(there[id(row)], row, run), **BLAMED)


def _told_by(values: Mapping[str, Any]) -> tuple[Any, ...]:
    """What tells tasks apart that have neither code nor source."""
    names = ("title", "owner_username", "customer_code", "deal_code", "due_on")
    return tuple(values.get(name) for name in names)


def _set(row: Row, run: Run) -> str:
    values = row.values
    if values.get("state", Task.State.OPEN) != Task.State.OPEN:
        raise Refused(_("What is over can be imported only with the right to history."), field="state")
    task = verbs.set_task(values["owner"], by=run.by, **said(row, ("code", *_FIELDS)))
    run.trace.note_made("tasks.task", [task.pk])
    if not run.dry:
        remember(run, [(row, task.pk)], fallback=_told_by)
    return "new"


def _change(task: Task, row: Row, run: Run) -> str:
    values = row.values
    if task.owner_id != values["owner"].pk:
        raise Refused(_("It is somebody else's; hand it over instead."), field="owner")
    state = values.get("state", task.state)
    if state != task.state:
        return _end(task, state, values, run)
    told = as_there(task, said(row, _FIELDS))
    before = {name: plain(getattr(task, name)) for name in told if getattr(task, name) != told[name]}
    if not before:
        return "unchanged"
    verbs.edit_task(task, by=run.by, **{name: told[name] for name in before})
    run.trace.note_changed(task, before)
    return "changed"


def _end(task: Task, state: str, values: Mapping[str, Any], run: Run) -> str:
    outcome = values.get("outcome", "")
    before = {"state": task.state, "outcome": task.outcome}
    if state == Task.State.DONE:
        verbs.finish_task(task, result=outcome, by=run.by)
    elif state == Task.State.DROPPED:
        verbs.drop_task(task, reason=outcome, by=run.by)
    else:
        verbs.reopen_task(task, by=run.by)
    run.trace.note_changed(task, before)
    return "changed"


def _clock(raw: str, reading: Reading) -> time:
    found = _CLOCK.fullmatch(narrow(raw).strip())
    if found is None:
        raise Bad(_("Write a time such as 14:30."))
    return time(int(found[1]), int(found[2]))


def _priority(raw: str, reading: Reading) -> int:
    return _PRIORITIES[_read_priority(raw, reading)]


_read_priority = cells.word(
    lambda: {name: value.label for name, value in _PRIORITIES.items()},
    high=("紧急", "緊急", "urgent", "1", "P1"),
    normal=("中", "一般", "medium", "2", "P2"),
    low=("3", "P3"),
)
register(
    Kind(
        name="tasks",
        title=gettext_lazy("Tasks"),
        rights=("tasks.set", "exchange.import_history"),
        order=85,
        together="owner_username",
        take=take,
        key=lambda values: values.get("code"),
        columns=(
            columns.number("任务编号", "任務編號", "task_id", "ID"),
            Column(
                "title",
                gettext_lazy("what is to be done"),
                cells.text(200),
                required=True,
                aliases=("任务", "任務", "任务名称", "任務名稱", "标题", "標題", "待办", "待辦", "subject"),
            ),
            columns.owner(
                "执行人", "執行人", "Assigned to user", title=gettext_lazy("to be done by"), required=True
            ),
            Column(
                "due_on",
                gettext_lazy("due on"),
                cells.day,
                aliases=("截止日期", "到期日", "完成期限", "due_date", "due date"),
            ),
            Column("due_time", gettext_lazy("at"), _clock, aliases=("截止时间", "截止時間", "due_time")),
            Column(
                "priority", gettext_lazy("priority"), _priority, aliases=("优先级", "優先順序", "紧急程度")
            ),
            columns.customer_code("customer"),
            columns.deal_code("deal"),
            Column(
                "note", gettext_lazy("details"), cells.text(4000), aliases=("说明", "說明", "备注", "備註")
            ),
            Column(
                "state",
                gettext_lazy("state"),
                cells.word(
                    lambda: dict(Task.State.choices),
                    open=("未完成", "进行中", "進行中", "todo", "not started"),
                    done=("已完成", "completed", "closed"),
                    dropped=("已取消", "取消", "作废", "cancelled"),
                ),
                aliases=("状态", "狀態", "status"),
            ),
            Column(
                "outcome",
                gettext_lazy("result"),
                cells.text(500),
                aliases=("结果", "結果", "完成情况", "完成情況"),
            ),
            Column(
                "ended_at",
                gettext_lazy("ended at"),
                cells.past,
                aliases=("完成时间", "完成時間", "completed_at"),
            ),
            *columns.origin(),
        ),
    )
)
