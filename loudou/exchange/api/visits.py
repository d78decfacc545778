"""Visits: planned, signed, made, recorded, gone through (C3). Signing is done among the requests."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Status
from pydantic import Field

from loudou.exchange.api.attaching import Attachment, take
from loudou.exchange.api.gate import Call, known_version, sent_version
from loudou.exchange.api.listing import looked, narrowed, page
from loudou.exchange.api.people import named_person
from loudou.exchange.api.rows import sent_about, tagged, there
from loudou.exchange.api.shapes import (
    GUARDED,
    VERSIONED,
    Asked,
    CustomerRef,
    Day,
    DealRef,
    In,
    Instant,
    Key,
    Long,
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
    sent,
)
from loudou.fieldwork import verbs
from loudou.fieldwork.lens.visits import ORDER, VisitLens
from loudou.fieldwork.models import VisitFile, VisitPlan, VisitRecord
from loudou.fieldwork.queries.visits import record_of, rows
from loudou.people.access import fetch, require
from loudou.pipeline.models import EvidenceKind
from loudou.ui import uploads

router = Router(tags=["visits"])
Method = Literal["on_site", "phone", "video"]
State = Literal[
    "draft", "submitted", "returned", "approved", "executed", "recorded", "reviewed", "cancelled", "expired"
]
Line = Annotated[str, Field(max_length=300)]
Lines = Annotated[list[Line], Field(max_length=6)]
Answer = Annotated[str, Field(max_length=600)]


class MetPerson(In):
    name: Annotated[str, Field(min_length=1, max_length=60)]
    title: Annotated[str, Field(max_length=60)] = ""


class Answered(In):
    question: Line = ""
    answer: Answer = ""


class FileRef(Out):
    name: str
    kind: str
    size: int
    sha256: str


class RecordRow(Out):
    people: list[list[str]]
    results: list[str]
    answers: list[list[str]]
    unresolved: list[str]
    concerns: str
    ours: str
    theirs: str
    competitors: str
    marks: list[int]
    files: list[FileRef]
    recorded_at: When
    late: bool
    opinion: str
    coaching: str
    agreed: bool | None


class VisitRow(Out):
    id: int
    version: int
    code: str
    state: str
    owner: PersonRef
    customer: CustomerRef
    deal: DealRef | None
    contact: str
    starts_at: When
    place: str
    method: str
    background: str
    objectives: list[str]
    strategy: str
    questions: list[str]
    materials: str
    mark: int | None
    emergency: bool
    submitted_at: When | None
    approved_at: When | None
    executed_at: When | None
    recorded_at: When | None
    reviewed_at: When | None
    cancelled_reason: str
    by_customer: bool
    activity: int | None


class VisitWhole(VisitRow):
    distance: Annotated[
        int | None,
        Field(description="Metres from the customer's place; that somebody else looked at it is on record."),
    ]
    record: RecordRow | None


class VisitPage(Page[VisitRow]):
    pass


class VisitFilter(Asked):
    unit: Short = ""
    owner: Short = ""
    period: Annotated[str, Field(max_length=20)] = ""
    state: State | Literal[""] = ""
    customer: Key | None = None
    deal: Key | None = None
    code: Short = ""


class NewVisit(In):
    starts_at: Instant
    customer: Key | None = None
    deal: Key | None = None
    contact: Annotated[str, Field(max_length=120)] = ""
    place: Line = ""
    method: Method = "on_site"
    background: Long = ""
    objectives: Lines = absent
    strategy: Long = ""
    questions: Lines = absent
    materials: Line = ""
    mark: Key | None = None


class VisitChange(In):
    version: Version | None = None
    starts_at: Instant = absent
    customer: Key = absent
    deal: Key | None = None
    contact: Annotated[str, Field(max_length=120)] = absent
    place: Line = absent
    method: Method = absent
    background: Long = absent
    objectives: Lines = absent
    strategy: Long = absent
    questions: Lines = absent
    materials: Line = absent
    mark: Key | None = None


class EmergencyVisit(In):
    objectives: Lines
    reason: Annotated[str, Field(min_length=1, max_length=300)]
    consented_by: Key
    customer: Key | None = None
    deal: Key | None = None
    contact: Annotated[str, Field(max_length=120)] = ""
    at: Instant | None = None


class VisitSubmission(In):
    version: Version | None = None


class CheckIn(In):
    at: Instant | None = None


class Cancellation(In):
    version: Version | None = None
    reason: Annotated[str, Field(min_length=1, max_length=300)]
    by_customer: bool = False


class NewRecord(In):
    key: Annotated[str, Field(max_length=64, description="Your own mark: the same again is the same.")] = ""
    people: Annotated[list[MetPerson], Field(max_length=9)] = absent
    results: Annotated[list[Answer], Field(max_length=3)] = absent
    answers: Annotated[list[Answered], Field(max_length=12)] = absent
    unresolved: Lines = absent
    concerns: Long = ""
    ours: Answer = ""
    theirs: Answer = ""
    competitors: Answer = ""
    next_step: Line = ""
    next_on: Day | None = None
    marks: Annotated[list[Key], Field(max_length=20)] = absent
    files: Annotated[list[Attachment], Field(max_length=9)] = absent


class Review(In):
    opinion: Annotated[str, Field(max_length=2000)]
    agreed: bool = True
    coaching: Long = ""


@router.get("/visits", response=VisitPage, summary=_("Visits"))
def list_visits(request: Call, asked: Query[VisitFilter]) -> Page[VisitRow]:
    """Those the caller may see, the latest first."""
    require(request.user, "fieldwork.see")
    found = narrowed(looked(VisitLens, asked, request.user).visits, code=asked.code)
    return page(request, found, asked, VisitPage, order=ORDER, load=rows, shape=visit_row)


@router.get("/visits/{int:id}", response=VisitWhole, summary=_("A visit with its record"))
def get_visit(request: Call, id: Key) -> VisitWhole:
    return _told(request, fetch(request.user, VisitPlan, id))


@router.post("/visits", response={201: VisitWhole}, summary=_("Plan a visit"))
def plan_visit(request: Call, body: NewVisit) -> Status[VisitWhole]:
    """A draft; it can start once its plan is signed."""
    plan = verbs.plan_visit(by=request.user, **_values(request, body))
    request.place = f"/api/v1/visits/{plan.pk}"
    return Status(201, _told(request, plan))


@router.post("/visits/emergency", response={201: VisitWhole}, summary=_("Begin a visit without a plan"))
def begin_emergency(request: Call, body: EmergencyVisit) -> Status[VisitWhole]:
    """On a superior's word by phone; signed within 24 hours, or it does not count."""
    values = _values(request, body, "consented_by")
    superior = there(named_person(request.user, body.consented_by, "consented_by"), "consented_by")
    plan = verbs.begin_emergency(by=request.user, consented_by=superior, **values)
    request.place = f"/api/v1/visits/{plan.pk}"
    return Status(201, _told(request, plan))


