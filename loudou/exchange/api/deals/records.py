"""Deals: the list, the deal itself, opening and changing it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Status
from pydantic import Field

from loudou.customers.models import SOURCES, Customer
from loudou.exchange.api.gate import Call, known_version
from loudou.exchange.api.listing import looked, narrowed, page
from loudou.exchange.api.people import named_person
from loudou.exchange.api.rows import named, tagged, there
from loudou.exchange.api.shapes import (
    GUARDED,
    Amount,
    Asked,
    Currency,
    CustomerRef,
    Day,
    In,
    Instant,
    Key,
    Long,
    Money,
    Name,
    Out,
    Page,
    PersonRef,
    Ratio,
    Reason,
    Share,
    Short,
    UnitRef,
    Version,
    When,
    absent,
    customer_ref,
    person_ref,
    sent,
    unit_ref,
)
from loudou.exchange.api.signatures import RequestRow, request_row
from loudou.people.access import fetch, require
from loudou.pipeline import verbs
from loudou.pipeline.lens import SORTS, DealLens
from loudou.pipeline.models import Deal, Funnel
from loudou.pipeline.models.deal import Outcome
from loudou.pipeline.models.funnel import Category
from loudou.pipeline.queries.funnels import funnel_named
from loudou.signoff.models import Request
from loudou.ui.format import in_words

router = Router(tags=["deals"])
CategoryName = Literal[tuple(Category.values)]  # type: ignore[valid-type]
SourceName = Literal[("", *SOURCES)]  # type: ignore[valid-type]
_SHOWN = ("owner", "unit", "customer", "funnel", "spec__stage", "reason")


class StageRef(Out):
    code: str
    name: str
    position: int


class DealRow(Out):
    id: int
    version: int
    code: str
    title: str
    customer: CustomerRef | None
    customer_name: str
    funnel: str
    stage: StageRef
    outcome: str
    owner: PersonRef
    unit: UnitRef | None
    amount: Money
    currency: str
    base_amount: Money
    expected_on: date | None
    probability: Ratio
    category: str
    next_step: str
    next_on: date | None
    source: str
    created_at: When | None
    stage_since: When | None
    closed_at: When | None
    touched_at: When
    gate_done: int
    gate_total: int


class DealDetail(DealRow):
    weighted: Money
    erp_amount: Money
    own_probability: Ratio | None
    probability_reason: str
    category_reason: str
    note: str
    recorded_at: When
    stage_warn_at: When | None
    stage_limit_at: When | None
    last_contact_at: When | None
    reason: str | None
    review: str
    lost_to: str
    close_verified_at: When | None
    held_at: When | None
    wake_on: date | None
    pushes: int
    backs: int
    skips: int
    owed_evidence: int
    amount_jumps: int
    back_dated: int
    reopen_count: int
    off_funnel: bool
    legacy: bool
    predecessor_id: int | None


class Waiting(Out):
    """An act that waits for a signature: the request for it, and the deal as it stays until then."""

    request: RequestRow
    requests: list[RequestRow]
    deal: DealDetail


class DealPage(Page[DealRow]):
    pass


class DealFilter(Asked):
    """The parameters of the page; `due`, `created` and `closed` are periods such as 2026-Q2 or 2026-04-01..2026-05-01."""

    q: Annotated[
        str, Field(max_length=60, description="Title, number or customer; pinyin and initials too.")
    ] = ""
    code: Short = ""
    unit: Annotated[Short, Field(description="A unit's code; everything below it counts.")] = ""
    owner: Annotated[Short, Field(description="A user name, or `me`.")] = ""
    funnel: Short = ""
    stage: Annotated[Short, Field(description="A stage's code; needs `funnel`.")] = ""
    outcome: Literal[("all", "live", "closed", *Outcome.values)] = "all"  # type: ignore[valid-type]
    due: Short = ""
    created: Short = ""
    closed: Short = ""
    category: CategoryName | None = None  # type: ignore[valid-type]
    source: Annotated[str, Field(max_length=20)] = ""
    flag: Annotated[Short, Field(description="Anomalies, comma-separated.")] = ""
    tone: Literal["urgent", "watched"] | None = None
    min: Annotated[str, Field(max_length=30, description="In the base currency.")] = ""
    max: Annotated[str, Field(max_length=30)] = ""
    customer: Key | None = None
    touched_since: Instant | None = None
    sort: Literal[tuple(SORTS)] = "touched"  # type: ignore[valid-type]


class NewDeal(In):
    title: Name
    customer: Key | None = None
    funnel: Short = ""
    owner: Key | None = None
    amount: Amount = Decimal(0)
    currency: Currency | None = None
    expected_on: Day | None = None
    category: CategoryName | Literal[""] = ""  # type: ignore[valid-type]
    next_step: Annotated[str, Field(max_length=300)] = ""
    next_on: Day | None = None
    source: SourceName = ""
    note: Long = ""
    at: Instant | None = None
    predecessor: Key | None = None


class DealChange(In):
    version: Version | None = None
    reason: Reason = ""
    title: Name = absent
    customer: Key | None = None
    amount: Amount = absent
    currency: Currency = absent
    expected_on: Day | None = None
    probability: Share | None = None
    category: CategoryName | Literal[""] = absent  # type: ignore[valid-type]
    next_step: Annotated[str, Field(max_length=300)] = absent
    next_on: Day | None = None
    source: SourceName = absent
    note: Long = absent


@router.get("/deals", response=DealPage, summary=_("Deals"))
def list_deals(request: Call, asked: Query[DealFilter]) -> Page[DealRow]:
    """Those the caller may see, what happened last first."""
    require(request.user, "pipeline.see")
    lens = looked(DealLens, asked, request.user)
    return page(
        request,
        narrowed(lens.deals, code=asked.code, touched_at__gte=asked.touched_since),
        asked,
        DealPage,
        order=lens.order,
        load=lambda keys: Deal.objects.filter(pk__in=keys).select_related(*_SHOWN),
        shape=deal_row,
    )


@router.get("/deals/{int:id}", response=DealDetail, summary=_("A deal"))
def get_deal(request: Call, id: Key) -> DealDetail:
    return told(request, fetch(request.user, Deal, id))


@router.post("/deals", response={201: DealDetail}, summary=_("Open a deal"))
def open_deal(request: Call, body: NewDeal) -> Status[DealDetail]:
    """At the first stage of its funnel's version in force. `at` is the business time, if it was not now."""
    values = sent(body, "customer", "funnel", "owner", "currency", "predecessor")
    deal = verbs.open_deal(
        by=request.user,
        owner=named_person(request.user, body.owner, "owner"),
        customer=named(request.user, Customer, body.customer, "customer"),
        funnel=_funnel(body.funnel),
        currency=body.currency or "",
        predecessor=named(request.user, Deal, body.predecessor, "predecessor"),
        **values,
    )
    request.place = f"/api/v1/deals/{deal.pk}"
    return Status(201, told(request, deal))


