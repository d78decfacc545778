"""Reports of periods and meetings."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from django.http import Http404
from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Status
from pydantic import Field

from loudou.exchange.api.gate import Call, sent_version
from loudou.exchange.api.listing import looked, page
from loudou.exchange.api.people import named_person, named_unit
from loudou.exchange.api.problems import invalid
from loudou.exchange.api.rows import tagged, there
from loudou.exchange.api.shapes import (
    VERSIONED,
    Asked,
    Day,
    In,
    Instant,
    Key,
    OfPeriod,
    Out,
    Page,
    PersonRef,
    Short,
    UnitRef,
    Version,
    When,
    person_ref,
    unit_ref,
)
from loudou.people.access import fetch, require
from loudou.people.models import Unit
from loudou.people.queries import organisation
from loudou.reviews import verbs
from loudou.reviews.lens import MEETING_ORDER, ORDER, MeetingLens, PackLens
from loudou.reviews.models import Meeting, Pack

router = Router(tags=["reviews"])
Text = Annotated[str, Field(max_length=4000)]
Line = Annotated[str, Field(min_length=1, max_length=300)]


class PackRow(Out):
    id: int
    version: int
    kind: str
    owner: PersonRef
    about: UnitRef | None
    period: str
    state: str
    assembled_at: When
    content: list[dict[str, Any]]
    causes: str
    lessons: str
    help_needed: str
    plan: str
    handed_in_at: When | None
    content_hash: str
    read_at: When | None
    read_by: PersonRef | None
    opinion: str


class TodoRow(Out):
    task: int
    what: str
    owner: PersonRef
    due_on: date | None
    state: str
    outcome: str


class MeetingRow(Out):
    id: int
    version: int
    unit: UnitRef
    chair: PersonRef
    starts_at: When
    place: str
    state: str
    previous: int | None
    agenda: list[dict[str, Any]]
    assembled_at: When
    minutes: str
    decisions: list[str]
    actions: list[TodoRow]
    held_at: When | None
    reason: str


class PackPage(Page[PackRow]):
    pass


class MeetingPage(Page[MeetingRow]):
    pass


class PackFilter(OfPeriod):
    kind: Short = ""
    state: Short = ""


class MeetingFilter(Asked):
    unit: Short = ""
    period: Short = ""
    state: Short = ""


class NewPack(In):
    kind: Literal["report", "duty"]
    period: Annotated[str, Field(max_length=20, description="2026-04, 2026-Q2 or 2026.")]
    about: Key | None = None


class PackTexts(In):
    version: Version | None = None
    causes: Text = ""
    lessons: Text = ""
    help_needed: Text = ""
    plan: Text = ""


class SeenReport(In):
    version: Version | None = None


class NewMeeting(In):
    unit: Key
    starts_at: Instant
    place: Annotated[str, Field(max_length=120)] = ""


class NewTodo(In):
    what: Annotated[str, Field(min_length=1, max_length=200)]
    owner: Key
    due_on: Day


class Minutes(In):
    version: Version | None = None
    minutes: Annotated[str, Field(min_length=1, max_length=8000)]
    decisions: Annotated[list[Line], Field(max_length=20)] = []
    actions: Annotated[list[NewTodo], Field(max_length=20)] = []


class CallOff(In):
    version: Version | None = None
    reason: Line


@router.get("/period-reports", response=PackPage, summary=_("Reports of periods"))
def list_period_reports(request: Call, asked: Query[PackFilter]) -> Page[PackRow]:
    """The latest period first; drafts are their writer's alone."""
    require(request.user, "reviews.see")
    found = looked(PackLens, asked, request.user).packs
    return page(request, found, asked, PackPage, order=ORDER, load=_load_packs, shape=pack_row)


@router.get("/period-reports/{int:id}", response=PackRow, summary=_("A report of a period"))
def get_period_report(request: Call, id: Key) -> PackRow:
    return _told_pack(request, id)


@router.post("/period-reports", response={201: PackRow}, summary=_("Begin a report of a period"))
def open_period_report(request: Call, body: NewPack) -> Status[PackRow]:
    """Its figures are put together from the records; one that is there already is answered as it is."""
    user = request.user
    require(user, "reviews.write")
    try:
        period = organisation().fiscal.parse(body.period)
    except ValueError:
        raise invalid({"period": _("This value cannot be read.")}) from None
    about = named_unit(body.about, "about") if body.about is not None else None
    made = verbs.open_pack(body.kind, period=period, about=about, by=user)
    request.place = f"/api/v1/period-reports/{made.pk}"
    return Status(201, _told_pack(request, made.pk))


@router.post(
    "/period-reports/{int:id}/texts", response=PackRow, summary=_("Write on it"), openapi_extra=VERSIONED
)
def write_period_report(request: Call, id: Key, body: PackTexts) -> PackRow:
    """Only the fields that are sent are changed."""
    found, version = _pack(request, id), sent_version(request, body.version)
    said = body.model_dump(exclude={"version"}, exclude_unset=True)
    verbs.write_pack(found, by=request.user, version=version, **said)
    return _told_pack(request, id)


@router.post(
    "/period-reports/{int:id}/assemble",
    response=PackRow,
    summary=_("Assemble it anew"),
    openapi_extra=VERSIONED,
)
def assemble_period_report(request: Call, id: Key, body: SeenReport) -> PackRow:
    version = sent_version(request, body.version)
    verbs.refresh_pack(_pack(request, id), by=request.user, version=version)
    return _told_pack(request, id)


