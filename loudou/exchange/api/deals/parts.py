"""What a deal is made of: its lines, in which parts it is delivered, the contacts who take part, the team that works on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, TypeVar

from django.utils.translation import gettext_noop as _
from ninja import Router, Status
from pydantic import Field

from loudou.catalog.models import Product
from loudou.customers.models import Contact
from loudou.exchange.api.gate import Call, known_version
from loudou.exchange.api.people import named_person
from loudou.exchange.api.problems import no_such
from loudou.exchange.api.rows import named
from loudou.exchange.api.shapes import (
    GUARDED,
    Amount,
    Day,
    In,
    Key,
    Money,
    Number,
    Out,
    PersonRef,
    Quantity,
    Ratio,
    Reason,
    Share,
    Version,
    person_ref,
)
from loudou.exchange.api.signatures import RequestRow, request_row
from loudou.journal.record import acting, lock
from loudou.people.access import fetch, require
from loudou.pipeline import verbs
from loudou.pipeline.figures.deliveries import Part
from loudou.pipeline.models import Deal, Line, TeamMember
from loudou.pipeline.queries.deliveries import planned

router = Router(tags=["deals"])
T = TypeVar("T")
MOST_PARTS = 200


class ProductRef(Out):
    id: int
    code: str
    name: str


class LineRow(Out):
    id: int
    product: ProductRef
    quantity: Number
    price: Money
    total: Money
    system_of_record: str


class Lines(Out):
    version: int
    items: list[LineRow]


class NewLine(In):
    product: Key
    quantity: Quantity
    price: Amount
    system_of_record: Literal["funnel", "erp"] = "funnel"


class WaitingLines(Out):
    """Lines that change the amount by more than half wait for a manager."""

    request: RequestRow
    requests: list[RequestRow]
    lines: Lines


class NewLines(In):
    version: Version | None = None
    reason: Reason = ""
    lines: list[NewLine] = Field(max_length=MOST_PARTS)


class DeliveryRow(Out):
    due_on: date
    amount: Money
    base_amount: Money


class Deliveries(Out):
    version: int
    items: list[DeliveryRow]


class NewDelivery(In):
    due_on: Day
    amount: Amount


class NewDeliveries(In):
    version: Version | None = None
    reason: Reason = ""
    deliveries: list[NewDelivery] = Field(max_length=MOST_PARTS)


class ContactRef(Out):
    id: int
    name: str
    title: str
    part: str
    attitude: str


class DealContacts(Out):
    version: int
    items: list[ContactRef]


class NewContacts(In):
    version: Version | None = None
    contacts: list[Key] = Field(max_length=MOST_PARTS)


class MemberRow(Out):
    user: PersonRef
    share: Ratio
    task: str


class Team(Out):
    version: int
    items: list[MemberRow]


class NewMember(In):
    user: Key
    share: Share = Decimal(0)
    task: Annotated[str, Field(max_length=80)] = ""


class NewTeam(In):
    version: Version | None = None
    members: list[NewMember] = Field(max_length=MOST_PARTS)


@router.get("/deals/{int:id}/lines", response=Lines, summary=_("Lines"))
def get_lines(request: Call, id: Key) -> Lines:
    return _lines(request, fetch(request.user, Deal, id))


@router.put(
    "/deals/{int:id}/lines",
    response={200: Lines, 202: WaitingLines},
    summary=_("Replace the lines"),
    openapi_extra=GUARDED,
)
def set_lines(request: Call, id: Key, body: NewLines) -> Lines | Status[WaitingLines]:
    """The deal's amount becomes the sum of its `funnel` lines; those of the ERP are told apart. A change of the amount
    by more than half waits for a manager's signature (202)."""
    deal = fetch(request.user, Deal, id)
    wanted = [
        verbs.LineInput(
            named(request.user, Product, line.product, f"lines.{place}.product"),
            line.quantity,
            line.price,
            line.system_of_record,
        )
        for place, line in enumerate(body.lines)
    ]
    version = known_version(request, body.version, "pipeline.edit", deal)
    edited = verbs.set_lines(deal, lines=wanted, by=request.user, version=version, reason=body.reason)
    lines = _lines(request, edited.deal)
    if not edited.requests:
        return lines
    rows = [request_row(request.user, asked) for asked in edited.requests]
    return Status(202, WaitingLines(request=rows[0], requests=rows, lines=lines))


@router.get("/deals/{int:id}/deliveries", response=Deliveries, summary=_("Delivery plan"))
def get_deliveries(request: Call, id: Key) -> Deliveries:
    return _deliveries(request, fetch(request.user, Deal, id))


