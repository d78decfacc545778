"""Targets of units and people. How far they are is the report `target-progress`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Status
from pydantic import Field

from loudou.exchange.api.gate import Call, known_version, sent_version
from loudou.exchange.api.listing import page
from loudou.exchange.api.rows import tagged
from loudou.exchange.api.shapes import (
    GUARDED,
    VERSIONED,
    Amount,
    Currency,
    Day,
    In,
    Key,
    Money,
    Out,
    Page,
    Reason,
    Version,
    When,
    absent,
    sent,
)
from loudou.exchange.api.targets._shared import (
    ForSomebody,
    Metric,
    OfSomebody,
    PeriodName,
    Withdrawal,
    Words,
    owner_of,
    period_named,
    seen,
    to_withdraw,
)
from loudou.journal.record import acting
from loudou.people.access import company_of, fetch, require
from loudou.targets import verbs
from loudou.targets.models import Target
from loudou.targets.proposals import Asked as ToPropose
from loudou.targets.proposals import propose

router = Router(tags=["targets"])
Cause = Literal["market", "staffing", "territory", "error"]


class TargetRow(Out):
    id: int
    version: int
    unit: int | None
    person: int | None
    metric: str
    period: str
    amount: Money
    currency: str
    base_amount: Money
    family: str
    segment: str
    approved: bool
    specific: str
    attainable: str
    relevant: str
    set_at: When


class TargetPage(Page[TargetRow]):
    pass


class TargetFilter(OfSomebody):
    metric: Annotated[str, Field(max_length=20)] = ""
    period: Annotated[str, Field(max_length=30, description="Those of exactly this period.")] = ""


class NewTarget(ForSomebody):
    metric: Metric
    period: PeriodName
    amount: Amount
    currency: Currency | None = None
    family: Annotated[str, Field(max_length=80, description="A part for one product family.")] = ""
    segment: Annotated[str, Field(max_length=80, description="A part for one customer segment.")] = ""
    specific: Words = ""
    attainable: Words = ""
    relevant: Words = ""


class TargetChange(In):
    version: Version | None = None
    amount: Amount = absent
    cause: Cause = absent
    reason: Reason = ""
    specific: Words = absent
    attainable: Words = absent
    relevant: Words = absent


class AdjustmentAsked(In):
    version: Version | None = None
    amount: Amount
    effective_on: Day  # the first day of a month to come
    cause: Cause
    reason: Annotated[str, Field(min_length=1, max_length=300)]


class AdjustmentRow(Out):
    request: int
    signer: int | None


class ToDecompose(In):
    unit: Annotated[str, Field(max_length=40, description="The unit's code.")]
    metric: Metric
    period: PeriodName
    total: Annotated[str, Field(max_length=40)]
    step: Annotated[str, Field(max_length=40)] = "1"
    by: Literal["quarter", "month", "week", "day", "unit", "person", "family", "segment"]
    method: Literal["", "season", "learned", "equal", "last_year", "funnel", "capacity"] = ""
    calendar: Annotated[str, Field(max_length=20)] = ""


class PartRow(Out):
    key: str
    weight: str
    raw: str
    amount: str
    locked: bool


class CheckRow(Out):
    rule: str
    passed: bool
    shortfall: str


class SeatRow(Out):
    name: str
    unit: str
    amount: str


class DecompositionRow(Out):
    unit: str
    metric: str
    by: str
    method: str | None
    total: str
    parts: list[PartRow]
    sum: str
    checks: list[CheckRow]
    warnings: list[CheckRow]
    assignment: str | None
    assignment_reason: str | None = None
    vacant: list[SeatRow]
    provisional: bool


@router.get("/targets", response=TargetPage, summary=_("Targets"))
def list_targets(request: Call, asked: Query[TargetFilter]) -> Page[TargetRow]:
    """The newest first."""
    found = seen(request, Target, unit=asked.unit, person=asked.person, metric=asked.metric)
    if asked.period:
        period = period_named(request, asked.period)
        found = found.filter(starts_on=period.start, ends_on=period.end)
    return page(request, found, asked, TargetPage, shape=lambda target: _row(request, target))


@router.get("/targets/{int:id}", response=TargetRow, summary=_("A target"))
def get_target(request: Call, id: Key) -> TargetRow:
    return _told(request, fetch(request.user, Target, id))


@router.post("/targets", response={201: TargetRow}, summary=_("Set a target"))
def set_target(request: Call, body: NewTarget) -> Status[TargetRow]:
    """Of a unit, or of a person. A target that stands already is changed with PATCH."""
    said = sent(body, "unit", "person", "period", "currency")
    period = period_named(request, body.period)
    target = verbs.set_target(
        **owner_of(request, body),
        period=period,
        currency=body.currency or "",
        anew=True,
        by=request.user,
        **said,
    )
    request.place = f"/api/v1/targets/{target.pk}"
    return Status(201, _told(request, target))


@router.patch("/targets/{int:id}", response=TargetRow, summary=_("Adjust a target"), openapi_extra=GUARDED)
def adjust_target(request: Call, id: Key, body: TargetChange) -> TargetRow:
    """The former number is kept with the cause of the change; what lies in closed books stays."""
    target = fetch(request.user, Target, id)
    version = known_version(request, body.version)
    words = {name: text for name, text in sent(body).items() if name in verbs.WORDS}
    with acting():
        if words:
            target = verbs.describe_target(target, by=request.user, version=version, **words)
            version = target.version
        said = {name: value for name, value in sent(body, "version").items() if name not in words}
        if "amount" in said:
            target = verbs.adjust_target(target, by=request.user, version=version, **said)
    return _told(request, target)


@router.post(
    "/targets/{int:id}/withdraw",
    response={204: None},
    summary=_("Withdraw a target"),
    openapi_extra=VERSIONED,
)
def withdraw_target(request: Call, id: Key, body: Withdrawal) -> Status[None]:
    """For what was set by mistake."""
    verbs.withdraw_targets([to_withdraw(request, Target, id, body).pk], by=request.user)
    return Status(204, None)


@router.post("/targets/decompose", response=DecompositionRow, summary=_("Take a target apart"))
def decompose_target(request: Call, body: ToDecompose) -> dict[str, Any]:
    """The proposal of `loudou decompose`: parts, sum, checks. Nothing is written."""
    require(request.user, "targets.set")
    return propose(ToPropose.read(**body.model_dump())).plain()


@router.post(
    "/targets/{int:id}/adjustment",
    response={202: AdjustmentRow},
    summary=_("Propose an adjustment"),
    openapi_extra=VERSIONED,
)
def propose_adjustment(request: Call, id: Key, body: AdjustmentAsked) -> Status[AdjustmentRow]:
    """Another amount from a month to come; what lies before is frozen, and it waits for a signature."""
    target = fetch(request.user, Target, id)
    version = sent_version(request, body.version)
    said = sent(body, "version", "amount")
    asked = verbs.propose_adjustment([(target, body.amount)], version=version, by=request.user, **said)
    return Status(202, AdjustmentRow(request=asked.pk, signer=asked.signer_id))


def _row(request: Call, target: Target) -> TargetRow:
    return TargetRow(
        id=target.pk,
        version=target.version,
        unit=target.unit_id,
        person=target.person_id,
        metric=target.metric,
        period=company_of(request.user).fiscal.name(target.period),
        amount=target.amount,
        currency=target.currency,
        base_amount=target.base_amount,
        family=target.family,
        segment=target.segment,
        approved=target.approved_by_id is not None,
        specific=target.specific,
        attainable=target.attainable,
        relevant=target.relevant,
        set_at=target.set_at,
    )


def _told(request: Call, target: Target) -> TargetRow:
    return _row(request, tagged(request, target))
