"""Exchange rates and working-day calendars."""

from __future__ import annotations

from datetime import date
from typing import Literal

from django.utils.translation import gettext_noop as _
from ninja import Query, Router

from loudou.exchange.api.gate import Call
from loudou.exchange.api.listing import narrowed, page
from loudou.exchange.api.rows import tagged, there
from loudou.exchange.api.shapes import (
    Asked,
    Currency,
    Day,
    In,
    Key,
    Number,
    Out,
    Page,
    RateValue,
    Short,
    sent,
)
from loudou.people import verbs
from loudou.people.models import Calendar, CalendarDay, Rate

router = Router()


class RateRow(Out):
    id: int
    version: int
    currency: str
    kind: str
    valid_from: date
    rate: Number


class RatePage(Page[RateRow]):
    pass


class RateFilter(Asked):
    currency: Short = ""
    kind: Literal["plan", "spot"] | None = None


class NewRate(In):
    currency: Currency
    kind: Literal["plan", "spot"]
    valid_from: Day
    rate: RateValue


class CalendarDayRow(Out):
    day: date
    working: bool
    name: str


class CalendarRow(Out):
    id: int
    version: int
    code: str
    name: str
    weekend: list[int]
    known_until: int


class CalendarDetail(CalendarRow):
    days: list[CalendarDayRow]


class CalendarPage(Page[CalendarRow]):
    pass


@router.get("/rates", response=RatePage, summary=_("Exchange rates"), tags=["rates"])
def list_rates(request: Call, asked: Query[RateFilter]) -> Page[RateRow]:
    """Units of the base currency for one of `currency`, from `valid_from` on; newest first."""
    rates = narrowed(Rate.objects.all(), currency=asked.currency, kind=asked.kind)
    return page(request, rates, asked, RatePage, order=("-valid_from", "-id"), shape=rate_row)


@router.post("/rates", response=RateRow, summary=_("Set a rate"), tags=["rates"])
def set_rate(request: Call, body: NewRate) -> RateRow:
    """One a currency, kind and day: set again, it is replaced."""
    return rate_row(verbs.set_rate(**sent(body), by=request.user))


@router.get("/calendars", response=CalendarPage, summary=_("Working-day calendars"), tags=["calendars"])
def list_calendars(request: Call, asked: Query[Asked]) -> Page[CalendarRow]:
    return page(
        request, Calendar.objects.all(), asked, CalendarPage, order=("code", "id"), shape=calendar_row
    )


@router.get("/calendars/{int:id}", response=CalendarDetail, summary=_("A calendar"), tags=["calendars"])
def get_calendar(request: Call, id: Key) -> CalendarDetail:
    """`weekend` holds weekday numbers, Monday 0; `days` the holidays and make-up days that differ from it."""
    calendar = tagged(request, there(Calendar.objects.filter(pk=id).first()))
    days = CalendarDay.objects.filter(calendar=calendar).order_by("day")
    return CalendarDetail(
        **calendar_row(calendar).model_dump(),
        days=[CalendarDayRow(day=row.day, working=row.working, name=row.name) for row in days],
    )


def rate_row(rate: Rate) -> RateRow:
    return RateRow(
        id=rate.pk,
        version=rate.version,
        currency=rate.currency,
        kind=rate.kind,
        valid_from=rate.valid_from,
        rate=rate.rate,
    )


def calendar_row(calendar: Calendar) -> CalendarRow:
    return CalendarRow(
        id=calendar.pk,
        version=calendar.version,
        code=calendar.code,
        name=calendar.name,
        weekend=calendar.weekend,
        known_until=calendar.known_until,
    )
