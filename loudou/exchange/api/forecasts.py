"""Forecasts: the numbers handed in for a period, and what managers judge deal by deal."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Status
from pydantic import Field

from loudou.exchange.api.gate import Call
from loudou.exchange.api.listing import narrowed, page
from loudou.exchange.api.problems import no_such
from loudou.exchange.api.rows import named
from loudou.exchange.api.shapes import (
    Amount,
    Asked,
    DealRef,
    In,
    Key,
    Money,
    Out,
    Page,
    PersonRef,
    Short,
    UnitRef,
    When,
    deal_ref,
    person_ref,
    unit_ref,
)
from loudou.exchange.api.targets._shared import PeriodName, Words, period_named
from loudou.forecasts import verbs
from loudou.forecasts.branches import branch
from loudou.forecasts.models import Judgement, Submission
from loudou.people.access import fetch, require
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.pipeline.models import Deal

router = Router(tags=["forecasts"])


class ForecastRow(Out):
    id: int
    person: PersonRef
    unit: UnitRef | None
    level: str
    period: str
    number: int
    base: Money
    submitted: Money
    adjustment: Money
    reason: str
    comment: str
    weighted: Money | None
    closed: Money | None
    commit: Money | None
    most_likely: Money | None
    best_case: Money | None
    pipeline: Money | None
    omitted: Money | None
    judged: Money | None
    deadline: When | None
    is_late: bool
    submitted_at: When
    locked_at: When | None
    void_at: When | None
    void_reason: str


class ForecastPage(Page[ForecastRow]):
    pass


class ForecastFilter(Asked):
    period: Short = ""
    person: Key | None = None


class NewForecast(In):
    period: PeriodName
    submitted: Amount
    reason: Words = ""
    comment: Annotated[str, Field(max_length=600)] = ""
    seen: (
        Annotated[int, Field(ge=0, le=9999, description="`number` of your last one, 0 for none.")] | None
    ) = None


class ForecastReopening(In):
    reason: Annotated[str, Field(min_length=1, max_length=300)]


class Locking(In):
    period: PeriodName


class LockedRow(Out):
    locked: list[int]


class Chasing(In):
    period: PeriodName
    people: Annotated[list[Key], Field(max_length=200)] | None = None


class ChasedRow(Out):
    asked: list[int]


class JudgementRow(Out):
    id: int
    person: PersonRef
    level: str
    deal: DealRef
    period: str
    verdict: str
    reason: str
    amount: Money
    at: When


class JudgementPage(Page[JudgementRow]):
    pass


class JudgementFilter(Asked):
    period: Short = ""
    person: Key | None = None
    deal: Key | None = None


class NewJudgement(In):
    period: PeriodName
    deal: Key
    verdict: Literal["in", "out", "open"]
    reason: Words = ""


@router.get("/forecasts", response=ForecastPage, summary=_("Forecasts"))
def list_forecasts(request: Call, asked: Query[ForecastFilter]) -> Page[ForecastRow]:
    """Every number handed in that the caller may see, the latest first."""
    require(request.user, "forecasts.see")
    rows = narrowed(
        Submission.objects.visible_to(request.user), user=asked.person, **_of(request, asked.period)
    )
    return page(request, rows, asked, ForecastPage, shape=forecast_row, load=_forecasts)


@router.get("/forecasts/{int:id}", response=ForecastRow, summary=_("A forecast"))
def get_forecast(request: Call, id: Key) -> ForecastRow:
    return forecast_row(_forecast(request, id))


@router.post("/forecasts", response={201: ForecastRow}, summary=_("Hand in one's own forecast"))
def submit_forecast(request: Call, body: NewForecast) -> Status[ForecastRow]:
    """The caller's own number; those below stay as they are. With `seen` an older view is refused (409).

    Less than is won in the period already, or of a manager another number than the roll-up, needs a `reason` (422).
    """
    period = period_named(request, body.period, "period")
    made = verbs.submit(
        request.user,
        period=period,
        submitted=body.submitted,
        by=request.user,
        reason=body.reason,
        comment=body.comment,
        seen=body.seen,
    )
    request.place = f"/api/v1/forecasts/{made.pk}"
    return Status(201, forecast_row(made))


@router.post("/forecasts/{int:id}/reopen", response=ForecastRow, summary=_("Take a locked forecast back"))
def reopen_forecast(request: Call, id: Key, body: ForecastReopening) -> ForecastRow:
    return forecast_row(verbs.reopen(_forecast(request, id), reason=body.reason, by=request.user))


@router.post("/forecasts/lock", response=LockedRow, summary=_("Lock the forecasts of a period"))
def lock_forecasts(request: Call, body: Locking) -> LockedRow:
    """The last number of everybody below becomes the official one; who has one keeps it."""
    rows = verbs.lock_period(period_named(request, body.period, "period"), by=request.user)
    return LockedRow(locked=[row.pk for row in rows])


@router.post(
    "/forecasts/chase", response=ChasedRow, summary=_("Ask those who have not handed in for their forecast")
)
def chase_forecasts(request: Call, body: Chasing) -> ChasedRow:
    """Those below who handed nothing in this week; without `people` all of them, each once a day and period."""
    period, people = period_named(request, body.period, "period"), None
    if body.people is not None:
        if not set(body.people) <= branch(request.user).keys:
            raise no_such("people")
        people = list(User.objects.filter(pk__in=body.people))
    return ChasedRow(asked=[one.pk for one in verbs.chase(people, period=period, by=request.user)])


@router.get("/judgements", response=JudgementPage, summary=_("Deals counted in or out of forecasts"))
def list_judgements(request: Call, asked: Query[JudgementFilter]) -> Page[JudgementRow]:
    """Everything managers and directors said, the latest first; the latest of a person, deal and period holds."""
    require(request.user, "forecasts.see")
    rows = narrowed(
        Judgement.objects.visible_to(request.user),
        user=asked.person,
        deal=asked.deal,
        **_of(request, asked.period),
    )
    return page(request, rows, asked, JudgementPage, shape=judgement_row, load=_judgements)


@router.post("/judgements", response={201: JudgementRow}, summary=_("Count a deal in or out"))
def judge_deal(request: Call, body: NewJudgement) -> Status[JudgementRow]:
    """Of one's own forecast; `open` takes a judgement back. Saying the same again changes nothing."""
    require(request.user, "forecasts.submit")
    deal = named(request.user, Deal, body.deal, "deal")
    period = period_named(request, body.period, "period")
    verbs.judge([deal], period=period, verdict=body.verdict, reason=body.reason, by=request.user)
    mine = Judgement.objects.of(period).filter(user=request.user, deal=deal)
    return Status(201, judgement_row(_judgements([mine.order_by("-pk")[0].pk])[0]))


