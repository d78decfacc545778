"""What time weighs when targets are taken apart: the seasons of the year, and selling days."""

from __future__ import annotations

from typing import Annotated

from django.utils.translation import gettext_noop as _
from ninja import Router
from pydantic import Field

from loudou.exchange.api.gate import Call
from loudou.exchange.api.people import named_unit
from loudou.exchange.api.problems import no_such
from loudou.exchange.api.shapes import Growth, In, Key, Money, Out, Ratio, UnitRef, Version, unit_ref
from loudou.journal.record import acting
from loudou.people.access import require
from loudou.pipeline.queries.funnels import funnel_named
from loudou.targets import verbs
from loudou.targets.models import SeasonalIndex, SellingCalendar

router = Router(tags=["targets"])


class SeasonRow(Out):
    year: Annotated[int, Field(description="0: of every year.")]
    month: int
    index: Ratio
    version: int


class NewSeason(In):
    year: Annotated[int, Field(ge=0, le=2100, description="0: of every year.")] = 0
    month: int
    index: Growth | None = Field(description="Null takes it back.")


class NewSeasons(In):
    seasons: Annotated[list[NewSeason], Field(max_length=200)]


class SellingRow(Out):
    unit: UnitRef | None
    funnel: str
    weekdays: list[Money]
    holiday: Money | None
    version: int


class NewSelling(In):
    version: Version | None = None
    unit: Key | None = None
    funnel: Annotated[str, Field(max_length=40)] = ""
    weekdays: Annotated[list[Growth], Field(max_length=7)] | None = Field(
        description="Monday to Sunday; 1 is an ordinary day, 0 one that is shut. Null takes them back."
    )
    holiday: Growth | None = None


@router.get("/seasonal-indices", response=list[SeasonRow], summary=_("Seasonal indices"))
def list_seasons(request: Call) -> list[SeasonRow]:
    """Sales per working day of a month ÷ those of the mean month; a month without one weighs 1."""
    require(request.user, "targets.see")
    return _seasons()


@router.post("/seasonal-indices", response=list[SeasonRow], summary=_("Set seasonal indices"))
def set_seasons(request: Call, body: NewSeasons) -> list[SeasonRow]:
    """Months that are not named stay."""
    with acting():
        for one in body.seasons:
            if one.index is None:
                found = SeasonalIndex.objects.filter(year=one.year, month=one.month)
                verbs.withdraw_seasons(list(found.values_list("pk", flat=True)), by=request.user)
            else:
                verbs.set_season(year=one.year, month=one.month, index=one.index, by=request.user)
    return _seasons()


@router.get("/selling-days", response=list[SellingRow], summary=_("Selling days"))
def list_selling_days(request: Call) -> list[SellingRow]:
    """What the days of a week and official holidays weigh where it is not 1 a working day."""
    require(request.user, "targets.see")
    return _selling()


@router.post("/selling-days", response=list[SellingRow], summary=_("Set selling days"))
def set_selling_days(request: Call, body: NewSelling) -> list[SellingRow]:
    """Of a unit with all below it, or of a funnel."""
    unit = named_unit(body.unit, "unit")
    funnel = funnel_named(body.funnel) if body.funnel else None
    if body.funnel and funnel is None:
        raise no_such("funnel")
    if body.weekdays is None:
        found = SellingCalendar.objects.filter(unit=unit, funnel=funnel)
        verbs.withdraw_selling_days(list(found.values_list("pk", flat=True)), by=request.user)
    else:
        verbs.set_selling_days(
            **body.model_dump(include={"weekdays", "holiday", "version"}),
            unit=unit,
            funnel=funnel,
            by=request.user,
        )
    return _selling()


def _seasons() -> list[SeasonRow]:
    rows = SeasonalIndex.objects.order_by("year", "month")
    return [SeasonRow(year=row.year, month=row.month, index=row.index, version=row.version) for row in rows]


def _selling() -> list[SellingRow]:
    return [
        SellingRow(
            unit=unit_ref(row.unit),
            funnel=row.funnel.code if row.funnel is not None else "",
            weekdays=row.weekdays,
            holiday=row.holiday,
            version=row.version,
        )
        for row in SellingCalendar.objects.select_related("unit", "funnel")
    ]
