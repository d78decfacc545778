"""Activities: visits, calls and the like, with what came of them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Status
from pydantic import Field

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
    Instant,
    Key,
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
from loudou.fieldwork import verbs
from loudou.fieldwork.lens.activities import ORDER, ActivityLens
from loudou.fieldwork.models import Activity
from loudou.fieldwork.queries.activities import rows
from loudou.people.access import fetch, require

router = Router(tags=["activities"])
KindName = Literal["visit", "call", "meeting", "message", "email", "demo", "proposal", "other"]
Text = Annotated[str, Field(max_length=4000)]
Met = Annotated[str, Field(max_length=120)]
Step = Annotated[str, Field(max_length=300)]


class ActivityRow(Out):
    id: int
    version: int
    code: str
    kind: str
    at: When
    owner: PersonRef
    customer: CustomerRef | None
    deal: DealRef | None
    contact: str
    result: str
    next_step: str
    next_on: date | None
    channel: str
    valid: bool
    counts: bool
    recorded_at: When
    annulled_at: When | None
    annulled_by: PersonRef | None
    annulled_reason: str


class ActivityPage(Page[ActivityRow]):
    pass


class ActivityFilter(Asked):
    unit: Short = ""
    owner: Short = ""
    period: Annotated[str, Field(max_length=20)] = ""
    kind: KindName | Literal[""] = ""
    state: Literal["", "standing", "counted", "annulled", "invalid"] = ""
    customer: Key | None = None
    deal: Key | None = None
    code: Short = ""


class NewActivity(In):
    kind: KindName
    code: Code = absent
    at: Instant | None = None
    owner: Key | None = None
    customer: Key | None = None
    deal: Key | None = None
    contact: Met = ""
    result: Text = ""
    next_step: Step = ""
    next_on: Day | None = None


class ActivityChange(In):
    version: Version | None = None
    kind: KindName = absent
    at: Instant = absent
    customer: Key | None = None
    deal: Key | None = None
    contact: Met = absent
    result: Text = absent
    next_step: Step = absent
    next_on: Day | None = None


class Annulment(In):
    version: Version | None = None
    reason: Annotated[str, Field(min_length=1, max_length=300)]


@router.get("/activities", response=ActivityPage, summary=_("Activities"))
def list_activities(request: Call, asked: Query[ActivityFilter]) -> Page[ActivityRow]:
    """Those the caller may see, the latest first; annulled ones among them unless `state` says otherwise."""
    require(request.user, "fieldwork.see")
    found = looked(ActivityLens, asked, request.user).activities
    found = narrowed(found, kind=asked.kind, code=asked.code)
    return page(request, found, asked, ActivityPage, order=ORDER, load=rows, shape=activity_row)


@router.get("/activities/{int:id}", response=ActivityRow, summary=_("An activity"))
def get_activity(request: Call, id: Key) -> ActivityRow:
    return _told(request, fetch(request.user, Activity, id))


@router.post("/activities", response={201: ActivityRow}, summary=_("Record an activity"))
def log_activity(request: Call, body: NewActivity) -> Status[ActivityRow]:
    """With a customer, a deal or both. `owner` did it, if not the caller; `at` is when, if not now."""
    activity = verbs.log_activity(
        by=request.user,
        owner=named_person(request.user, body.owner, "owner"),
        **sent_about(request, body, "owner"),
    )
    request.place = f"/api/v1/activities/{activity.pk}"
    return Status(201, _told(request, activity))


@router.patch(
    "/activities/{int:id}", response=ActivityRow, summary=_("Correct an activity"), openapi_extra=GUARDED
)
def edit_activity(request: Call, id: Key, body: ActivityChange) -> ActivityRow:
    """What it said before stays in history."""
    activity = fetch(request.user, Activity, id)
    version = known_version(request, body.version, "fieldwork.edit", activity)
    values = sent_about(request, body, "version")
    return _told(request, verbs.edit_activity(activity, by=request.user, version=version, **values))


@router.post(
    "/activities/{int:id}/annul",
    response=ActivityRow,
    summary=_("Annul an activity"),
    openapi_extra=VERSIONED,
)
def annul_activity(request: Call, id: Key, body: Annulment) -> ActivityRow:
    """It stays readable and counts nowhere any more."""
    activity = fetch(request.user, Activity, id)
    version = sent_version(request, body.version)
    return _told(
        request, verbs.annul_activity(activity, by=request.user, version=version, reason=body.reason)
    )


def activity_row(activity: Activity) -> ActivityRow:
    return ActivityRow(
        id=activity.pk,
        version=activity.version,
        code=activity.code,
        kind=activity.kind,
        at=activity.at,
        owner=person_ref(activity.owner),
        customer=customer_ref(activity.customer),
        deal=deal_ref(activity.deal),
        contact=activity.contact,
        result=activity.result,
        next_step=activity.next_step,
        next_on=activity.next_on,
        channel=activity.channel,
        valid=activity.valid,
        counts=activity.counts,
        recorded_at=activity.recorded_at,
        annulled_at=activity.annulled_at,
        annulled_by=person_ref(activity.annulled_by),
        annulled_reason=activity.annulled_reason,
    )


def _told(request: Call, activity: Activity) -> ActivityRow:
    return activity_row(tagged(request, activity))
