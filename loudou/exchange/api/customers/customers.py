"""Customers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Status
from pydantic import Field

from loudou.customers import verbs
from loudou.customers.figures.phones import masked
from loudou.customers.lens import SORTS, CustomerLens
from loudou.customers.models import SOURCES, Customer
from loudou.exchange.api.customers.phones import Phone, PhoneText, refuse_masked, shown
from loudou.exchange.api.gate import Call, known_version, sent_version
from loudou.exchange.api.listing import looked, narrowed, page
from loudou.exchange.api.people import named_person
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
Tags = Annotated[list[Annotated[str, Field(min_length=1, max_length=40)]], Field(max_length=20)]
_SHOWN = ("owner", "unit")


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
        str,
        Field(
            max_length=60,
            description="Name, pinyin, initials; code, phone, credit code, whole or their first digits.",
        ),
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
        load=lambda keys: shown(request.user, Customer.objects.filter(pk__in=keys).select_related(*_SHOWN)),
        shape=lambda customer: CustomerRow(**_row(request.user, customer)),
    )


@router.get("/customers/{int:id}", response=CustomerDetail, summary=_("A customer"))
def get_customer(request: Call, id: Key) -> CustomerDetail:
    customer = fetch(request.user, Customer, id)
    verbs.sight([customer], by=request.user)
    return _told(request, customer)


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
    refuse_masked(request.user, customer, values)
    version = known_version(request, body.version, "customers.edit", customer)
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
