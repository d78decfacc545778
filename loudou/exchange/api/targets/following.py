"""How targets are followed up: causes, measures, evaluations of weeks and months."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Status
from pydantic import Field

from loudou.exchange.api.gate import Call, sent_version
from loudou.exchange.api.listing import page
from loudou.exchange.api.people import named_person
from loudou.exchange.api.rows import tagged
from loudou.exchange.api.shapes import (
    VERSIONED,
    Asked,
    Day,
    In,
    Key,
    Out,
    Page,
    PersonRef,
    UnitRef,
    Version,
    When,
    person_ref,
    unit_ref,
)
from loudou.exchange.api.targets._shared import OfSomebody, PeriodName, period_named, seen
from loudou.people.access import company_of, fetch
from loudou.steering import verbs
from loudou.steering.models import Ask, Measure, Note
from loudou.targets.models import Target

router = Router(tags=["follow-up"])
Said = Annotated[str, Field(min_length=1, max_length=1000)]


class CausesRow(Out):
    target: int
    version: int
    causes: str
    asked_at: When
    due_on: date
    answered_at: When | None


class NewCauses(In):
    version: Version | None = None
    causes: Said


class MeasureRow(Out):
    id: int
    version: int
    target: int
    text: str
    owner: PersonRef
    due_on: date
    state: str
    result: str
    made_at: When
    closed_at: When | None


class MeasurePage(Page[MeasureRow]):
    pass


class MeasureFilter(Asked):
    target: Key | None = None
    owner: Key | None = None
    state: Literal["open", "done", "dropped", ""] = ""


class NewMeasure(In):
    text: Annotated[str, Field(min_length=1, max_length=300)]
    owner: Key
    due_on: Day


class MeasureEnd(In):
    version: Version | None = None
    state: Literal["done", "dropped"]
    result: Annotated[str, Field(min_length=1, max_length=600)]


class EvaluationRow(Out):
    id: int
    version: int
    unit: UnitRef | None
    person: PersonRef | None
    period: str
    text: str
    by: PersonRef | None
    at: When


class EvaluationPage(Page[EvaluationRow]):
    pass


class NewEvaluation(In):
    version: Version | None = None
    period: PeriodName
    text: Said


@router.post(
    "/targets/{int:id}/causes", response=CausesRow, summary=_("Name the causes"), openapi_extra=VERSIONED
)
def name_causes(request: Call, id: Key, body: NewCauses) -> CausesRow:
    """Why a target is behind, whether one was asked or not."""
    target = fetch(request.user, Target, id)
    version = sent_version(request, body.version) if Ask.objects.filter(target=target).exists() else None
    return _causes(
        tagged(request, verbs.answer(target, causes=body.causes, version=version, by=request.user))
    )


@router.get("/measures", response=MeasurePage, summary=_("Measures"))
def list_measures(request: Call, asked: Query[MeasureFilter]) -> Page[MeasureRow]:
    """Of targets the caller may see, and the caller's own; the newest first."""
    found = seen(request, Measure, **asked.model_dump(include={"target", "owner", "state"}))
    rows = Measure.objects.select_related("owner")
    return page(
        request, found, asked, MeasurePage, shape=_measure, load=lambda keys: rows.filter(pk__in=keys)
    )


@router.get("/measures/{int:id}", response=MeasureRow, summary=_("A measure"))
def get_measure(request: Call, id: Key) -> MeasureRow:
    return _measure(tagged(request, _found(request, id)))


@router.post("/targets/{int:id}/measures", response={201: MeasureRow}, summary=_("Take a measure"))
def take_measure(request: Call, id: Key, body: NewMeasure) -> Status[MeasureRow]:
    """What is done about a target, by whom, by when."""
    target = fetch(request.user, Target, id)
    owner = named_person(request.user, body.owner, "owner")
    assert owner is not None
    made = verbs.take_measure(target, text=body.text, owner=owner, due_on=body.due_on, by=request.user)
    request.place = f"/api/v1/measures/{made.pk}"
    return Status(201, _measure(tagged(request, made)))


@router.post(
    "/measures/{int:id}/close", response=MeasureRow, summary=_("Close a measure"), openapi_extra=VERSIONED
)
def close_measure(request: Call, id: Key, body: MeasureEnd) -> MeasureRow:
    """It is done or dropped; what came of it."""
    measure = _found(request, id)
    version = sent_version(request, body.version)
    ended = verbs.close_measure(
        measure, state=body.state, result=body.result, version=version, by=request.user
    )
    return _measure(tagged(request, ended))


@router.get("/evaluations", response=EvaluationPage, summary=_("Evaluations"))
def list_evaluations(request: Call, asked: Query[OfSomebody]) -> Page[EvaluationRow]:
    """Of weeks and months that are over; the newest first."""
    found = seen(request, Note, unit=asked.unit, person=asked.person)
    rows = Note.objects.select_related("unit", "person", "by")
    return page(
        request,
        found,
        asked,
        EvaluationPage,
        shape=lambda note: _note(request, note),
        load=lambda keys: rows.filter(pk__in=keys),
    )


@router.post(
    "/targets/{int:id}/evaluations",
    response=EvaluationRow,
    summary=_("Evaluate a week or month"),
    openapi_extra=VERSIONED,
)
def evaluate_target(request: Call, id: Key, body: NewEvaluation) -> EvaluationRow:
    """Of the target's owner; written again it is changed."""
    target = fetch(request.user, Target, id)
    period = period_named(request, body.period)
    whose = {"unit": target.unit_id, "person": target.person_id}
    stands = Note.objects.filter(**whose, starts_on=period.start, ends_on=period.end).exists()
    version = sent_version(request, body.version) if stands else None
    note = verbs.evaluate(target, period=period, text=body.text, version=version, by=request.user)
    return _note(request, tagged(request, note))


def _found(request: Call, key: int) -> Measure:
    return fetch(request.user, Measure, key, using=Measure.objects.select_related("target", "owner"))


def _causes(ask: Ask) -> CausesRow:
    plain = ("version", "causes", "asked_at", "due_on", "answered_at")
    return CausesRow(target=ask.target_id, **{name: getattr(ask, name) for name in plain})


def _measure(row: Measure) -> MeasureRow:
    plain = ("version", "text", "due_on", "state", "result", "made_at", "closed_at")
    values: dict[str, Any] = {name: getattr(row, name) for name in plain}
    return MeasureRow(id=row.pk, target=row.target_id, owner=person_ref(row.owner), **values)


def _note(request: Call, note: Note) -> EvaluationRow:
    return EvaluationRow(
        id=note.pk,
        version=note.version,
        unit=unit_ref(note.unit),
        person=person_ref(note.person),
        period=company_of(request.user).fiscal.name(note.period),
        text=note.text,
        by=person_ref(note.by),
        at=note.at,
    )