@router.patch(
    "/visits/{int:id}", response=VisitWhole, summary=_("Change the plan of a visit"), openapi_extra=GUARDED
)
def edit_visit(request: Call, id: Key, body: VisitChange) -> VisitWhole:
    """A changed plan is a draft again: its signature was on something else."""
    plan = fetch(request.user, VisitPlan, id)
    version = known_version(request, body.version, "fieldwork.visit", plan)
    values = _values(request, body, "version")
    return _told(request, verbs.edit_visit(plan, by=request.user, version=version, **values))


@router.post(
    "/visits/{int:id}/submit",
    response=VisitWhole,
    summary=_("Submit the plan of a visit for signature"),
    openapi_extra=VERSIONED,
)
def submit_visit(request: Call, id: Key, body: VisitSubmission) -> VisitWhole:
    plan = fetch(request.user, VisitPlan, id)
    verbs.submit_visit(plan, by=request.user, version=sent_version(request, body.version))
    return _told(request, VisitPlan.objects.get(pk=id))


@router.post("/visits/{int:id}/start", response=VisitWhole, summary=_("Check in at a visit"))
def start_visit(request: Call, id: Key, body: CheckIn) -> VisitWhole:
    """Once its plan is signed. Twice is once."""
    plan = fetch(request.user, VisitPlan, id)
    return _told(request, verbs.start_visit(plan, by=request.user, at=body.at))


