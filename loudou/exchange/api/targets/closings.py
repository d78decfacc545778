"""Closed books: what is frozen, closing the next month, asking to open the last closing again."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Status
from pydantic import Field

from loudou.exchange.api.gate import Call, sent_version
from loudou.exchange.api.listing import page
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
from loudou.exchange.api.targets._shared import PeriodName, Words, period_named
from loudou.people.access import require
from loudou.steering.verbs import close_month
from loudou.targets import verbs
from loudou.targets.models import Closing

router = Router(tags=["closings"])


class ClosingRow(Out):
    id: int
    version: int
    starts_on: date
    closed_through: date
    note: str
    closed_at: When
    closed_by: PersonRef | None
    reopened_at: When | None
    reopened_by: PersonRef | None
    reason: str


class ClosingPage(Page[ClosingRow]):
    pass


class NewClosing(In):
    month: PeriodName
    note: Words = ""


class BooksReopening(In):
    version: Version | None = None
    reason: Annotated[str, Field(min_length=1, max_length=300)]


class BooksReopeningRow(Out):
    request: int
    signer: int | None


@router.get("/closings", response=ClosingPage, summary=_("Closed books"))
def list_closings(request: Call, asked: Query[Asked]) -> Page[ClosingRow]:
    """The newest first, those that were opened again among them."""
    require(request.user, "targets.see")
    rows = Closing.objects.defer("employed").select_related("closed_by", "reopened_by")
    return page(
        request,
        Closing.objects.all(),
        asked,
        ClosingPage,
        shape=_row,
        load=lambda keys: rows.filter(pk__in=keys),
    )


@router.get("/closings/{int:id}", response=ClosingRow, summary=_("A closing"))
def get_closing(request: Call, id: Key) -> ClosingRow:
    return _row(tagged(request, _closing(request, id)))


@router.post("/closings", response={201: ClosingRow}, summary=_("Close a month"))
def close_books(request: Call, body: NewClosing) -> Status[ClosingRow]:
    """All books up to the month's end; what was achieved is frozen for all that targets are held against."""
    month = period_named(request, body.month, "month")
    made = close_month(month, note=body.note, by=request.user)
    request.place = f"/api/v1/closings/{made.pk}"
    return Status(201, _row(tagged(request, made)))


@router.post(
    "/closings/{int:id}/reopen",
    response={202: BooksReopeningRow},
    summary=_("Ask to open closed books again"),
    openapi_extra=VERSIONED,
)
def reopen_books(request: Call, id: Key, body: BooksReopening) -> Status[BooksReopeningRow]:
    """Of the closing that is the last one; it waits for the signature of the management."""
    closing = _closing(request, id)
    version = sent_version(request, body.version)
    asked = verbs.ask_reopening(closing, reason=body.reason, version=version, by=request.user)
    return Status(202, BooksReopeningRow(request=asked.pk, signer=asked.signer_id))


def _closing(request: Call, key: int) -> Closing:
    require(request.user, "targets.see")
    return there(Closing.objects.select_related("closed_by", "reopened_by").filter(pk=key).first())


def _row(closing: Closing) -> ClosingRow:
    return ClosingRow(
        id=closing.pk,
        version=closing.version,
        starts_on=closing.starts_on,
        closed_through=closing.last_day,
        note=closing.note,
        closed_at=closing.closed_at,
        closed_by=person_ref(closing.closed_by),
        reopened_at=closing.reopened_at,
        reopened_by=person_ref(closing.reopened_by),
        reason=closing.reason,
    )
