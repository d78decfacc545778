"""Who is away on which days, so that nothing is due of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal

from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Status
from pydantic import Field

from loudou.daylog import verbs
from loudou.daylog.lens import DayLens
from loudou.daylog.models import Absence
from loudou.exchange.api.gate import Call
from loudou.exchange.api.listing import looked, page
from loudou.exchange.api.people import named_person
from loudou.exchange.api.rows import tagged
from loudou.exchange.api.shapes import (
    Day,
    In,
    Key,
    OfPeriod,
    Out,
    Page,
    PersonRef,
    UnitRef,
    person_ref,
    unit_ref,
)
from loudou.people.access import fetch, require

router = Router(tags=["day logs"])
ORDER = ("-first", "-id")


class AbsenceRow(Out):
    id: int
    version: int
    user: PersonRef
    unit: UnitRef | None
    first: date
    last: date
    kind: str
    note: str


class AbsencePage(Page[AbsenceRow]):
    pass


class NewAbsence(In):
    user: Key
    first: Day
    last: Day
    kind: Literal["leave", "sick", "training", "other"] = "leave"
    note: Annotated[str, Field(max_length=200)] = ""


@router.get("/absences", response=AbsencePage, summary=_("Absences"))
def list_absences(request: Call, asked: Query[OfPeriod]) -> Page[AbsenceRow]:
    """Those that touch the period, the latest first."""
    require(request.user, "daylog.see")
    found = looked(DayLens, asked, request.user).absences
    return page(request, found, asked, AbsencePage, order=ORDER, load=_load, shape=absence_row)


@router.get("/absences/{int:id}", response=AbsenceRow, summary=_("An absence"))
def get_absence(request: Call, id: Key) -> AbsenceRow:
    return _told(request, fetch(request.user, Absence, id).pk)


@router.post("/absences", response={201: AbsenceRow}, summary=_("Note an absence"))
def note_absence(request: Call, body: NewAbsence) -> Status[AbsenceRow]:
    """From the first to the last day, both included; two absences of a person never overlap."""
    user = named_person(request.user, body.user, "user")
    made = verbs.note_absence(user, by=request.user, **body.model_dump(exclude={"user"}))
    request.place = f"/api/v1/absences/{made.pk}"
    return Status(201, _told(request, made.pk))


@router.api_operation(
    ["DELETE"], "/absences/{int:id}", response={204: None}, summary=_("Take an absence back")
)
def cancel_absence(request: Call, id: Key) -> Status[None]:
    """One that does not take place."""
    verbs.cancel_absence(fetch(request.user, Absence, id, to="daylog.absences"), by=request.user)
    return Status(204, None)


def absence_row(absence: Absence) -> AbsenceRow:
    """Who is away, from when to when, and why."""
    same = ("version", "first", "last", "kind", "note")
    return AbsenceRow(
        id=absence.pk,
        user=person_ref(absence.user),
        unit=unit_ref(absence.unit),
        **{name: getattr(absence, name) for name in same},
    )


def _load(keys: Sequence[int]) -> list[Absence]:
    return list(Absence.objects.filter(pk__in=keys).select_related("user", "unit"))


def _told(request: Call, key: int) -> AbsenceRow:
    return absence_row(tagged(request, _load([key])[0]))
