"""Calls for help from the field (F27): asked, read, answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Status
from pydantic import Field

from loudou.daylog import verbs
from loudou.daylog.lens import DayLens
from loudou.daylog.models import Support
from loudou.exchange.api.gate import Call, sent_version
from loudou.exchange.api.listing import looked, narrowed, page
from loudou.exchange.api.rows import tagged
from loudou.exchange.api.shapes import (
    VERSIONED,
    Asked,
    In,
    Key,
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

router = Router(tags=["day logs"])
ORDER = ("-asked_at", "-id")
Text = Annotated[str, Field(min_length=1, max_length=2000)]


class SupportRow(Out):
    id: int
    version: int
    asker: PersonRef
    unit: UnitRef | None
    day_log: int | None
    matter: str
    asked_at: When
    due_at: When
    answer: str
    answered_at: When | None
    answered_by: PersonRef | None


class SupportPage(Page[SupportRow]):
    pass


class SupportFilter(Asked):
    unit: Short = ""
    owner: Short = ""
    answered: bool | None = None


class NewSupport(In):
    matter: Text


class SupportAnswer(In):
    version: Version | None = None
    answer: Text


@router.get("/support-requests", response=SupportPage, summary=_("Calls for help"))
def list_support_requests(request: Call, asked: Query[SupportFilter]) -> Page[SupportRow]:
    """The latest first."""
    require(request.user, "daylog.see")
    rows = looked(DayLens, asked, request.user).support
    unanswered = None if asked.answered is None else not asked.answered
    found = narrowed(rows, answered_at__isnull=unanswered)
    return page(request, found, asked, SupportPage, order=ORDER, load=_load, shape=support_row)


@router.get("/support-requests/{int:id}", response=SupportRow, summary=_("A call for help"))
def get_support_request(request: Call, id: Key) -> SupportRow:
    return _told(request, fetch(request.user, Support, id).pk)


@router.post("/support-requests", response={201: SupportRow}, summary=_("Make a call for help"))
def ask_help(request: Call, body: NewSupport) -> Status[SupportRow]:
    """An answer is due by the end of the next working day."""
    made = verbs.ask_help(request.user, matter=body.matter, by=request.user)
    request.place = f"/api/v1/support-requests/{made.pk}"
    return Status(201, _told(request, made.pk))


@router.post(
    "/support-requests/{int:id}/answer",
    response=SupportRow,
    summary=_("Answer a call for help"),
    openapi_extra=VERSIONED,
)
def answer_help(request: Call, id: Key, body: SupportAnswer) -> SupportRow:
    """Once, by somebody else than who asked."""
    version = sent_version(request, body.version)
    asked = fetch(request.user, Support, id)
    verbs.answer_help(asked, answer=body.answer, by=request.user, version=version)
    return _told(request, id)


def support_row(asked: Support) -> SupportRow:
    """A call for help and what was done."""
    same = ("version", "matter", "asked_at", "due_at", "answer", "answered_at")
    return SupportRow(
        id=asked.pk,
        asker=person_ref(asked.asker),
        unit=unit_ref(asked.unit),
        day_log=asked.log_id,
        answered_by=person_ref(asked.answered_by),
        **{name: getattr(asked, name) for name in same},
    )


def _load(keys: Sequence[int]) -> list[Support]:
    return list(Support.objects.filter(pk__in=keys).select_related("asker", "unit", "answered_by"))


def _told(request: Call, key: int) -> SupportRow:
    return support_row(tagged(request, _load([key])[0]))
