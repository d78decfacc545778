"""Results other systems tell: what was invoiced, received and earned, by day and by whom."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Status
from pydantic import Field

from loudou.exchange.api.gate import Call, known_version
from loudou.exchange.api.listing import page
from loudou.exchange.api.rows import tagged
from loudou.exchange.api.shapes import (
    GUARDED,
    VERSIONED,
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
from loudou.exchange.api.targets._shared import (
    ForSomebody,
    OfSomebody,
    Withdrawal,
    owner_of,
    seen,
    to_withdraw,
)
from loudou.kernel.refusals import Refused
from loudou.people.access import fetch
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
    counts_on: date
    relates_to: int | None
    corrects: int | None
    amount: Money
    currency: str
    base_amount: Money
    source_system: str
    source_id: str
    recorded_at: When


class ActualPage(Page[ActualRow]):
    pass


class ActualFilter(OfSomebody):
    metric: Told | Literal[""] = ""
    relates_to: Annotated[Key | None, Field(description="What came late for this closing.")] = None


class NewActual(ForSomebody):
    metric: Told
    day: Day
    amount: Annotated[Signed, Field(description="Below zero for what is credited or returned.")]
    currency: Currency | None = None
    source_system: Annotated[str, Field(max_length=60)] = ""
    source_id: Annotated[str, Field(max_length=120)] = ""


class ActualChange(In):
    version: Version | None = None
    amount: Signed


@router.get("/actuals", response=ActualPage, summary=_("Results of other systems"))
def list_actuals(request: Call, asked: Query[ActualFilter]) -> Page[ActualRow]:
    """The newest first."""
    wanted = asked.model_dump(include={"unit", "person", "metric", "relates_to"})
    found = seen(request, Actual, **wanted)
    return page(request, found, asked, ActualPage, shape=_row)


@router.get("/actuals/{int:id}", response=ActualRow, summary=_("A result"))
def get_actual(request: Call, id: Key) -> ActualRow:
    return _told(request, fetch(request.user, Actual, id))


@router.post("/actuals", response={201: ActualRow}, summary=_("Record a result"))
def record_actual(request: Call, body: NewActual) -> Status[ActualRow]:
    """Of a unit, or of a person; what targets of its metric are held against.

    Of a day in closed books it counts on the first day of the open month and relates to the closing."""
    told = verbs.ActualRow(
        metric=body.metric,
        day=body.day,
        amount=body.amount,
        **owner_of(request, body),
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
    """What it was stays in history. In closed books the difference is posted in the open month."""
    actual = fetch(request.user, Actual, id)
    version = known_version(request, body.version, "targets.record", actual)
    return _told(request, verbs.correct_actual(actual, amount=body.amount, version=version, by=request.user))


@router.post(
    "/actuals/{int:id}/withdraw",
    response={204: None},
    summary=_("Withdraw a result"),
    openapi_extra=VERSIONED,
)
def withdraw_actual(request: Call, id: Key, body: Withdrawal) -> Status[None]:
    """For what was told by mistake; what counted in closed books is corrected to 0 instead."""
    verbs.withdraw_actuals([to_withdraw(request, Actual, id, body).pk], by=request.user)
    return Status(204, None)


def _row(actual: Actual) -> ActualRow:
    return ActualRow(
        id=actual.pk,
        version=actual.version,
        unit=actual.unit_id,
        person=actual.person_id,
        metric=actual.metric,
        day=actual.day,
        counts_on=actual.counts_on,
        relates_to=actual.relates_to_id,
        corrects=actual.corrects_id,
        amount=actual.amount,
        currency=actual.currency,
        base_amount=actual.base_amount,
        source_system=actual.source_system,
        source_id=actual.source_id,
        recorded_at=actual.recorded_at,
    )


def _told(request: Call, actual: Actual) -> ActualRow:
    return _row(tagged(request, actual))
