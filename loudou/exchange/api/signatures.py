"""Requests for a signature: mine to sign, mine that wait; signing and sending back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from ninja import Query, Router
from pydantic import Field

from loudou.daylog import verbs as daylog
from loudou.exchange import verbs as exchange
from loudou.exchange.api.gate import Call, sent_version
from loudou.exchange.api.listing import narrowed, page
from loudou.exchange.api.rows import tagged, there
from loudou.exchange.api.shapes import (
    VERSIONED,
    Asked,
    In,
    Key,
    Out,
    Page,
    PersonRef,
    Version,
    When,
    person_ref,
)
from loudou.fieldwork import verbs as fieldwork
from loudou.forms import verbs as forms
from loudou.forms.events import SIGN as FILLED_IN
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.pipeline import verbs as pipeline
from loudou.reviews import verbs as reviews
from loudou.signoff import verbs as signoff
from loudou.signoff.facts import told
from loudou.signoff.models import Request
from loudou.signoff.queries import answered_instead, inbox, readable, signs
from loudou.signoff.verbs import withdraw
from loudou.targets import verbs as targets
from loudou.warnings import verbs as warnings

router = Router(tags=["requests"])
_SHOWN = ("asker", "signer", "answered_by")


class FactRow(Out):
    label: str
    text: str


class RequestRow(Out):
    id: int
    version: int
    act: str
    subject_type: str
    subject_id: int
    subject: str
    facts: list[FactRow]
    reason: str
    asker: PersonRef
    signer: PersonRef | None
    asked_at: When
    due_at: When
    state: str
    answered_by: PersonRef | None
    answered_for: Annotated[
        PersonRef | None, Field(description="The signer who was away, where somebody else answered for them.")
    ]
    answered_at: When | None
    opinion: str
    mine_to_sign: bool


class RequestPage(Page[RequestRow]):
    pass


class RequestFilter(Asked):
    box: Annotated[
        Literal["inbox", "asked", "all"],
        Field(description="inbox: waiting for me; asked: mine; all: every one I may see."),
    ] = "inbox"
    state: Literal["waiting", "signed", "returned", "withdrawn"] | None = None
    act: Annotated[str, Field(max_length=40)] = ""


class Opinion(In):
    opinion: Annotated[str, Field(max_length=2000)]
    version: Version | None = None


@router.get("/requests", response=RequestPage, summary=_("Requests for a signature"))
def list_requests(request: Call, asked: Query[RequestFilter]) -> Page[RequestRow]:
    """Newest first."""
    user = request.user
    require(user, "signoff.see")
    boxes: dict[str, Callable[[], QuerySet[Request]]] = {
        "inbox": lambda: inbox(user),
        "asked": lambda: Request.objects.filter(asker=user),
        "all": lambda: readable(user),
    }
    return request_page(request, narrowed(boxes[asked.box](), state=asked.state, act=asked.act), asked)


@router.get("/requests/{int:id}", response=RequestRow, summary=_("A request for a signature"))
def get_request(request: Call, id: Key) -> RequestRow:
    return _told(request, _request(request.user, id))


@router.post("/requests/{int:id}/sign", response=RequestRow, summary=_("Sign"), openapi_extra=VERSIONED)
def sign(request: Call, id: Key, body: Opinion) -> RequestRow:
    """With an opinion of one's own (10 characters, no repetition); what was asked for is carried out with it."""
    asked = _request(request.user, id)
    carry_out, _refuse = _verbs(asked)
    version = sent_version(request, body.version)
    carry_out(asked, opinion=body.opinion, by=request.user, version=version)
    return _told(request, asked)


@router.post(
    "/requests/{int:id}/return", response=RequestRow, summary=_("Send back"), openapi_extra=VERSIONED
)
def send_back(request: Call, id: Key, body: Opinion) -> RequestRow:
    """With an opinion; nothing else changes."""
    asked = _request(request.user, id)
    _carry_out, refuse = _verbs(asked)
    version = sent_version(request, body.version)
    refuse(asked, opinion=body.opinion, by=request.user, version=version)
    return _told(request, asked)


@router.post("/requests/{int:id}/withdraw", response=RequestRow, summary=_("Take one's request back"))
def withdraw_request(request: Call, id: Key) -> RequestRow:
    asked = _request(request.user, id)
    withdraw(asked, by=request.user)
    return _told(request, asked)


def request_page(request: Call, rows: QuerySet[Request], asked: Asked) -> Page[RequestRow]:
    """A page of requests, newest first."""
    instead: set[int] = set()

    def load(keys: list[int]) -> list[Request]:
        nonlocal instead
        found = list(Request.objects.filter(pk__in=keys).select_related(*_SHOWN))
        instead = answered_instead(found)
        return found

    def shape(row: Request) -> RequestRow:
        return request_row(request.user, row, instead=row.pk in instead)

    return page(request, rows, asked, RequestPage, load=load, shape=shape)


def request_row(user: User, asked: Request, *, instead: bool = False) -> RequestRow:
    """A request as the caller sees it; `instead`, where its answer was given for a signer who was away."""
    return RequestRow(
        id=asked.pk,
        version=asked.version,
        act=asked.act,
        subject_type=asked.subject_type,
        subject_id=asked.subject_id,
        subject=asked.subject_label,
        facts=[FactRow(label=fact.label, text=fact.text) for fact in told(asked.facts, full_amounts=True)],
        reason=asked.reason,
        asker=person_ref(asked.asker),
        signer=person_ref(asked.signer),
        asked_at=asked.asked_at,
        due_at=asked.due_at,
        state=asked.state,
        answered_by=person_ref(asked.answered_by),
        answered_for=person_ref(asked.signer) if instead else None,
        answered_at=asked.answered_at,
        opinion=asked.opinion,
        mine_to_sign=signs(user, asked),
    )


def _told(request: Call, asked: Request) -> RequestRow:
    fresh = Request.objects.select_related(*_SHOWN).get(pk=asked.pk)
    instead = bool(answered_instead([fresh]))
    return request_row(request.user, tagged(request, fresh), instead=instead)


def _request(user: User, key: int) -> Request:
    return there(readable(user).filter(pk=key).first())


Act = Callable[..., Any]


def _verbs(asked: Request) -> tuple[Act, Act]:
    """The verbs of the room that asked: to carry out, to refuse."""
    room = asked.act.partition(".")[0]
    found = _ROOMS.get(room)
    if found is None:
        raise Refused(gettext("This cannot be signed here."))
    return found


def _sign_form(asked: Request, **said: Any) -> Any:
    return (forms.confirm_record if asked.act == FILLED_IN else forms.confirm_form)(asked, **said)


def _refuse_form(asked: Request, **said: Any) -> Any:
    return (forms.refuse_record if asked.act == FILLED_IN else forms.refuse_form)(asked, **said)


_ROOMS: dict[str, tuple[Act, Act]] = {
    "pipeline": (pipeline.confirm, pipeline.refuse),
    "exchange": (exchange.confirm_export, exchange.refuse_export),
    "daylog": (daylog.confirm, daylog.refuse),
    "fieldwork": (fieldwork.confirm_visit, fieldwork.refuse_visit),
    "forms": (_sign_form, _refuse_form),
    "targets": (targets.confirm_target, targets.refuse_target),
    "signoff": (signoff.confirm, signoff.refuse),
    "reviews": (reviews.confirm_pack, reviews.refuse_pack),
    "warnings": (warnings.confirm_dispute, warnings.refuse_dispute),
}
