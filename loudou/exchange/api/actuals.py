"""Results other systems tell: what was invoiced, received and earned, by day and by whom."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Status
from pydantic import Field

from loudou.exchange.api.gate import Call, known_version, sent_version
from loudou.exchange.api.listing import narrowed, page
from loudou.exchange.api.people import named_person, named_unit
from loudou.exchange.api.rows import tagged
from loudou.exchange.api.shapes import (
    GUARDED,
    VERSIONED,
    Asked,
    Currency,
    Day,
    In,
    Key,
    Money,
    Out,
    Page,
    Signed,
    Version,
    When,
)
from loudou.journal.record import refuse_stale
from loudou.kernel.refusals import Refused
from loudou.people.access import fetch, require
from loudou.targets import verbs
from loudou.targets.models import Actual

router = Router(tags=["targets"])
Told = Literal["invoiced", "cash", "gross_margin"]


class ActualRow(Out):
    id: int
    version: int
    unit: int | None
    person: int | None
    metric: str
    day: date
    amount: Money
    currency: str
    base_amount: Money
    source_system: str
    source_id: str
    recorded_at: When


class ActualPage(Page[ActualRow]):
    pass


class ActualFilter(Asked):
    unit: Key | None = None
    person: Key | None = None
    metric: Told | Literal[""] = ""


class NewActual(In):
    unit: Key | None = None
    person: Key | None = None
    metric: Told
    day: Day
    amount: Annotated[Signed, Field(description="Below zero for what is credited or returned.")]
    currency: Currency | None = None
    source_system: Annotated[str, Field(max_length=60)] = ""
    source_id: Annotated[str, Field(max_length=120)] = ""


class ActualChange(In):
    version: Version | None = None
    amount: Signed


class ActualWithdrawal(In):
    version: Version | None = None


@router.get("/actuals", response=ActualPage, summary=_("Results of other systems"))
def list_actuals(request: Call, asked: Query[ActualFilter]) -> Page[ActualRow]:
    """The newest first."""
    require(request.user, "targets.see")
    found: Any = narrowed(
        Actual.objects.visible_to(request.user), unit=asked.unit, person=asked.person, metric=asked.metric
    )
    return page(request, found, asked, ActualPage, shape=_row)


@router.get("/actuals/{int:id}", response=ActualRow, summary=_("A result"))
def get_actual(request: Call, id: Key) -> ActualRow:
    return _told(request, fetch(request.user, Actual, id))


@router.post("/actuals", response={201: ActualRow}, summary=_("Record a result"))
def record_actual(request: Call, body: NewActual) -> Status[ActualRow]:
    """Of a unit, or of a person; what targets of its metric are held against."""
    told = verbs.ActualRow(
        metric=body.metric,
        day=body.day,
        amount=body.amount,
        unit=named_unit(body.unit, "unit"),
        person=named_person(request.user, body.person, "person"),
        currency=body.currency or "",
        source_system=body.source_system,
        source_id=body.source_id,
    )
    made = verbs.record_actuals([told], by=request.user)[0]
    if isinstance(made, Refused):
        raise made
    request.place = f"/api/v1/actuals/{made.pk}"
    return Status(201, _told(request, made))


@router.patch("/actuals/{int:id}", response=ActualRow, summary=_("Correct a result"), openapi_extra=GUARDED)
def correct_actual(request: Call, id: Key, body: ActualChange) -> ActualRow:
    """What it was stays in history."""
    actual = fetch(request.user, Actual, id)
    version = known_version(request, body.version)
    return _told(request, verbs.correct_actual(actual, amount=body.amount, version=version, by=request.user))


@router.post(
    "/actuals/{int:id}/withdraw",
    response={204: None},
    summary=_("Withdraw a result"),
    openapi_extra=VERSIONED,
)
def withdraw_actual(request: Call, id: Key, body: ActualWithdrawal) -> Status[None]:
    """For what was told by mistake."""
    actual = fetch(request.user, Actual, id)
    version = sent_version(request, body.version)
    refuse_stale(actual, version)
    verbs.withdraw_actuals([actual.pk], by=request.user)
    return Status(204, None)


def _row(actual: Actual) -> ActualRow:
    return ActualRow(
        id=actual.pk,
        version=actual.version,
        unit=actual.unit_id,
        person=actual.person_id,
        metric=actual.metric,
        day=actual.day,
        amount=actual.amount,
        currency=actual.currency,
        base_amount=actual.base_amount,
        source_system=actual.source_system,
        source_id=actual.source_id,
        recorded_at=actual.recorded_at,
    )


def _told(request: Call, actual: Actual) -> ActualRow:
    return _row(tagged(request, actual))
