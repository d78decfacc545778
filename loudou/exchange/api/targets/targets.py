"""Targets of units and people. How far they are is the report `target-progress`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, cast

from django.utils.translation import gettext as __
from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Status
from pydantic import Field

from loudou.exchange.api.gate import Call, known_version, sent_version
from loudou.exchange.api.listing import page
from loudou.exchange.api.problems import invalid, no_such
from loudou.exchange.api.rows import tagged
from loudou.exchange.api.shapes import (
    GUARDED,
    VERSIONED,
    Amount,
    Currency,
    Day,
    Growth,
    In,
    Key,
    Money,
    Out,
    Page,
    Ratio,
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
from loudou.kernel.refusals import Refused
from loudou.people.access import company_of, fetch
from loudou.pipeline.models import Stage
from loudou.targets import verbs
from loudou.targets.figures.goals import Goal
from loudou.targets.models import Target
from loudou.targets.queries import stage_named
from loudou.targets.queries.agreeing import beside
from loudou.targets.queries.words import Word, words_of

router = Router(tags=["targets"])
Cause = Literal["market", "staffing", "territory", "error"]
Kind = Literal["absolute", "growth", "share"]
_GOAL = ("kind", "rate", "base_period", "base", "funnel", "stage")


class TargetRow(Out):
    id: int
    version: int
    unit: int | None
    person: int | None
    metric: str
    counted_how: Annotated[str, Field(description="What its number counts, on which day, in words.")]
    period: str
    amount: Money
    currency: str
    base_amount: Money
    family: str
    segment: str
    funnel: str | None
    stage: str | None
    kind: Kind
    rate: Annotated[
        Ratio | None, Field(description="The growth or the share asked; null of an absolute number.")
    ]
    base_period: str | None
    base: Money | None
    approved: bool
    specific: str
    attainable: str
    relevant: str
    inherited: Annotated[
        list[str], Field(description="Which of these words its whole says: a longer period, or a unit above.")
    ]
    set_at: When


class TargetPage(Page[TargetRow]):
    pass


class TargetFilter(OfSomebody):
    metric: Annotated[str, Field(max_length=20)] = ""
    period: Annotated[str, Field(max_length=30, description="Those of exactly this period.")] = ""


class NewTarget(ForSomebody):
    metric: Metric
    period: PeriodName
    amount: Annotated[Amount | None, Field(description="Left out for a growth or a share: it follows.")] = (
        None
    )
    currency: Currency | None = None
    kind: Kind = "absolute"
    rate: Annotated[Growth | None, Field(description="0.1 for a growth or a share of 10 %.")] = None
    base_period: Annotated[
        PeriodName | None, Field(description="Of a growth; else the same days a year earlier.")
    ] = None
    base: Annotated[
        Amount | None, Field(description="Of a share the whole; of a growth else what was reached.")
    ] = None
    funnel: Annotated[str, Field(max_length=80, description="With `stage`; else the default one.")] = ""
    stage: Annotated[str, Field(max_length=80, description="Counts what reaches this stage.")] = ""
    family: Annotated[str, Field(max_length=80, description="A part for one product family.")] = ""
    segment: Annotated[str, Field(max_length=80, description="A part for one customer segment.")] = ""
    specific: Words = ""
    attainable: Words = ""
    relevant: Words = ""


class TargetChange(In):
    version: Version | None = None
    amount: Amount = absent
    rate: Annotated[Growth, Field(description="Of a growth or a share; its base stays.")] = absent
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


class TakenOn(In):
    target: Key
    amount: Amount


class TransferAsked(In):
    version: Version | None = None
    takers: Annotated[list[TakenOn], Field(min_length=1, max_length=100)]
    effective_on: Day  # the first day of a month to come
    reason: Annotated[str, Field(min_length=1, max_length=300)]


class AdjustmentRow(Out):
    request: int
    signer: int | None


@router.get("/targets", response=TargetPage, summary=_("Targets"))
def list_targets(request: Call, asked: Query[TargetFilter]) -> Page[TargetRow]:
    """The newest first."""
    found = seen(request, Target, unit=asked.unit, person=asked.person, metric=asked.metric)
    if asked.period:
        period = period_named(request, asked.period)
        found = found.filter(starts_on=period.start, ends_on=period.end)
    rows = Target.objects.select_related("stage__funnel", "unit")
    said: dict[int, Mapping[str, Word]] = {}

    def load(keys: list[int]) -> list[Target]:
        loaded = list(rows.filter(pk__in=keys))
        for key, words in words_of(loaded).items():
            said[key] = words
        return loaded

    return page(
        request, found, asked, TargetPage, shape=lambda one: _row(request, one, said[one.pk]), load=load
    )


@router.get("/targets/{int:id}", response=TargetRow, summary=_("A target"))
def get_target(request: Call, id: Key) -> TargetRow:
    return _told(request, fetch(request.user, Target, id))


@router.post("/targets", response={201: TargetRow}, summary=_("Set a target"))
def set_target(request: Call, body: NewTarget) -> Status[TargetRow]:
    """Of a unit, or of a person. A target that stands already is changed with PATCH."""
    said = sent(body, "unit", "person", "period", "currency", *_GOAL)
    period = period_named(request, body.period)
    target = verbs.set_target(
        **owner_of(request, body),
        period=period,
        goal=_goal(request, body),
        stage=_stage(request, body),
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
    version = known_version(request, body.version, "targets.set", target)
    words = {name: text for name, text in sent(body).items() if name in verbs.WORDS}
    with acting():
        if words:
            target = verbs.describe_target(target, by=request.user, version=version, **words)
            version = target.version
        said = {name: value for name, value in sent(body, "version").items() if name not in words}
        if (rate := said.pop("rate", None)) is not None:
            said["goal"] = Goal(target.kind, rate)
        if "amount" in said or "goal" in said:
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


@router.post(
    "/targets/{int:id}/transfer",
    response={202: AdjustmentRow},
    summary=_("Move a territory"),
    openapi_extra=VERSIONED,
)
def transfer_target(request: Call, id: Key, body: TransferAsked) -> Status[AdjustmentRow]:
    """What others of the unit take on of a person's target from a month to come; it sums to zero and waits for a
    signature. Takers have a target of the same metric and period."""
    giver = fetch(request.user, Target, id, to="targets.set")
    there = {one.pk: one for one in beside(giver, request.user)}
    if any(one.target not in there for one in body.takers):
        raise no_such("takers")
    taken = [(there[one.target], one.amount) for one in body.takers]
    asked = verbs.propose_adjustment(
        verbs.transfer_of(giver, taken),
        effective_on=body.effective_on,
        cause="territory",
        reason=body.reason,
        version=sent_version(request, body.version),
        by=request.user,
    )
    return Status(202, AdjustmentRow(request=asked.pk, signer=asked.signer_id))


def _goal(request: Call, body: NewTarget) -> Goal | None:
    """The growth or the share a body asks for."""
    if body.kind == "absolute":
        return None
    if body.rate is None:
        raise invalid({"rate": __("Say how much.")})
    period = period_named(request, body.base_period, "base_period") if body.base_period else None
    return Goal(body.kind, body.rate, period, body.base)


def _stage(request: Call, body: NewTarget) -> Stage | None:
    """The stage a body names."""
    if not body.stage:
        return None
    try:
        return stage_named(body.funnel, body.stage, request.user)
    except Refused as refusal:
        raise invalid({refusal.field or "stage": refusal.sentence}) from None


def _row(request: Call, target: Target, said: Mapping[str, Word]) -> TargetRow:
    fiscal = company_of(request.user).fiscal
    return TargetRow(
        id=target.pk,
        version=target.version,
        unit=target.unit_id,
        person=target.person_id,
        metric=target.metric,
        counted_how=target.counted_how,
        period=fiscal.name(target.period),
        amount=target.amount,
        currency=target.currency,
        base_amount=target.base_amount,
        family=target.family,
        segment=target.segment,
        funnel=target.stage.funnel.code if target.stage is not None else None,
        stage=target.stage.code if target.stage is not None else None,
        kind=cast(Kind, target.kind),
        rate=target.asked_rate,
        base_period=fiscal.name(target.base_period) if target.base_period is not None else None,
        base=target.base_value,
        approved=target.approved_by_id is not None,
        specific=said["specific"].text,
        attainable=said["attainable"].text,
        relevant=said["relevant"].text,
        inherited=[name for name, word in said.items() if word.whole is not None],
        set_at=target.set_at,
    )


def _told(request: Call, target: Target) -> TargetRow:
    return _row(request, tagged(request, target), words_of([target])[target.pk])
