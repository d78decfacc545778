"""Customers and the people there.

Phones are whole for who may see them, else masked (`138****5678`); mail and WeChat are null. `reveal-phone` shows one,
which is on record.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Status
from pydantic import Field

from loudou.customers import verbs
from loudou.customers.figures.phones import masked
from loudou.customers.lens import SORTS, CustomerLens
from loudou.customers.models import SOURCES, Contact, Customer
from loudou.exchange.api.gate import Call, known_version, sent_version
from loudou.exchange.api.listing import looked, narrowed, page
from loudou.exchange.api.people import named_person
from loudou.exchange.api.problems import forbidden
from loudou.exchange.api.products import Versioned
from loudou.exchange.api.rows import named, tagged
from loudou.exchange.api.shapes import (
    GUARDED,
    VERSIONED,
    Asked,
    In,
    Instant,
    Key,
    Long,
    Name,
    Out,
    Page,
    PersonRef,
    Reason,
    Short,
    UnitRef,
    Version,
    When,
    absent,
    person_ref,
    sent,
    unit_ref,
)
from loudou.people.access import fetch, may, require
from loudou.people.models import User

router = Router(tags=["customers"])
SourceName = Literal[("", *SOURCES)]  # type: ignore[valid-type]
Kind = Literal["company", "person"]
Part = Literal["", "eb", "ub", "tb", "coach"]
Attitude = Literal["supports", "neutral", "against", "unknown"]
PhoneText = Annotated[str, Field(max_length=60)]
Tags = Annotated[list[Annotated[str, Field(min_length=1, max_length=40)]], Field(max_length=20)]
_SHOWN = ("owner", "unit")


# Customers -----------------------------------------------------------------------------------------------------


class CustomerRow(Out):
    id: int
    version: int
    code: str
    kind: str
    name: str
    industry: str
    size: str
    region: str
    source: str
    grade: str
    tags: list[str]
    uscc: str
    phone: str
    phone_is_masked: bool
    phone_verified: bool
    owner: PersonRef | None
    unit: UnitRef | None
    created_at: When | None
    touched_at: When


class CustomerDetail(CustomerRow):
    address: str
    website: str
    note: str
    recorded_at: When
    merged_into_id: int | None


class CustomerPage(Page[CustomerRow]):
    pass


class CustomerFilter(Asked):
    """The parameters of the page."""

    q: Annotated[
        str, Field(max_length=60, description="Name, pinyin, initials, code, phone, credit code.")
    ] = ""
    code: Short = ""
    uscc: Annotated[str, Field(max_length=18)] = ""
    unit: Annotated[Short, Field(description="A unit's code; everything below it counts.")] = ""
    owner: Annotated[Short, Field(description="A user name, `me`, or `none` for nobody's.")] = ""
    industry: Annotated[str, Field(max_length=80)] = ""
    region: Annotated[str, Field(max_length=80)] = ""
    source: SourceName = ""
    grade: Annotated[str, Field(max_length=12)] = ""
    kind: Kind | None = None
    tag: Annotated[str, Field(max_length=40)] = ""
    touched_since: Instant | None = None
    sort: Literal[tuple(SORTS)] = "touched"  # type: ignore[valid-type]


class NewCustomer(In):
    code: Annotated[str, Field(max_length=60)] = ""
    kind: Kind = "company"
    name: Name
    industry: Annotated[str, Field(max_length=80)] = ""
    size: Annotated[str, Field(max_length=40)] = ""
    region: Annotated[str, Field(max_length=80)] = ""
    address: Annotated[str, Field(max_length=300)] = ""
    website: Short = ""
    source: SourceName = ""
    uscc: Annotated[str, Field(max_length=40)] = ""
    phone: PhoneText = ""
    grade: Annotated[str, Field(max_length=12)] = ""
    tags: Tags = []
    note: Long = ""
    owner: Key | None = None
    created_at: Instant | None = None


class CustomerChange(In):
    version: Version | None = None
    code: Annotated[str, Field(min_length=1, max_length=60)] = absent
    kind: Kind = absent
    name: Name = absent
    industry: Annotated[str, Field(max_length=80)] = absent
    size: Annotated[str, Field(max_length=40)] = absent
    region: Annotated[str, Field(max_length=80)] = absent
    address: Annotated[str, Field(max_length=300)] = absent
    website: Short = absent
    source: SourceName = absent
    uscc: Annotated[str, Field(max_length=40)] = absent
    phone: PhoneText = absent
    grade: Annotated[str, Field(max_length=12)] = absent
    tags: Tags = absent
    note: Long = absent
    created_at: Instant | None = None


class Giving(In):
    version: Version | None = None
    owner: Key
    reason: Reason


class Sharing(In):
    user: Key


class Merging(In):
    merged: Annotated[Key, Field(description="The customer that becomes part of this one.")]
    version: Version | None = None


class Phone(Out):
    phone: str


@router.get("/customers", response=CustomerPage, summary=_("Customers"))
def list_customers(request: Call, asked: Query[CustomerFilter]) -> Page[CustomerRow]:
    """Those the caller may see, what happened last first; merged ones are left out."""
    require(request.user, "customers.see")
    lens = looked(CustomerLens, asked, request.user)
    return page(
        request,
        narrowed(
            lens.customers,
            code=asked.code,
            uscc=asked.uscc.upper(),
            touched_at__gte=asked.touched_since,
        ),
        asked,
        CustomerPage,
        order=lens.order,
        load=lambda keys: Customer.objects.filter(pk__in=keys).select_related(*_SHOWN),
        shape=lambda customer: CustomerRow(**_row(request.user, customer)),
    )


@router.get("/customers/{int:id}", response=CustomerDetail, summary=_("A customer"))
def get_customer(request: Call, id: Key) -> CustomerDetail:
    return _told(request, fetch(request.user, Customer, id))


@router.post("/customers", response={201: CustomerDetail}, summary=_("Add a customer"))
def add_customer(request: Call, body: NewCustomer) -> Status[CustomerDetail]:
    """Without a code one is made; without an owner it is the caller's. A certain duplicate (the same credit code, or
    a phone verified elsewhere) is refused."""
    owner = named_person(request.user, body.owner, "owner")
    customer = verbs.add_customer(by=request.user, owner=owner, **sent(body, "owner"))
    request.place = f"/api/v1/customers/{customer.pk}"
    return Status(201, _told(request, customer))


@router.patch(
    "/customers/{int:id}", response=CustomerDetail, summary=_("Change a customer"), openapi_extra=GUARDED
)
def edit_customer(request: Call, id: Key, body: CustomerChange) -> CustomerDetail:
    """Whose it is is hand-over's business. A new phone has to be verified anew."""
    customer = fetch(request.user, Customer, id)
    values = sent(body, "version")
    _refuse_masked(request.user, customer, values)
    version = known_version(request, body.version)
    return _told(request, verbs.edit_customer(customer, by=request.user, version=version, **values))