@router.post("/visits/{int:id}/record", response={201: VisitWhole}, summary=_("Record what came of a visit"))
def record_visit(request: Call, id: Key, body: NewRecord) -> Status[VisitWhole]:
    """Within 72 hours, once; late after 24."""
    plan = fetch(request.user, VisitPlan, id)
    plain = sent(body, "key", "people", "answers", "marks", "files")
    with uploads.tray(VisitFile.FOLDER) as tray:
        said = verbs.Said(
            people=[(one.name, one.title) for one in body.people or ()],
            answers=[(one.question, one.answer) for one in body.answers or ()],
            marks=[_mark(key, "marks") for key in body.marks or ()],
            files=take(body.files or (), tray, field="files"),
            **plain,
        )
        kept = verbs.record_visit(plan, by=request.user, said=said, key=body.key)
        tray.keep(file.stored_as for file in kept.files.all())
    return Status(201, _told(request, VisitPlan.objects.get(pk=id)))


@router.post("/visits/{int:id}/review", response=VisitWhole, summary=_("Go through a recorded visit"))
def review_visit(request: Call, id: Key, body: Review) -> VisitWhole:
    """With an opinion; agreed to, what it shows becomes evidence for the deal's gate."""
    plan = fetch(request.user, VisitPlan, id)
    reviewed = verbs.review_visit(
        plan, by=request.user, opinion=body.opinion, agreed=body.agreed, coaching=body.coaching
    )
    return _told(request, reviewed)


@router.post(
    "/visits/{int:id}/cancel", response=VisitWhole, summary=_("Call a visit off"), openapi_extra=VERSIONED
)
def cancel_visit(request: Call, id: Key, body: Cancellation) -> VisitWhole:
    plan, version = fetch(request.user, VisitPlan, id), sent_version(request, body.version)
    off = verbs.cancel_visit(
        plan, by=request.user, reason=body.reason, by_customer=body.by_customer, version=version
    )
    return _told(request, off)


_SAME = (
    *("version", "code", "state", "contact", "starts_at", "place", "method", "background", "objectives"),
    *("strategy", "questions", "materials", "emergency", "submitted_at", "approved_at", "executed_at"),
    *("recorded_at", "reviewed_at", "cancelled_reason", "by_customer"),
)


def visit_row(plan: VisitPlan) -> VisitRow:
    """A visit in a list."""
    return VisitRow(**_of_plan(plan))


def _of_plan(plan: VisitPlan) -> dict[str, Any]:
    return {
        "id": plan.pk,
        "owner": person_ref(plan.owner),
        "customer": customer_ref(plan.customer),
        "deal": deal_ref(plan.deal),
        "mark": plan.mark_id,
        "activity": plan.activity_id,
        **{name: getattr(plan, name) for name in _SAME},
    }


def _of_record(kept: VisitRecord) -> RecordRow:
    same = ("people", "results", "answers", "unresolved", "concerns", "ours", "theirs", "competitors")
    names = (*same, "recorded_at", "late", "opinion", "coaching", "agreed")
    files = [
        FileRef(name=one.name, kind=one.kind, size=one.size, sha256=one.sha256) for one in kept.files.all()
    ]
    return RecordRow(
        marks=[mark.pk for mark in kept.marks.all()],
        files=files,
        **{name: getattr(kept, name) for name in names},
    )


def _told(request: Call, plan: VisitPlan) -> VisitWhole:
    """A visit whole; how far from the customer another person checked in is not shown without being on record."""
    if plan.distance is not None and plan.owner_id != request.user.pk:
        verbs.look_at_place(plan, by=request.user)
    kept = record_of(plan)
    return VisitWhole(
        **_of_plan(tagged(request, plan)), distance=plan.distance, record=_of_record(kept) if kept else None
    )


def _mark(key: int, field: str) -> EvidenceKind:
    return there(EvidenceKind.objects.select_related("spec").filter(pk=key).first(), field)


def _values(request: Call, body: In, *but: str) -> dict[str, Any]:
    """What was sent, in the verbs' own terms."""
    values = sent_about(request, body, *but)
    if values.get("mark") is not None:
        values["mark"] = _mark(values["mark"], "mark")
    return values