@router.put(
    "/deals/{int:id}/deliveries",
    response=Deliveries,
    summary=_("Replace the delivery plan"),
    openapi_extra=GUARDED,
)
def set_deliveries(request: Call, id: Key, body: NewDeliveries) -> Deliveries:
    """Two deliveries or more, which come to the deal's amount; none takes the plan away. Each counts in forecasts on
    its own date; when the deal's amount changes they follow in proportion. A plan that was there asks for a reason."""
    deal = fetch(request.user, Deal, id)
    parts = [Part(part.due_on, part.amount) for part in body.deliveries]
    version = known_version(request, body.version, "pipeline.edit", deal)
    made = verbs.set_deliveries(deal, parts=parts, by=request.user, version=version, reason=body.reason)
    return _deliveries(request, made)


@router.get("/deals/{int:id}/contacts", response=DealContacts, summary=_("Contacts who take part"))
def get_contacts(request: Call, id: Key) -> DealContacts:
    return _contacts(request, fetch(request.user, Deal, id))


@router.put(
    "/deals/{int:id}/contacts", response=DealContacts, summary=_("Say who takes part"), openapi_extra=GUARDED
)
def set_contacts(request: Call, id: Key, body: NewContacts) -> DealContacts:
    deal = fetch(request.user, Deal, id)
    found = {row.pk: row for row in Contact.objects.visible_to(request.user).filter(pk__in=body.contacts)}
    if missing := [place for place, key in enumerate(body.contacts) if key not in found]:
        raise no_such(f"contacts.{missing[0]}")
    _at_version(
        request,
        deal,
        body.version,
        lambda: verbs.set_contacts(deal, contacts=list(found.values()), by=request.user),
    )
    return _contacts(request, deal)


@router.get("/deals/{int:id}/team", response=Team, summary=_("Team"))
def get_team(request: Call, id: Key) -> Team:
    return _team(request, fetch(request.user, Deal, id))


@router.put("/deals/{int:id}/team", response=Team, summary=_("Say who works on it"), openapi_extra=GUARDED)
def set_team(request: Call, id: Key, body: NewTeam) -> Team:
    """With their shares of the credit, at most 1 together; the rest is the owner's."""
    deal = fetch(request.user, Deal, id)
    members = [
        (named_person(request.user, member.user, f"members.{place}.user"), member.share, member.task)
        for place, member in enumerate(body.members)
    ]
    _at_version(request, deal, body.version, lambda: verbs.set_team(deal, members=members, by=request.user))
    return _team(request, deal)


def _at_version(request: Call, deal: Deal, sent: int | None, act: Callable[[], T]) -> T:
    """An act on the version of the deal that the caller saw, where the verb itself does not ask for one."""
    version = known_version(request, sent, "pipeline.edit", deal)
    require(request.user, "pipeline.edit", deal)
    with acting():
        lock(deal, version=version)
        return act()


def _lines(request: Call, deal: Deal) -> Lines:
    rows = Line.objects.filter(deal=deal).select_related("product").order_by("position", "id")
    return Lines(version=_tagged(request, deal), items=[line_row(line) for line in rows])


def line_row(line: Line) -> LineRow:
    product = line.product
    return LineRow(
        id=line.pk,
        product=ProductRef(id=product.pk, code=product.code, name=product.name),
        quantity=line.quantity,
        price=line.price,
        total=line.total,
        system_of_record=line.system_of_record,
    )


def _deliveries(request: Call, deal: Deal) -> Deliveries:
    items = [
        DeliveryRow(due_on=part.due_on, amount=part.amount, base_amount=part.base_amount)
        for part in planned(deal)
    ]
    return Deliveries(version=_tagged(request, deal), items=items)


def _contacts(request: Call, deal: Deal) -> DealContacts:
    rows = Contact.objects.filter(pk__in=deal.parts.values("contact")).order_by("name_key", "id")
    items = [
        ContactRef(id=row.pk, name=row.name, title=row.title, part=row.part, attitude=row.attitude)
        for row in rows
    ]
    return DealContacts(version=_tagged(request, deal), items=items)


def _team(request: Call, deal: Deal) -> Team:
    rows = TeamMember.objects.filter(deal=deal).select_related("user").order_by("-share", "user_id")
    items = [MemberRow(user=person_ref(row.user), share=row.share, task=row.task) for row in rows]
    return Team(version=_tagged(request, deal), items=items)


def _tagged(request: Call, deal: Deal) -> int:
    """The deal's present version, which goes back as the ETag of what hangs on it."""
    version: int = Deal.objects.values_list("version", flat=True).get(pk=deal.pk)
    request.tag = version
    return version
