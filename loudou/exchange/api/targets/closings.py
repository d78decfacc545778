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
    Money,
    Out,
    Page,
    PersonRef,
    Version,
    When,
    person_ref,
)
from loudou.exchange.api.targets._shared import PeriodName, Words, period_named
from loudou.insight.queries.achieved.posted import Posted, posted_for
from loudou.people.access import company_of, require
from loudou.people.models import Organisation
from loudou.steering.models import Cost
from loudou.steering.queries.budgets import late_costs
from loudou.steering.verbs import close_month
from loudou.targets import verbs
from loudou.targets.models import Actual, Closing
from loudou.targets.queries.closing import late_facts

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


class LateRow(Out):
    """What counts in the open month although it belongs to the closing's; one of the last four says what it is about."""

    what: Annotated[str, Field(description="The metric or the cost, in words.")]
    day: date
    counts_on: date
    owner: str
    amount: Money | None
    currency: str
    difference: Annotated[
        bool, Field(description="Something of it is frozen; this is what it is now less that.")
    ]
    actual: int | None = None
    cost: int | None = None
    deal: int | None = None
    activity: int | None = None


class ClosingDetail(ClosingRow):
    late: Annotated[list[LateRow], Field(description="What came late, as far as the caller may see it.")]


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


@router.get("/closings/{int:id}", response=ClosingDetail, summary=_("A closing"))
def get_closing(request: Call, id: Key) -> ClosingDetail:
    """With what came late for it and counts in the open month."""
    found = tagged(request, _closing(request, id))
    company = company_of(request.user)
    late = [
        *map(_late_fact, late_facts(found, request.user)),
        *(_late_cost(one, company) for one in late_costs(found, request.user)),
        *(_posted(one, found, company) for one in posted_for(found, company, request.user)),
    ]
    return ClosingDetail(**dict(_row(found)), late=late)


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


def _late_fact(one: Actual) -> LateRow:
    return LateRow(
        what=one.get_metric_display(),
        day=one.day,
        counts_on=one.counts_on,
        owner=str(one.person or one.unit),
        amount=one.amount,
        currency=one.currency,
        difference=one.corrects_id is not None,
        actual=one.pk,
    )


def _late_cost(one: Cost, company: Organisation) -> LateRow:
    return LateRow(
        what=one.get_category_display(),
        day=one.day,
        counts_on=one.counts_on,
        owner=str(one.unit),
        amount=one.amount,
        currency=company.base_currency,
        difference=one.corrects_id is not None,
        cost=one.pk,
    )


def _posted(one: Posted, closing: Closing, company: Organisation) -> LateRow:
    return LateRow(
        what=one.what,
        day=one.at.astimezone(company.zone).date(),
        counts_on=closing.ends_on,
        owner=one.owner,
        amount=one.amount,
        currency=company.base_currency,
        difference=one.is_difference,
        deal=None if one.is_visit else one.subject.pk,
        activity=one.subject.pk if one.is_visit else None,
    )