def _of(request: Call, period: str) -> dict[str, object]:
    """The columns of a period, where one is asked for."""
    if not period:
        return {}
    found = period_named(request, period, "period")
    return {"first": found.start, "end": found.end}


def _forecasts(keys: list[int]) -> Any:
    return Submission.objects.filter(pk__in=keys).select_related("user", "unit")


def _forecast(request: Call, key: int) -> Submission:
    return fetch(request.user, Submission, key, using=Submission.objects.select_related("user", "unit"))


def _judgements(keys: list[int]) -> Any:
    rows = Judgement.objects.filter(pk__in=keys).select_related("user", "deal")
    return rows.defer("deal__search", "deal__extra", "deal__note")


def forecast_row(row: Submission) -> ForecastRow:
    told = {name: getattr(row, name) for name in ForecastRow.model_fields if hasattr(row, name)}
    shaped = {"person": person_ref(row.user), "unit": unit_ref(row.unit), "period": _name(row)}
    return ForecastRow(**{**told, "id": row.pk, **shaped})


def judgement_row(row: Judgement) -> JudgementRow:
    return JudgementRow(
        id=row.pk,
        person=person_ref(row.user),
        level=row.level,
        deal=deal_ref(row.deal),
        period=_name(row),
        verdict=row.verdict,
        reason=row.reason,
        amount=row.amount,
        at=row.at,
    )


def _name(row: Submission | Judgement) -> str:
    return organisation().fiscal.name(row.period)
