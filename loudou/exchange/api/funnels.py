"""Funnels with their stages, and the reasons deals end for."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from django.utils.translation import gettext_noop as _
from ninja import Query, Router
from pydantic import Field

from loudou.exchange.api.gate import Call
from loudou.exchange.api.listing import narrowed, page
from loudou.exchange.api.rows import tagged, there
from loudou.exchange.api.shapes import Asked, Day, In, Key, Money, Out, Page, Ratio, When
from loudou.insight.lens import InsightLens
from loudou.insight.models import Calibrated
from loudou.insight.reports.calibration import stage_probability
from loudou.odds.models import Lesson
from loudou.odds.verbs import ask_lesson, choose, stop_learning
from loudou.people.access import may, require
from loudou.people.models import User
from loudou.pipeline.models import Funnel, Reason, StageSpec
from loudou.pipeline.queries.funnels import specs
from loudou.ui.format import in_words

router = Router(tags=["funnels"])


class FunnelRow(Out):
    id: int
    version: int
    code: str
    name: str
    names: dict[str, str]
    business: str
    is_default: bool
    is_retired: bool


class FunnelPage(Page[FunnelRow]):
    pass


class AskedFor(Out):
    code: str
    name: str
    hint: str
    required: bool
    needs_file: bool


class TaskRow(Out):
    code: str
    name: str
    form: str
    required: bool
    due_days: int | None


class StageRow(Out):
    code: str
    name: str
    position: int
    probability: Ratio
    category: str
    objective: str
    norm: str
    warn_days: int | None
    max_days: int | None
    required_fields: list[str]
    confirm_entry: bool
    confirm_amount: Money | None
    evidence: list[AskedFor]
    tasks: list[TaskRow]


class FunnelDetail(FunnelRow):
    number: int | None
    stages: list[StageRow]


class StageRates(Out):
    code: str
    name: str
    n: int
    configured: Ratio
    calibrated: Ratio
    used: Ratio
    counts: bool


class SeenRates(Out):
    code: str
    configured: Ratio
    calibrated: Ratio
    n: int


class SeenScores(Out):
    lesson: int | None = None
    brier: Ratio | None = None
    brier_stage: Ratio | None = None


class RatesChoice(Out):
    rates: str
    since: When
    until: When | None
    reason: str
    by: str | None
    ended_reason: str
    ended_by: str | None
    seen: list[SeenRates]
    scores: SeenScores


class RatesRow(Out):
    funnel: str
    chosen: bool
    rates: str
    brier: Ratio | None
    brier_configured: Ratio | None
    brier_foretold: Ratio | None
    stages: list[StageRates]
    choices: list[RatesChoice]


class ChosenRates(In):
    rates: Literal["calibrated", "configured", "learned"]
    reason: Annotated[str, Field(min_length=1, max_length=300)]
    since: Day | None = None


class LessonRow(Out):
    funnel: str
    number: int
    state: str
    progress: int


class ReasonRow(Out):
    id: int
    kind: str
    code: str
    name: str
    asks_competitor: bool


class ReasonPage(Page[ReasonRow]):
    pass


class ReasonFilter(Asked):
    kind: Literal["lost", "cancelled", "invalid"] | None = None


@router.get("/funnels", response=FunnelPage, summary=_("Funnels"))
def list_funnels(request: Call, asked: Query[Asked]) -> Page[FunnelRow]:
    require(request.user, "pipeline.see")
    return page(request, Funnel.objects.all(), asked, FunnelPage, order=("id",), shape=funnel_row)


@router.get("/funnels/{int:id}", response=FunnelDetail, summary=_("A funnel with its stages"))
def get_funnel(request: Call, id: Key) -> FunnelDetail:
    """As its version in force has them; `number` is that version's."""
    found = Funnel.objects.select_related("current").filter(pk=id)
    funnel = tagged(request, there(found.first() if may(request.user, "pipeline.see") else None))
    stages = specs(funnel.current) if funnel.current else []
    return FunnelDetail(
        **funnel_row(funnel).model_dump(),
        number=funnel.current.number if funnel.current else None,
        stages=[stage_row(spec) for spec in stages],
    )


@router.get(
    "/funnels/{int:id}/success-rates", response=RatesRow, summary=_("By which success rates forecasts count")
)
def get_success_rates(request: Call, id: Key) -> RatesRow:
    """The configured and the calibrated rate of each stage, and what was chosen when, as `reports/stage-probability`
    tells it."""
    require(request.user, "insight.see")
    funnel = there(Funnel.objects.filter(pk=id).first())
    return _rates(funnel, request.user)


@router.post(
    "/funnels/{int:id}/success-rates",
    response=RatesRow,
    summary=_("Let forecasts count with calibrated, learned or configured success rates"),
)
def choose_success_rates(request: Call, id: Key, body: ChosenRates) -> RatesRow:
    """From a day on, today or later, or from now on. Choosing what is chosen changes nothing. With `learned` each open
    deal counts with its learned win probability; what learned nothing (`reports/win-probability`) cannot be chosen."""
    require(request.user, "pipeline.set_up")
    funnel = there(Funnel.objects.filter(pk=id).first())
    choose(funnel, body.rates, reason=body.reason, since=body.since, by=request.user)
    return _rates(funnel, request.user)


