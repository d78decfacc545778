"""The people at customers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Status
from pydantic import Field

from loudou.customers import verbs
from loudou.customers.figures.phones import masked
from loudou.customers.models import Contact, Customer
from loudou.exchange.api.customers.phones import Phone, PhoneText, refuse_masked, shown
from loudou.exchange.api.gate import Call, known_version
from loudou.exchange.api.listing import narrowed, page
from loudou.exchange.api.rows import named, tagged
from loudou.exchange.api.shapes import (
    GUARDED,
    Asked,
    In,
    Instant,
    Key,
    Out,
    Page,
    Version,
    When,
    absent,
    sent,
)
from loudou.people.access import fetch, may, require
from loudou.people.models import User

router = Router(tags=["contacts"])
Part = Literal["", "eb", "ub", "tb", "coach"]
Attitude = Literal["supports", "neutral", "against", "unknown"]


class ContactRow(Out):
    id: int
    version: int
    customer_id: int
    name: str
    title: str
    part: str
    attitude: str
    phone: str
    phone_is_masked: bool
    email: str | None
    wechat: str | None
    note: str
    left_at: When | None


class ContactPage(Page[ContactRow]):
    pass


class ContactFilter(Asked):
    q: Annotated[str, Field(max_length=100)] = ""
    customer: Key | None = None
    part: Part = ""
    left: bool = False


class NewContact(In):
    customer: Key
    name: Annotated[str, Field(min_length=1, max_length=80)]
    title: Annotated[str, Field(max_length=80)] = ""
    part: Part = ""
    attitude: Attitude = "unknown"
    phone: PhoneText = ""
    email: Annotated[str, Field(max_length=254)] = ""
    wechat: Annotated[str, Field(max_length=60)] = ""
    note: Annotated[str, Field(max_length=300)] = ""


class ContactChange(In):
    version: Version | None = None
    name: Annotated[str, Field(min_length=1, max_length=80)] = absent
    title: Annotated[str, Field(max_length=80)] = absent
    part: Part = absent
    attitude: Attitude = absent
    phone: PhoneText = absent
    email: Annotated[str, Field(max_length=254)] = absent
    wechat: Annotated[str, Field(max_length=60)] = absent
    note: Annotated[str, Field(max_length=300)] = absent


class LeavingContact(In):
    at: Instant | None = None


@router.get("/contacts", response=ContactPage, summary=_("People at customers"))
def list_contacts(request: Call, asked: Query[ContactFilter]) -> Page[ContactRow]:
    """Of the customers the caller may see, by name; `left` shows those who left."""
    require(request.user, "customers.see")
    contacts: Any = Contact.objects.visible_to(request.user).filter(left_at__isnull=not asked.left)
    if asked.q:
        contacts = contacts.found(asked.q, whole_phone=may(request.user, "customers.see_phone"))
    return page(
        request,
        narrowed(contacts, customer=asked.customer, part=asked.part),
        asked,
        ContactPage,
        order=("name_key", "id"),
        load=lambda keys: shown(request.user, Contact.objects.filter(pk__in=keys).select_related("customer")),
        shape=lambda contact: contact_row(request.user, contact),
    )


@router.get("/contacts/{int:id}", response=ContactRow, summary=_("A person at a customer"))
def get_contact(request: Call, id: Key) -> ContactRow:
    contact = fetch(request.user, Contact, id)
    verbs.sight([contact], by=request.user)
    return _told_contact(request, contact)


@router.post("/contacts", response={201: ContactRow}, summary=_("Add a person at a customer"))
def add_contact(request: Call, body: NewContact) -> Status[ContactRow]:
    customer = named(request.user, Customer, body.customer, "customer")
    contact = verbs.add_contact(customer, by=request.user, **sent(body, "customer"))
    request.place = f"/api/v1/contacts/{contact.pk}"
    return Status(201, _told_contact(request, contact))


@router.patch(
    "/contacts/{int:id}",
    response=ContactRow,
    summary=_("Change what is known of a person"),
    openapi_extra=GUARDED,
)
def edit_contact(request: Call, id: Key, body: ContactChange) -> ContactRow:
    contact = fetch(request.user, Contact, id)
    values = sent(body, "version")
    refuse_masked(request.user, contact, values)
    version = known_version(request, body.version, "customers.edit", contact)
    return _told_contact(request, verbs.edit_contact(contact, by=request.user, version=version, **values))


@router.post("/contacts/{int:id}/left", response=ContactRow, summary=_("They have left"))
def mark_left(request: Call, id: Key, body: LeavingContact) -> ContactRow:
    """What they did stays."""
    contact = fetch(request.user, Contact, id)
    return _told_contact(request, verbs.mark_left(contact, by=request.user, at=body.at))


@router.post("/contacts/{int:id}/back", response=ContactRow, summary=_("They are back"))
def mark_back(request: Call, id: Key) -> ContactRow:
    return _told_contact(request, verbs.mark_back(fetch(request.user, Contact, id), by=request.user))


@router.post("/contacts/{int:id}/reveal-phone", response=Phone, summary=_("Show a masked phone"))
def reveal_contact_phone(request: Call, id: Key) -> Phone:
    """On record, and so many a day."""
    return Phone(phone=verbs.reveal_phone(fetch(request.user, Contact, id), by=request.user))


def contact_row(user: User, contact: Contact) -> ContactRow:
    reachable = may(user, "customers.see_phone", contact)
    whole = reachable or not contact.phone
    return ContactRow(
        id=contact.pk,
        version=contact.version,
        customer_id=contact.customer_id,
        name=contact.name,
        title=contact.title,
        part=contact.part,
        attitude=contact.attitude,
        phone=contact.phone if whole else masked(contact.phone),
        phone_is_masked=not whole,
        email=contact.email if reachable else None,
        wechat=contact.wechat if reachable else None,
        note=contact.note,
        left_at=contact.left_at,
    )


def _told_contact(request: Call, contact: Contact) -> ContactRow:
    fresh = Contact.objects.select_related("customer").get(pk=contact.pk)
    return contact_row(request.user, tagged(request, fresh))
