"""Tasks: who has to do what by when, and what came of it."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Any, Literal

from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Status
from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema

from loudou.exchange.api.gate import Call, known_version, sent_version
from loudou.exchange.api.listing import looked, narrowed, page
from loudou.exchange.api.people import named_person
from loudou.exchange.api.rows import sent_about, tagged
from loudou.exchange.api.shapes import (
    GUARDED,
    VERSIONED,
    Asked,
    Code,
    CustomerRef,
    Day,
    DealRef,
    In,
    Key,
    Name,
    Out,
    Page,
    PersonRef,
    Short,
    Version,
    When,
    absent,
    customer_ref,
    deal_ref,
    person_ref,
)
from loudou.people.access import fetch, require
from loudou.tasks import verbs
from loudou.tasks.lens import TaskLens
from loudou.tasks.models import Task
from loudou.tasks.queries.shown import rows

router = Router(tags=["tasks"])
Text = Annotated[str, Field(max_length=4000)]
Outcome = Annotated[str, Field(max_length=500)]
Urgency = Literal["high", "normal", "low"]
_URGENCY: dict[int, Urgency] = {1: "high", 2: "normal", 3: "low"}


def _clock(value: Any) -> time:
    if isinstance(value, time):
        return value
    if not isinstance(value, str) or len(value) != 5:
        raise ValueError("14:30")
    return time.fromisoformat(value)


Clock = Annotated[
    time,
    PlainValidator(_clock),
    PlainSerializer(lambda value: f"{value:%H:%M}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d{2}:\d{2}$", "examples": ["14:30"]}),
]


class TaskTold(Out):
    id: int
    version: int
    code: str
    title: str
    note: str
    owner: PersonRef
    setter: PersonRef | None
    customer: CustomerRef | None
    deal: DealRef | None
    due_on: date | None
    due_time: Clock | None
    priority: Urgency
    origin: str
    origin_key: str
    state: str
    outcome: str
    set_at: When
    ended_at: When | None
    ended_by: PersonRef | None


class TaskPage(Page[TaskTold]):
    pass


class TaskFilter(Asked):
    unit: Short = ""
    owner: Short = ""
    state: Literal["", "done", "dropped", "all"] = ""
    when: Literal["", "overdue", "today", "week", "later", "someday"] = ""
    origin: Short = ""
    customer: Key | None = None
    deal: Key | None = None
    code: Short = ""


class NewTask(In):
    title: Name
    code: Code = absent
    note: Text = ""
    owner: Key | None = None
    customer: Key | None = None
    deal: Key | None = None
    due_on: Day | None = None
    due_time: Clock | None = None
    priority: Urgency = "normal"


class TaskChange(In):
    version: Version | None = None
    title: Name = absent
    note: Text = absent
    customer: Key | None = None
    deal: Key | None = None
    due_on: Day | None = None
    due_time: Clock | None = None
    priority: Urgency = absent


class TaskHandOver(In):
    version: Version | None = None
    owner: Key
    reason: Annotated[str, Field(max_length=300)] = ""


class TaskDone(In):
    version: Version | None = None
    result: Outcome = ""


class TaskDropped(In):
    version: Version | None = None
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class TaskSeen(In):
    version: Version | None = None


@router.get("/tasks", response=TaskPage, summary=_("Tasks"))
def list_tasks(request: Call, asked: Query[TaskFilter]) -> Page[TaskTold]:
    """Those the caller may see, the latest first; unless `state` says otherwise, those that are open."""
    require(request.user, "tasks.see")
    found = narrowed(looked(TaskLens, asked, request.user).tasks, code=asked.code)
    return page(request, found, asked, TaskPage, load=_rows, shape=task_row)


@router.get("/tasks/{int:id}", response=TaskTold, summary=_("A task"))
def get_task(request: Call, id: Key) -> TaskTold:
    return _told(request, _task(request, id))


@router.post("/tasks", response={201: TaskTold}, summary=_("Set a task"))
def set_task(request: Call, body: NewTask) -> Status[TaskTold]:
    """For `owner`, if not the caller; about a deal, a customer or nothing."""
    owner = named_person(request.user, body.owner, "owner")
    task = verbs.set_task(owner, by=request.user, **_values(request, body, "owner"))
    request.place = f"/api/v1/tasks/{task.pk}"
    return Status(201, _told(request, task))


@router.patch("/tasks/{int:id}", response=TaskTold, summary=_("Change a task"), openapi_extra=GUARDED)
def edit_task(request: Call, id: Key, body: TaskChange) -> TaskTold:
    task = _task(request, id)
    version = known_version(request, body.version, "tasks.edit", task)
    values = _values(request, body, "version")
    return _told(request, verbs.edit_task(task, by=request.user, version=version, **values))


@router.post(
    "/tasks/{int:id}/hand-over", response=TaskTold, summary=_("Hand a task over"), openapi_extra=VERSIONED
)
def hand_over_task(request: Call, id: Key, body: TaskHandOver) -> TaskTold:
    task, version = _task(request, id), sent_version(request, body.version)
    owner = named_person(request.user, body.owner, "owner")
    assert owner is not None
    handed = verbs.hand_over_task(task, owner=owner, reason=body.reason, by=request.user, version=version)
    return _told(request, handed)


@router.post("/tasks/{int:id}/finish", response=TaskTold, summary=_("Finish a task"), openapi_extra=VERSIONED)
def finish_task(request: Call, id: Key, body: TaskDone) -> TaskTold:
    """With what came of it. Twice is once."""
    task, version = _task(request, id), sent_version(request, body.version)
    return _told(request, verbs.finish_task(task, result=body.result, by=request.user, version=version))


@router.post("/tasks/{int:id}/drop", response=TaskTold, summary=_("Drop a task"), openapi_extra=VERSIONED)
def drop_task(request: Call, id: Key, body: TaskDropped) -> TaskTold:
    """It need not be done, and why."""
    task, version = _task(request, id), sent_version(request, body.version)
    return _told(request, verbs.drop_task(task, reason=body.reason, by=request.user, version=version))


@router.post(
    "/tasks/{int:id}/reopen", response=TaskTold, summary=_("Take a task up again"), openapi_extra=VERSIONED
)
def reopen_task(request: Call, id: Key, body: TaskSeen) -> TaskTold:
    task, version = _task(request, id), sent_version(request, body.version)
    return _told(request, verbs.reopen_task(task, by=request.user, version=version))


def task_row(task: Task) -> TaskTold:
    return TaskTold(
        id=task.pk,
        version=task.version,
        code=task.code,
        title=task.title,
        note=task.note,
        owner=person_ref(task.owner),
        setter=person_ref(task.setter),
        customer=customer_ref(task.customer),
        deal=deal_ref(task.deal),
        due_on=task.due_on,
        due_time=task.due_time,
        priority=_URGENCY[task.priority],
        origin=task.origin,
        origin_key=task.origin_key,
        state=task.state,
        outcome=task.outcome,
        set_at=task.set_at,
        ended_at=task.ended_at,
        ended_by=person_ref(task.ended_by),
    )


def _rows(keys: list[int]) -> list[Task]:
    return rows(keys)


def _values(request: Call, body: NewTask | TaskChange, *but: str) -> dict[str, Any]:
    """What was sent, in the verbs' own terms."""
    values = sent_about(request, body, *but)
    if "priority" in values:
        values["priority"] = next(code for code, word in _URGENCY.items() if word == values["priority"])
    return values


def _task(request: Call, key: int) -> Task:
    using = Task.objects.select_related("owner__unit", "setter", "customer", "deal", "ended_by")
    return fetch(request.user, Task, key, using=using)


def _told(request: Call, task: Task) -> TaskTold:
    return task_row(tagged(request, task))
