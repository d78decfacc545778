"""The control desk's own log of the day (F09): the morning call, the evening call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal

from django.utils.translation import gettext_noop as _
from ninja import Query, Router
from pydantic import Field

from loudou.daylog import verbs
from loudou.daylog.lens import DayLens
from loudou.daylog.models import DeskLog
from loudou.exchange.api.day_logs import NewStop, StopRow, stop_row, told_stops
from loudou.exchange.api.gate import Call
from loudou.exchange.api.listing import looked, page
from loudou.exchange.api.people import named_person
from loudou.exchange.api.rows import tagged
from loudou.exchange.api.shapes import (
    In,
    Instant,
    Key,
    OfPeriod,
    Out,
    Page,
    PersonRef,
    UnitRef,
    When,
    person_ref,
    unit_ref,
)
from loudou.people.access import fetch, require

router = Router(tags=["day logs"])
ORDER = ("-day", "-id")
Words = Annotated[str, Field(max_length=300)]


class DeskLogRow(Out):
    id: int
    version: int
    user: PersonRef
    unit: UnitRef | None
    day: date
    arrival: str
    checked_at: When | None
    checked_by: PersonRef | None
    reported_at: When | None
    reported_by: PersonRef | None
    in_window: bool
    ended_at: When | None
    deviation: str


class DeskLogWhole(DeskLogRow):
    stops: list[StopRow]


class DeskLogPage(Page[DeskLogRow]):
    pass


class MorningCall(In):
    user: Key
    arrival: Literal["on_time", "late", "unreachable", "excused"]
    deviation: Words = ""


class EveningCall(In):
    user: Key
    began_at: Instant | None = None
    stops: Annotated[list[NewStop], Field(max_length=40)] = []
    deviation: Words = ""


@router.get("/desk-logs", response=DeskLogPage, summary=_("Day logs of the control desk"))
def list_desk_logs(request: Call, asked: Query[OfPeriod]) -> Page[DeskLogRow]:
    """The latest day first. Where somebody was stands in the single one."""
    require(request.user, "daylog.see_desk")
    found = looked(DayLens, asked, request.user).desk_logs
    return page(request, found, asked, DeskLogPage, order=ORDER, load=_load, shape=desk_log_row)


@router.get("/desk-logs/{int:id}", response=DeskLogWhole, summary=_("A day log of the control desk"))
def get_desk_log(request: Call, id: Key) -> DeskLogWhole:
    """Reading the day of another person is on record."""
    found = fetch(request.user, DeskLog, id)
    verbs.read_log(found, by=request.user)
    return _told(request, id)


@router.post("/desk-logs/arrival", response=DeskLogWhole, summary=_("Note the morning call of today"))
def check_arrival(request: Call, body: MorningCall) -> DeskLogWhole:
    """A later call corrects an earlier one."""
    require(request.user, "daylog.desk")
    user = named_person(request.user, body.user, "user")
    kept = verbs.check_arrival(user, arrival=body.arrival, deviation=body.deviation, by=request.user)
    return _told(request, kept.pk)


@router.post("/desk-logs/report", response=DeskLogWhole, summary=_("Note the evening call of today"))
def hear_report(request: Call, body: EveningCall) -> DeskLogWhole:
    """Stop by stop; told again it replaces what was noted before, and the window counts from the first call."""
    require(request.user, "daylog.desk")
    kept = verbs.hear_report(
        named_person(request.user, body.user, "user"),
        stops=told_stops(request, body.stops),
        began_at=body.began_at,
        deviation=body.deviation,
        by=request.user,
    )
    return _told(request, kept.pk)


def desk_log_row(desk: DeskLog) -> DeskLogRow:
    """What the desk heard of a day, in a list."""
    return DeskLogRow(**_of_desk(desk))


def _of_desk(desk: DeskLog) -> dict[str, Any]:
    same = (
        *("version", "day", "arrival", "checked_at", "reported_at"),
        *("in_window", "ended_at", "deviation"),
    )
    return {
        "id": desk.pk,
        "user": person_ref(desk.user),
        "unit": unit_ref(desk.unit),
        "checked_by": person_ref(desk.checked_by),
        "reported_by": person_ref(desk.reported_by),
        **{name: getattr(desk, name) for name in same},
    }


def _load(keys: Sequence[int]) -> list[DeskLog]:
    rows = DeskLog.objects.filter(pk__in=keys)
    return list(rows.select_related("user", "unit", "checked_by", "reported_by"))


def _told(request: Call, key: int) -> DeskLogWhole:
    desk = tagged(request, _load([key])[0])
    lines = desk.lines.select_related("customer")
    return DeskLogWhole(**_of_desk(desk), stops=[stop_row(line) for line in lines])