@router.post(
    "/funnels/{int:id}/lessons",
    response=LessonRow,
    summary=_("Let the win probability of a funnel's deals be learned"),
)
def ask_for_lesson(request: Call, id: Key) -> LessonRow:
    """A job learns it from the closed deals; the lesson that is being learned already is given back. What was learned,
    how far it has come (`running`) and how well it foretells is told by `reports/win-probability`."""
    require(request.user, "pipeline.set_up")
    funnel = there(Funnel.objects.filter(pk=id).first())
    return lesson_row(ask_lesson(funnel, by=request.user), funnel)


@router.post(
    "/funnels/{int:id}/lessons/stop",
    response=LessonRow,
    summary=_("Stop learning the win probability of a funnel's deals"),
)
def stop_lesson(request: Call, id: Key) -> LessonRow:
    """Nothing is kept of the lesson that is being learned; the one before stays in force."""
    require(request.user, "pipeline.set_up")
    funnel = there(Funnel.objects.filter(pk=id).first())
    return lesson_row(stop_learning(funnel, by=request.user), funnel)


def lesson_row(lesson: Lesson, funnel: Funnel) -> LessonRow:
    return LessonRow(funnel=funnel.code, number=lesson.number, state=lesson.state, progress=lesson.progress)


@router.get(
    "/reasons",
    response=ReasonPage,
    summary=_("Reasons for losing, cancelling, invalidating"),
    tags=["reasons"],
)
def list_reasons(request: Call, asked: Query[ReasonFilter]) -> Page[ReasonRow]:
    """Those in use."""
    require(request.user, "pipeline.see")
    reasons = narrowed(Reason.objects.filter(retired_at=None), kind=asked.kind)
    return page(request, reasons, asked, ReasonPage, order=("kind", "position", "id"), shape=reason_row)


def _rates(funnel: Funnel, user: User) -> RatesRow:
    report = stage_probability(InsightLens.read({"funnel": funnel.code}, user))
    return RatesRow(
        funnel=funnel.code,
        chosen=report.chosen,
        rates=report.rates,
        brier=report.brier.value,
        brier_configured=report.brier_configured.value,
        brier_foretold=report.brier_foretold.value,
        stages=[
            StageRates(
                code=line.spec.stage.code,
                name=in_words(line.spec.names),
                n=line.rate.closed.n,
                configured=line.rate.configured,
                calibrated=line.rate.calibrated,
                used=line.rate.used,
                counts=line.rate.counts,
            )
            for line in report.lines
        ],
        choices=[choice_row(one) for one in report.choices],
    )


def choice_row(one: Calibrated) -> RatesChoice:
    return RatesChoice(
        rates=one.rates,
        since=one.since,
        until=one.until,
        reason=one.reason,
        by=one.chosen_by.username if one.chosen_by else None,
        ended_reason=one.ended_reason,
        ended_by=one.ended_by.username if one.ended_by else None,
        seen=[
            SeenRates(
                code=seen["code"],
                configured=Decimal(seen["configured"]),
                calibrated=Decimal(seen["calibrated"]),
                n=seen["n"],
            )
            for seen in one.seen
        ],
        scores=SeenScores(**one.scores),
    )


def funnel_row(funnel: Funnel) -> FunnelRow:
    return FunnelRow(
        id=funnel.pk,
        version=funnel.version,
        code=funnel.code,
        name=in_words(funnel.names),
        names=funnel.names,
        business=funnel.business,
        is_default=funnel.is_default,
        is_retired=funnel.retired_at is not None,
    )


def stage_row(spec: StageSpec) -> StageRow:
    return StageRow(
        code=spec.stage.code,
        name=in_words(spec.names),
        position=spec.position,
        probability=spec.probability,
        category=spec.category,
        objective=in_words(spec.objective),
        norm=in_words(spec.norm),
        warn_days=spec.warn_days,
        max_days=spec.max_days,
        required_fields=spec.required_fields,
        confirm_entry=spec.confirm_entry,
        confirm_amount=spec.confirm_amount,
        evidence=[
            AskedFor(
                code=kind.code,
                name=in_words(kind.names),
                hint=in_words(kind.hint),
                required=kind.required,
                needs_file=kind.needs_file,
            )
            for kind in spec.evidence_kinds.all()
        ],
        tasks=[
            TaskRow(
                code=task.code,
                name=in_words(task.names),
                form=task.form,
                required=task.required,
                due_days=task.due_days,
            )
            for task in spec.tasks.all()
        ],
    )


def reason_row(reason: Reason) -> ReasonRow:
    return ReasonRow(
        id=reason.pk,
        kind=reason.kind,
        code=reason.code,
        name=in_words(reason.names),
        asks_competitor=reason.asks_competitor,
    )