@router.post(
    "/customers/{int:id}/hand-over", response=CustomerDetail, summary=_("Hand over"), openapi_extra=VERSIONED
)
def hand_over_customer(request: Call, id: Key, body: Giving) -> CustomerDetail:
    """To another owner, whose unit it joins, with the open deals that were the former owner's."""
    customer = fetch(request.user, Customer, id)
    owner = named_person(request.user, body.owner, "owner")
    version = sent_version(request, body.version)
    handed = verbs.hand_over(customer, owner=owner, by=request.user, reason=body.reason, version=version)
    return _told(request, handed)


@router.post("/customers/{int:id}/share", response=CustomerDetail, summary=_("Let a colleague see it"))
def share(request: Call, id: Key, body: Sharing) -> CustomerDetail:
    customer = fetch(request.user, Customer, id)
    user = named_person(request.user, body.user, "user")
    return _told(request, verbs.share(customer, user=user, by=request.user))


@router.post("/customers/{int:id}/unshare", response=CustomerDetail, summary=_("No longer"))
def unshare(request: Call, id: Key, body: Sharing) -> CustomerDetail:
    customer = fetch(request.user, Customer, id)
    user = named_person(request.user, body.user, "user")
    return _told(request, verbs.unshare(customer, user=user, by=request.user))


@router.post(
    "/customers/{int:id}/verify-phone",
    response=CustomerDetail,
    summary=_("Its phone was verified"),
    openapi_extra=VERSIONED,
)
def verify_phone(request: Call, id: Key, body: Versioned) -> CustomerDetail:
    customer = fetch(request.user, Customer, id)
    version = sent_version(request, body.version)
    return _told(request, verbs.verify_phone(customer, by=request.user, version=version))


@router.post("/customers/{int:id}/reveal-phone", response=Phone, summary=_("Show a masked phone"))
def reveal_phone(request: Call, id: Key) -> Phone:
    """On record, and so many a day."""
    return Phone(phone=verbs.reveal_phone(fetch(request.user, Customer, id), by=request.user))


