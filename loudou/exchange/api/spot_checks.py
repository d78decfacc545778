"""Spot checks of day logs (F30): drawn by lot, taken for their red flags, and what was found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal

from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Status
from pydantic import Field

from loudou.daylog import verbs
from loudou.daylog.lens import DayLens
from loudou.daylog.models import DayLog, SpotCheck
from loudou.exchange.api.gate import Call, sent_version
from loudou.exchange.api.listing import looked, narrowed, page
from loudou.exchange.api.rows import named, tagged
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
    When,
    person_ref,
    unit_ref,
)
from loudou.people.access import fetch, require
from loudou.people.queries import organisation

router = Router(tags=["day logs"])
ORDER = ("-week", "-id")


class SpotCheckRow(Out):
    id: int
    version: int
    day_log: int
    user: PersonRef
    unit: UnitRef | None
    day: date
    flags: list[str]
    week: date
    reason: str
    seed: str
    drawn_at: When
    drawn_by: PersonRef | None
    result: str
    finding: str
    checker: PersonRef | None
    checked_at: When | None


class SpotCheckPage(Page[SpotCheckRow]):
    pass


class Drawn(Out):
    items: list[SpotCheckRow]


class SpotCheckFilter(OfPeriod):
    checked: bool | None = None


class NewSpotCheck(In):
    day_log: Key


class Draw(In):
    day: Annotated[Day | None, Field(description="Any day of the week to draw from; today if left out.")] = (
        None
    )


class Finding(In):
    version: Version | None = None
    result: Literal["verified", "unverifiable", "false"]
    finding: Annotated[str, Field(max_length=2000)] = ""


@router.get("/spot-checks", response=SpotCheckPage, summary=_("Spot checks"))
def list_spot_checks(request: Call, asked: Query[SpotCheckFilter]) -> Page[SpotCheckRow]:
    """The latest week first."""
    require(request.user, "daylog.see_checks")
    rows = looked(DayLens, asked, request.user).checks
    unchecked = None if asked.checked is None else not asked.checked
    found = narrowed(rows, checked_at__isnull=unchecked)
    return page(request, found, asked, SpotCheckPage, order=ORDER, load=_load, shape=spot_check_row)


@router.get("/spot-checks/{int:id}", response=SpotCheckRow, summary=_("A spot check"))
def get_spot_check(request: Call, id: Key) -> SpotCheckRow:
    """Its log is read by itself."""
    return _told(request, fetch(request.user, SpotCheck, id).pk)


@router.post("/spot-checks", response={201: SpotCheckRow}, summary=_("Take a day log for a spot check"))
def target_check(request: Call, body: NewSpotCheck) -> Status[SpotCheckRow]:
    log = named(request.user, DayLog, body.day_log, "day_log")
    made = verbs.target_check(log, by=request.user)
    request.place = f"/api/v1/spot-checks/{made.pk}"
    return Status(201, _told(request, made.pk))


@router.post("/spot-checks/draw", response=Drawn, summary=_("Draw the spot checks of a week"))
def draw_checks(request: Call, body: Draw) -> Drawn:
    """A tenth of its logs by lot and those with red flags; drawn again, only what is missing."""
    made = verbs.draw_checks(body.day or organisation().today, by=request.user)
    return Drawn(items=[spot_check_row(check) for check in _load([check.pk for check in made])])


@router.post(
    "/spot-checks/{int:id}/finding",
    response=SpotCheckRow,
    summary=_("Say what a spot check found"),
    openapi_extra=VERSIONED,
)
def tell_finding(request: Call, id: Key, body: Finding) -> SpotCheckRow:
    """By neither the author nor their own manager, once; a log that is not true is annulled."""
    version = sent_version(request, body.version)
    check = fetch(request.user, SpotCheck, id)
    verbs.tell_finding(check, result=body.result, finding=body.finding, by=request.user, version=version)
    return _told(request, id)


def spot_check_row(check: SpotCheck) -> SpotCheckRow:
    """A check, of whose log it is, and what was found."""
    log = check.log
    same = ("version", "week", "reason", "seed", "drawn_at", "result", "finding", "checked_at")
    return SpotCheckRow(
        id=check.pk,
        day_log=log.pk,
        user=person_ref(log.user),
        unit=unit_ref(log.unit),
        day=log.day,
        flags=log.flags,
        drawn_by=person_ref(check.drawn_by),
        checker=person_ref(check.checker),
        **{name: getattr(check, name) for name in same},
    )


def _load(keys: Sequence[int]) -> list[SpotCheck]:
    found = SpotCheck.objects.filter(pk__in=keys).order_by("-id")
    return list(found.select_related("log__user", "log__unit", "drawn_by", "checker"))


def _told(request: Call, key: int) -> SpotCheckRow:
    return spot_check_row(tagged(request, _load([key])[0]))
