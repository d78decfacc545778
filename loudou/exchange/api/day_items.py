"""What is to be done on which day (日事日毕): planned, done, or carried with its cause."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Status
from pydantic import Field

from loudou.daylog import verbs
from loudou.daylog.lens import ItemLens, items
from loudou.daylog.models import Item
from loudou.exchange.api.gate import Call, sent_version
from loudou.exchange.api.listing import looked, page
from loudou.exchange.api.rows import tagged
from loudou.exchange.api.shapes import (
    VERSIONED,
    Day,
    In,
    Key,
    OfPeriod,
    Out,
    Page,
    PersonRef,
    UnitRef,
    Version,
    person_ref,
    unit_ref,
)
from loudou.people.access import fetch, require
from loudou.people.queries import organisation

router = Router(tags=["day logs"])
ORDER = ("-due_on", "-id")
Words = Annotated[str, Field(min_length=1, max_length=300)]


class ItemRow(Out):
    id: int
    version: int
    user: PersonRef
    unit: UnitRef | None
    text: str
    due_on: date
    since: date = Field(description="The day it was first due.")
    age: int = Field(description="For how many days it has not been done.")
    closed_on: date | None
    cause: str
    carried_from: int | None
    goes_on_on: date | None
    day_log: int | None = Field(description="The log that planned it.")


class ItemPage(Page[ItemRow]):
    pass


class ItemFilter(OfPeriod):
    state: Literal["open", "overdue", "carried", "done", "all"] = "open"


class NewItem(In):
    text: Words


class ItemDone(In):
    version: Version | None = None


class ItemCarried(In):
    version: Version | None = None
    cause: Words
    to: Day


@router.get("/day-items", response=ItemPage, summary=_("Items of days"))
def list_items(request: Call, asked: Query[ItemFilter]) -> Page[ItemRow]:
    """What is not done yet, unless `state` says otherwise; due last first."""
    require(request.user, "daylog.see")
    found = looked(ItemLens, asked, request.user).items
    return page(request, found, asked, ItemPage, order=ORDER, load=items, shape=item_row)


@router.get("/day-items/{int:id}", response=ItemRow, summary=_("An item of a day"))
def get_item(request: Call, id: Key) -> ItemRow:
    return _told(request, fetch(request.user, Item, id).pk)


@router.post("/day-items", response={201: ItemRow}, summary=_("Plan an item for the next working day"))
def plan_item(request: Call, body: NewItem) -> Status[ItemRow]:
    """One's own; what is planned already stays one."""
    planned = verbs.plan_item(request.user, what=body.text, by=request.user)
    request.place = f"/api/v1/day-items/{planned.pk}"
    return Status(201, _told(request, planned.pk))


@router.post(
    "/day-items/{int:id}/close",
    response=ItemRow,
    summary=_("Note that an item is done"),
    openapi_extra=VERSIONED,
)
def close_item(request: Call, id: Key, body: ItemDone) -> ItemRow:
    """Today, by who has to do it; twice is once."""
    version, item = sent_version(request, body.version), fetch(request.user, Item, id, to="daylog.write")
    verbs.close_item(item, on=organisation().today, by=request.user, version=version)
    return _told(request, id)


@router.post(
    "/day-items/{int:id}/carry",
    response={201: ItemRow},
    summary=_("Carry an item on to another day"),
    openapi_extra=VERSIONED,
)
def carry_item(request: Call, id: Key, body: ItemCarried) -> Status[ItemRow]:
    """With its cause; the answer is the item of that day, which keeps its age."""
    version, item = sent_version(request, body.version), fetch(request.user, Item, id, to="daylog.write")
    made = verbs.carry_item(item, cause=body.cause, to=body.to, by=request.user, version=version)
    request.place = f"/api/v1/day-items/{made.pk}"
    return Status(201, _told(request, made.pk))


def item_row(item: Item) -> ItemRow:
    """An item, how old it is, what became of it."""
    carried: Item | None = getattr(item, "carried_into", None)
    same = ("version", "text", "due_on", "since", "closed_on", "cause")
    return ItemRow(
        id=item.pk,
        user=person_ref(item.user),
        unit=unit_ref(item.unit),
        age=item.age_on(organisation().today),
        carried_from=item.carried_from_id,
        goes_on_on=carried.due_on if carried is not None else None,
        day_log=item.planned_in_id,
        **{name: getattr(item, name) for name in same},
    )


def _told(request: Call, key: int) -> ItemRow:
    return item_row(tagged(request, items([key])[0]))