@router.patch(
    "/deals/{int:id}",
    response={200: DealDetail, 202: Waiting},
    summary=_("Change what a deal says"),
    openapi_extra=GUARDED,
)
def edit_deal(request: Call, id: Key, body: DealChange) -> DealDetail | Status[Waiting]:
    """Amount, currency, expected date, probability and category want a `reason` once they were set. What needs a
    manager's signature waits for it (202); the rest is written at once."""
    deal = fetch(request.user, Deal, id)
    values = sent(body, "version", "reason", "customer")
    if "customer" in body.model_fields_set:
        values["customer"] = named(request.user, Customer, body.customer, "customer")
    edited = verbs.edit(
        deal,
        by=request.user,
        version=known_version(request, body.version, "pipeline.edit", deal),
        reason=body.reason,
        **values,
    )
    return settled(request, edited.deal, edited.requests)


def settled(request: Call, deal: Deal, waiting: list[Request]) -> DealDetail | Status[Waiting]:
    """How an act on a deal ended: done, or waiting for a signature."""
    detail = told(request, deal)
    if not waiting:
        return detail
    rows = [request_row(request.user, asked) for asked in waiting]
    return Status(202, Waiting(request=rows[0], requests=rows, deal=detail))


def told(request: Call, deal: Deal) -> DealDetail:
    """The deal as it is now, its version as the ETag."""
    fresh = Deal.objects.select_related(*_SHOWN).get(pk=deal.pk)
    return deal_detail(tagged(request, fresh))


def deal_row(deal: Deal) -> DealRow:
    return DealRow(**_row(deal))


def deal_detail(deal: Deal) -> DealDetail:
    return DealDetail(
        **_row(deal),
        weighted=deal.weighted,
        erp_amount=deal.erp_amount,
        own_probability=deal.probability,
        probability_reason=deal.probability_reason,
        category_reason=deal.category_reason,
        note=deal.note,
        recorded_at=deal.recorded_at,
        stage_warn_at=deal.stage_warn_at,
        stage_limit_at=deal.stage_limit_at,
        last_contact_at=deal.last_contact_at,
        reason=deal.reason.code if deal.reason else None,
        review=deal.review,
        lost_to=deal.lost_to,
        close_verified_at=deal.close_verified_at,
        held_at=deal.held_at,
        wake_on=deal.wake_on,
        pushes=deal.pushes,
        backs=deal.backs,
        skips=deal.skips,
        owed_evidence=deal.owed_evidence,
        amount_jumps=deal.amount_jumps,
        back_dated=deal.back_dated,
        reopen_count=deal.reopen_count,
        off_funnel=deal.off_funnel,
        legacy=deal.legacy,
        predecessor_id=deal.predecessor_id,
    )


def _row(deal: Deal) -> dict[str, Any]:
    customer = deal.customer
    spec = deal.spec
    return {
        "id": deal.pk,
        "version": deal.version,
        "code": deal.code,
        "title": deal.title,
        "customer": customer_ref(customer),
        "customer_name": deal.customer_name,
        "funnel": deal.funnel.code,
        "stage": StageRef(code=spec.stage.code, name=in_words(spec.names), position=spec.position),
        "outcome": deal.outcome,
        "owner": person_ref(deal.owner),
        "unit": unit_ref(deal.unit),
        "amount": deal.amount,
        "currency": deal.currency,
        "base_amount": deal.base_amount,
        "expected_on": deal.expected_on,
        "probability": deal.chance,
        "category": deal.category,
        "next_step": deal.next_step,
        "next_on": deal.next_on,
        "source": deal.source,
        "created_at": deal.created_at,
        "stage_since": deal.stage_since,
        "closed_at": deal.closed_at,
        "touched_at": deal.touched_at,
        "gate_done": deal.gate_done,
        "gate_total": deal.gate_total,
    }


def _funnel(name: str) -> Funnel | None:
    return there(funnel_named(name), "funnel") if name else None
