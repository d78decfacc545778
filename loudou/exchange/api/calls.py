"""Phone records: who rang, what about, what was answered, who follows it up."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Status
from pydantic import Field

from loudou.customers.figures.phones import masked
from loudou.customers.models import Customer
from loudou.exchange.api.gate import Call, sent_version
from loudou.exchange.api.listing import looked, narrowed, page
from loudou.exchange.api.people import named_person
from loudou.exchange.api.rows import named, tagged
from loudou.exchange.api.shapes import (
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
    sent,
)
from loudou.fieldwork import verbs
from loudou.fieldwork.lens.calls import ORDER, CallLens
from loudou.fieldwork.models import PhoneCall
from loudou.fieldwork.queries.calls import callers, rows, whole
from loudou.people.access import fetch, may, require
from loudou.people.models import User
from loudou.pipeline.models import Deal

router = Router(tags=["calls"])
Text = Annotated[str, Field(max_length=2000)]
CallerKind = Literal["customer", "colleague"]


class CallRow(Out):
    id: int
    version: int
    code: str
    caller: CallerKind
    name: str
    phone: str
    customer: CustomerRef | None
    deal: DealRef | None
    colleague: PersonRef | None
    at: When
    minutes: int | None
    matter: str
    reply: str
    taker: PersonRef
    owner: PersonRef | None
    due_on: date | None
    result: str
    ended_at: When | None
    task: int | None
    activity: int | None
    recorded_at: When
    annulled_at: When | None
    annulled_by: PersonRef | None
    annulled_reason: str


class CallPage(Page[CallRow]):
    pass


class CallFilter(Asked):
    unit: Short = ""
    owner: Annotated[str, Field(max_length=60, description="Who answered, by user name.")] = ""
    follower: Short = ""
    period: Annotated[str, Field(max_length=20)] = ""
    q: Annotated[str, Field(max_length=60)] = ""
    caller: CallerKind | Literal[""] = ""
    state: Literal["", "waiting", "overdue", "ended", "annulled"] = ""
    customer: Key | None = None
    deal: Key | None = None
    code: Short = ""


class CallerRow(Out):
    token: str
    name: str
    place: str
    phone: str


class CallerFilter(In):
    q: Annotated[str, Field(max_length=60)] = ""


class NewCall(In):
    matter: Annotated[str, Field(min_length=1, max_length=2000)]
    code: Code = absent
    name: Annotated[str, Field(max_length=120)] = ""
    phone: Annotated[str, Field(max_length=40)] = ""
    customer: Key | None = None
    deal: Key | None = None
    colleague: Key | None = None
    taker: Key | None = None
    at: Instant | None = None
    minutes: Annotated[int, Field(ge=0, le=600)] | None = None
    reply: Text = ""
    owner: Key | None = None
    due_on: Day | None = None


class CallAnnulment(In):
    version: Version | None = None
    reason: Annotated[str, Field(min_length=1, max_length=300)]


@router.get("/calls", response=CallPage, summary=_("Phone records"))
def list_calls(request: Call, asked: Query[CallFilter]) -> Page[CallRow]:
    """Those the caller may see, the latest first; annulled ones among them unless `state` says otherwise."""
    user = request.user
    require(user, "fieldwork.see_calls")
    found = narrowed(looked(CallLens, asked, user).calls, code=asked.code)
    return page(request, found, asked, CallPage, order=ORDER, load=_load, shape=lambda one: _row(one, user))


@router.get("/calls/callers", response=list[CallerRow], summary=_("Who it may be that rings"))
def list_callers(request: Call, asked: Query[CallerFilter]) -> list[CallerRow]:
    """People at customers, customers and colleagues found by a name or a number, as far as the caller may see them."""
    require(request.user, "fieldwork.take_call")
    return [
        CallerRow(token=one.token, name=one.name, place=one.place, phone=one.phone.text if one.phone else "")
        for one in callers(asked.q, request.user)
    ]


@router.get("/calls/{int:id}", response=CallRow, summary=_("A phone record"))
def get_call(request: Call, id: Key) -> CallRow:
    return _told(request, id)


@router.post("/calls", response={201: CallRow}, summary=_("Note a call"))
def take_call(request: Call, body: NewCall) -> Status[CallRow]:
    """With a reply, or with an `owner` and a `due_on`: then it becomes a task of theirs. `taker` answered, if not the caller."""
    values = sent(body)
    for name in ("taker", "colleague", "owner"):
        values[name] = named_person(request.user, getattr(body, name), name)
    values["customer"] = named(request.user, Customer, body.customer, "customer")
    values["deal"] = named(request.user, Deal, body.deal, "deal")
    call = verbs.take_call(by=request.user, **values)
    request.place = f"/api/v1/calls/{call.pk}"
    return Status(201, _told(request, call.pk))


@router.post(
    "/calls/{int:id}/annul", response=CallRow, summary=_("Annul a phone record"), openapi_extra=VERSIONED
)
def annul_call(request: Call, id: Key, body: CallAnnulment) -> CallRow:
    """It stays readable and counts nowhere; what was to be followed up is dropped."""
    call, version = fetch(request.user, PhoneCall, id), sent_version(request, body.version)
    verbs.annul_call(call, reason=body.reason, by=request.user, version=version)
    return _told(request, id)


_SAME = (
    *("version", "code", "caller", "name", "at", "minutes", "matter", "reply", "due_on", "result"),
    *("ended_at", "recorded_at", "annulled_at", "annulled_reason"),
)


def _row(call: PhoneCall, user: User) -> CallRow:
    return CallRow(
        id=call.pk,
        phone=_phone(call, user),
        customer=customer_ref(call.customer),
        deal=deal_ref(call.deal),
        colleague=person_ref(call.colleague),
        taker=person_ref(call.taker),
        owner=person_ref(call.owner),
        task=call.task_id,
        activity=call.activity_id,
        annulled_by=person_ref(call.annulled_by),
        **{name: getattr(call, name) for name in _SAME},
    )


def _phone(call: PhoneCall, user: User) -> str:
    whole = call.caller == PhoneCall.Caller.COLLEAGUE or may(user, "customers.see_phone", call)
    return call.phone if whole or not call.phone else masked(call.phone)


def _load(keys: list[int]) -> list[PhoneCall]:
    return rows(keys)


def _told(request: Call, key: int) -> CallRow:
    call: Any = fetch(request.user, PhoneCall, key, using=whole())
    return _row(tagged(request, call), request.user)
