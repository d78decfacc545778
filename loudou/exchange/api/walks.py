"""Market walks of managers."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Status
from pydantic import Field

from loudou.customers.models import Customer
from loudou.exchange.api.gate import Call, sent_version
from loudou.exchange.api.listing import looked, page
from loudou.exchange.api.people import named_person
from loudou.exchange.api.rows import named, tagged
from loudou.exchange.api.shapes import (
    VERSIONED,
    CustomerRef,
    Day,
    In,
    Key,
    OfPeriod,
    Out,
    Page,
    PersonRef,
    Short,
    UnitRef,
    Version,
    When,
    customer_ref,
    person_ref,
    unit_ref,
)
from loudou.market import verbs
from loudou.market.lens import ORDER, WalkLens
from loudou.market.models import Stop, Walk
from loudou.people.access import fetch, require

router = Router(tags=["market"])
Line = Annotated[str, Field(max_length=120)]
Text = Annotated[str, Field(max_length=2000)]


class MetRow(Out):
    customer: CustomerRef | None
    customer_name: str
    persons: str
    heard: str
    competitors: str
    prices: str


class WalkRow(Out):
    id: int
    version: int
    owner: PersonRef
    unit: UnitRef | None
    day: date
    area: str
    beside: PersonRef | None
    met: list[MetRow]
    learned: str
    follows: str
    recorded_at: When
    annulled_at: When | None
    annulled_reason: str


class WalkPage(Page[WalkRow]):
    pass


class WalkFilter(OfPeriod):
    state: Short = ""


class NewMet(In):
    customer: Key | None = None
    customer_name: Line = ""
    persons: Line = ""
    heard: Text = ""
    competitors: Text = ""
    prices: Text = ""


class NewWalk(In):
    day: Day
    area: Line = ""
    beside: Key | None = None
    met: Annotated[list[NewMet], Field(min_length=1, max_length=20)]
    learned: Text = ""
    follows: Text = ""


class AnnulWalk(In):
    version: Version | None = None
    reason: Annotated[str, Field(min_length=1, max_length=300)]


@router.get("/walks", response=WalkPage, summary=_("Market walks"))
def list_walks(request: Call, asked: Query[WalkFilter]) -> Page[WalkRow]:
    """The latest first; annulled ones with `state=annulled`."""
    require(request.user, "market.see")
    found = looked(WalkLens, asked, request.user).walks
    return page(request, found, asked, WalkPage, order=ORDER, load=_load, shape=walk_row)


@router.get("/walks/{int:id}", response=WalkRow, summary=_("A market walk"))
def get_walk(request: Call, id: Key) -> WalkRow:
    return _told(request, id)


@router.post("/walks", response={201: WalkRow}, summary=_("Record a market walk"))
def record_walk(request: Call, body: NewWalk) -> Status[WalkRow]:
    """One's own, within a week of the day, with a customer at least."""
    user = request.user
    require(user, "market.walk")
    met = [
        verbs.Met(
            customer=named(user, Customer, one.customer, "met"),
            **one.model_dump(exclude={"customer"}),
        )
        for one in body.met
    ]
    beside = named_person(user, body.beside, "beside")
    said = {"area": body.area, "learned": body.learned, "follows": body.follows}
    made = verbs.record_walk(user, day=body.day, met=met, beside=beside, by=user, **said)
    request.place = f"/api/v1/walks/{made.pk}"
    return Status(201, _told(request, made.pk))


@router.post(
    "/walks/{int:id}/annul", response=WalkRow, summary=_("Annul a market walk"), openapi_extra=VERSIONED
)
def annul_walk(request: Call, id: Key, body: AnnulWalk) -> WalkRow:
    """It stays readable; the day may be recorded anew."""
    found, version = fetch(request.user, Walk, id), sent_version(request, body.version)
    verbs.annul_walk(found, reason=body.reason, by=request.user, version=version)
    return _told(request, id)


def walk_row(walk: Walk) -> WalkRow:
    return WalkRow(
        id=walk.pk,
        version=walk.version,
        owner=person_ref(walk.owner),
        unit=unit_ref(walk.unit),
        day=walk.day,
        area=walk.area,
        beside=person_ref(walk.beside),
        met=[_met(stop) for stop in walk.stops.all()],
        learned=walk.learned,
        follows=walk.follows,
        recorded_at=walk.recorded_at,
        annulled_at=walk.annulled_at,
        annulled_reason=walk.annulled_reason,
    )


def _met(stop: Stop) -> MetRow:
    customer = stop.customer
    return MetRow(
        customer=customer_ref(customer),
        customer_name=stop.customer_name,
        persons=stop.persons,
        heard=stop.heard,
        competitors=stop.competitors,
        prices=stop.prices,
    )


def _load(keys: list[int]) -> list[Walk]:
    return list(_whole().filter(pk__in=keys))


def _told(request: Call, key: int) -> WalkRow:
    return walk_row(tagged(request, fetch(request.user, Walk, key, using=_whole())))


def _whole() -> Any:
    return Walk.objects.select_related("owner", "unit", "beside").prefetch_related("stops__customer")