@router.post(
    "/customers/{int:id}/merge",
    response=CustomerDetail,
    summary=_("Merge another into it"),
    openapi_extra=VERSIONED,
)
def merge(request: Call, id: Key, body: Merging) -> CustomerDetail:
    """What hung on the other hangs on this one; the page can part them again for a while."""
    customer = fetch(request.user, Customer, id)
    other = named(request.user, Customer, body.merged, "merged")
    version = sent_version(request, body.version)
    verbs.merge_customers(customer, merged=other, by=request.user, version=version)
    return _told(request, customer)


def _told(request: Call, customer: Customer) -> CustomerDetail:
    fresh = Customer.objects.select_related(*_SHOWN).get(pk=customer.pk)
    return CustomerDetail(
        **_row(request.user, tagged(request, fresh)),
        address=fresh.address,
        website=fresh.website,
        note=fresh.note,
        recorded_at=fresh.recorded_at,
        merged_into_id=fresh.merged_into_id,
    )


def _row(user: User, customer: Customer) -> dict[str, Any]:
    whole = not customer.phone or may(user, "customers.see_phone", customer)
    return {
        "id": customer.pk,
        "version": customer.version,
        "code": customer.code,
        "kind": customer.kind,
        "name": customer.name,
        "industry": customer.industry,
        "size": customer.size,
        "region": customer.region,
        "source": customer.source,
        "grade": customer.grade,
        "tags": customer.tags,
        "uscc": customer.uscc,
        "phone": customer.phone if whole else masked(customer.phone),
        "phone_is_masked": not whole,
        "phone_verified": customer.phone_verified,
        "owner": person_ref(customer.owner),
        "unit": unit_ref(customer.unit),
        "created_at": customer.created_at,
        "touched_at": customer.touched_at,
    }


def _refuse_masked(user: User, row: Customer | Contact, values: dict[str, Any]) -> None:
    """Who sees a field masked must not write over what they cannot see."""
    for name, right in row.guarded.items():
        if name in values and getattr(row, name) and not may(user, right, row):
            raise forbidden()


# Contacts ------------------------------------------------------------------------------------------------------


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


@router.get("/contacts", response=ContactPage, summary=_("People at customers"), tags=["contacts"])
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
        load=lambda keys: Contact.objects.filter(pk__in=keys).select_related("customer"),
        shape=lambda contact: contact_row(request.user, contact),
    )


@router.get("/contacts/{int:id}", response=ContactRow, summary=_("A person at a customer"), tags=["contacts"])
def get_contact(request: Call, id: Key) -> ContactRow:
    return _told_contact(request, fetch(request.user, Contact, id))


@router.post(
    "/contacts", response={201: ContactRow}, summary=_("Add a person at a customer"), tags=["contacts"]
)
def add_contact(request: Call, body: NewContact) -> Status[ContactRow]:
    customer = named(request.user, Customer, body.customer, "customer")
    contact = verbs.add_contact(customer, by=request.user, **sent(body, "customer"))
    request.place = f"/api/v1/contacts/{contact.pk}"
    return Status(201, _told_contact(request, contact))


@router.patch(
    "/contacts/{int:id}",
    response=ContactRow,
    summary=_("Change what is known of a person"),
    tags=["contacts"],
    openapi_extra=GUARDED,
)
def edit_contact(request: Call, id: Key, body: ContactChange) -> ContactRow:
    contact = fetch(request.user, Contact, id)
    values = sent(body, "version")
    _refuse_masked(request.user, contact, values)
    version = known_version(request, body.version)
    return _told_contact(request, verbs.edit_contact(contact, by=request.user, version=version, **values))


@router.post("/contacts/{int:id}/left", response=ContactRow, summary=_("They have left"), tags=["contacts"])
def mark_left(request: Call, id: Key, body: LeavingContact) -> ContactRow:
    """What they did stays."""
    contact = fetch(request.user, Contact, id)
    return _told_contact(request, verbs.mark_left(contact, by=request.user, at=body.at))


@router.post("/contacts/{int:id}/back", response=ContactRow, summary=_("They are back"), tags=["contacts"])
def mark_back(request: Call, id: Key) -> ContactRow:
    return _told_contact(request, verbs.mark_back(fetch(request.user, Contact, id), by=request.user))


@router.post(
    "/contacts/{int:id}/reveal-phone", response=Phone, summary=_("Show a masked phone"), tags=["contacts"]
)
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