@router.post(
    "/period-reports/{int:id}/hand-in", response=PackRow, summary=_("Hand it in"), openapi_extra=VERSIONED
)
def hand_in_period_report(request: Call, id: Key, body: SeenReport) -> PackRow:
    """Frozen as it is; the superior reads it and signs with an opinion."""
    version = sent_version(request, body.version)
    verbs.hand_in(_pack(request, id), by=request.user, version=version)
    return _told_pack(request, id)


@router.get("/meetings", response=MeetingPage, summary=_("Meetings"))
def list_meetings(request: Call, asked: Query[MeetingFilter]) -> Page[MeetingRow]:
    """The latest first."""
    require(request.user, "reviews.see")
    found = looked(MeetingLens, asked, request.user).meetings
    return page(
        request, found, asked, MeetingPage, order=MEETING_ORDER, load=_load_meetings, shape=meeting_row
    )


@router.get("/meetings/{int:id}", response=MeetingRow, summary=_("A meeting"))
def get_meeting(request: Call, id: Key) -> MeetingRow:
    return _told_meeting(request, id)


@router.post("/meetings", response={201: MeetingRow}, summary=_("Call a meeting"))
def plan_meeting(request: Call, body: NewMeeting) -> Status[MeetingRow]:
    """Of a unit the caller leads; its agenda comes from the records."""
    user = request.user
    require(user, "reviews.meet")
    unit = named_unit(body.unit, "unit")
    assert unit is not None
    made = verbs.plan_meeting(unit, starts_at=body.starts_at, place=body.place, by=user)
    request.place = f"/api/v1/meetings/{made.pk}"
    return Status(201, _told_meeting(request, made.pk))


@router.post(
    "/meetings/{int:id}/minutes", response=MeetingRow, summary=_("Write its minutes"), openapi_extra=VERSIONED
)
def write_minutes(request: Call, id: Key, body: Minutes) -> MeetingRow:
    """Each action becomes a task."""
    found, version = fetch(request.user, Meeting, id), sent_version(request, body.version)
    todos = [
        verbs.Todo(one.what, named_person(request.user, one.owner, "actions"), one.due_on)
        for one in body.actions
    ]
    verbs.hold_meeting(
        found,
        minutes=body.minutes,
        decisions=body.decisions,
        todos=todos,
        by=request.user,
        version=version,
    )
    return _told_meeting(request, id)


@router.post(
    "/meetings/{int:id}/cancel", response=MeetingRow, summary=_("Call it off"), openapi_extra=VERSIONED
)
def cancel_meeting(request: Call, id: Key, body: CallOff) -> MeetingRow:
    found, version = fetch(request.user, Meeting, id), sent_version(request, body.version)
    verbs.cancel_meeting(found, reason=body.reason, by=request.user, version=version)
    return _told_meeting(request, id)


def pack_row(pack: Pack) -> PackRow:
    return PackRow(
        id=pack.pk,
        version=pack.version,
        kind=pack.kind,
        owner=person_ref(pack.owner),
        about=unit_ref(pack.about),
        period=organisation().fiscal.name(pack.period),
        state=pack.state,
        assembled_at=pack.assembled_at,
        content=pack.content,
        causes=pack.causes,
        lessons=pack.lessons,
        help_needed=pack.help_needed,
        plan=pack.plan,
        handed_in_at=pack.handed_in_at,
        content_hash=pack.content_hash,
        read_at=pack.read_at,
        read_by=person_ref(pack.read_by),
        opinion=pack.opinion,
    )


def meeting_row(meeting: Meeting) -> MeetingRow:
    unit = unit_ref(meeting.unit)
    assert unit is not None
    return MeetingRow(
        id=meeting.pk,
        version=meeting.version,
        unit=unit,
        chair=person_ref(meeting.chair),
        starts_at=meeting.starts_at,
        place=meeting.place,
        state=meeting.state,
        previous=meeting.previous_id,
        agenda=meeting.agenda,
        assembled_at=meeting.assembled_at,
        minutes=meeting.minutes,
        decisions=meeting.decisions,
        actions=[_todo(one.task) for one in meeting.actions.all()],
        held_at=meeting.held_at,
        reason=meeting.reason,
    )


def _todo(task: Any) -> TodoRow:
    return TodoRow(
        task=task.pk,
        what=task.title,
        owner=person_ref(task.owner),
        due_on=task.due_on,
        state=task.state,
        outcome=task.outcome,
    )


def _unit(key: int, field: str) -> Unit:
    return there(Unit.objects.filter(pk=key, retired_at=None).first(), field)


def _packs() -> Any:
    return Pack.objects.select_related("owner", "about", "read_by")


def _meetings() -> Any:
    return Meeting.objects.select_related("unit", "chair").prefetch_related("actions__task__owner")


def _load_packs(keys: list[int]) -> list[Pack]:
    return list(_packs().filter(pk__in=keys))


def _load_meetings(keys: list[int]) -> list[Meeting]:
    return list(_meetings().filter(pk__in=keys))


def _pack(request: Call, key: int) -> Pack:
    found: Pack = fetch(request.user, Pack, key, using=_packs())
    if found.handed_in_at is None and found.owner_id != request.user.pk:
        raise Http404
    return found


def _told_pack(request: Call, key: int) -> PackRow:
    return pack_row(tagged(request, _pack(request, key)))


def _told_meeting(request: Call, key: int) -> MeetingRow:
    return meeting_row(tagged(request, fetch(request.user, Meeting, key, using=_meetings())))
