"""The units of the organisation."""

from __future__ import annotations

from typing import Annotated, Literal

from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Status
from pydantic import Field

from loudou.exchange.api.gate import Call, known_version, sent_version
from loudou.exchange.api.listing import page
from loudou.exchange.api.rows import tagged, there
from loudou.exchange.api.shapes import (
    GUARDED,
    Asked,
    Day,
    In,
    Key,
    Out,
    Page,
    Short,
    Version,
    When,
    absent,
    sent,
)
from loudou.people import verbs
from loudou.people.access import may, require
from loudou.people.models import Unit, User

router = Router(tags=["units"])
UnitKind = Literal["company", "region", "department", "team"]
UnitName = Annotated[str, Field(min_length=1, max_length=120)]
UnitCode = Annotated[str, Field(min_length=1, max_length=40)]
Place = Annotated[int, Field(ge=0, le=32_767)]


class UnitRow(Out):
    id: int
    version: int
    code: str
    name: str
    kind: str
    parent_id: int | None
    position: int
    retired_at: When | None


class UnitPage(Page[UnitRow]):
    pass


class UnitFilter(Asked):
    below: Short = ""
    retired: bool = False


class NewUnit(In):
    code: UnitCode
    name: UnitName
    kind: UnitKind
    parent: Key | None = None
    position: Place = 0


class UnitChange(In):
    version: Version | None = None
    name: UnitName = absent
    kind: UnitKind = absent
    position: Place = absent


class UnitMove(In):
    parent: Key | None
    version: Version | None = None
    on: Day | None = None


@router.get("/units", response=UnitPage, summary=_("Units"))
def list_units(request: Call, asked: Query[UnitFilter]) -> Page[UnitRow]:
    """In the order of the tree; `below` is a unit's code."""
    require(request.user, "people.see")
    units = Unit.objects.all() if asked.retired else Unit.objects.filter(retired_at=None)
    if asked.below:
        units = units.filter(path__startswith=unit_coded(asked.below, "below").path)
    return page(request, units, asked, UnitPage, order=("path", "id"), shape=unit_row)


@router.get("/units/{int:id}", response=UnitRow, summary=_("A unit"))
def get_unit(request: Call, id: Key) -> UnitRow:
    return tagged_unit(request, _unit_at(request.user, id))


@router.post("/units", response={201: UnitRow}, summary=_("Add a unit"))
def add_unit(request: Call, body: NewUnit) -> Status[UnitRow]:
    values = sent(body, "parent")
    unit = verbs.add_unit(parent=named_unit(body.parent, "parent"), by=request.user, **values)
    request.place = f"/api/v1/units/{unit.pk}"
    return Status(201, tagged_unit(request, unit))


@router.patch("/units/{int:id}", response=UnitRow, summary=_("Change a unit"), openapi_extra=GUARDED)
def edit_unit(request: Call, id: Key, body: UnitChange) -> UnitRow:
    unit = _unit_at(request.user, id)
    version = known_version(request, body.version, "people.set_up")
    return tagged_unit(
        request, verbs.edit_unit(unit, by=request.user, version=version, **sent(body, "version"))
    )


@router.post("/units/{int:id}/move", response=UnitRow, summary=_("Move a unit in the tree"))
def move_unit(request: Call, id: Key, body: UnitMove) -> UnitRow:
    """From a day on; facts before it stay with where the unit stood then."""
    unit = _unit_at(request.user, id)
    version = sent_version(request, body.version)
    parent = named_unit(body.parent, "parent")
    return tagged_unit(
        request, verbs.move_unit(unit, to=parent, by=request.user, on=body.on, version=version)
    )


@router.post("/units/{int:id}/retire", response=UnitRow, summary=_("Close a unit"))
def retire_unit(request: Call, id: Key) -> UnitRow:
    return tagged_unit(request, verbs.retire_unit(_unit_at(request.user, id), by=request.user))


def unit_row(unit: Unit) -> UnitRow:
    return UnitRow(
        id=unit.pk,
        version=unit.version,
        code=unit.code,
        name=unit.name,
        kind=unit.kind,
        parent_id=unit.parent_id,
        position=unit.position,
        retired_at=unit.retired_at,
    )


def tagged_unit(request: Call, unit: Unit) -> UnitRow:
    return unit_row(tagged(request, unit))


def _unit_at(user: User, key: int) -> Unit:
    return there(Unit.objects.filter(pk=key).first() if may(user, "people.see") else None)


def named_unit(key: int | None, field: str) -> Unit | None:
    """The unit that a field of the body names."""
    return None if key is None else there(Unit.objects.filter(pk=key).first(), field)


def unit_coded(code: str, field: str = "unit") -> Unit:
    """A unit by its code."""
    return there(Unit.objects.filter(code=code).first(), field)
