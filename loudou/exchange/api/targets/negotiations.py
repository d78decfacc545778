"""Negotiations of targets: the envelope from above, proposals with their evidence, the thread, the signature."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Status
from pydantic import Field

from loudou.exchange.api.gate import Call, sent_version
from loudou.exchange.api.listing import page
from loudou.exchange.api.people import named_unit
from loudou.exchange.api.rows import tagged
from loudou.exchange.api.shapes import (
    VERSIONED,
    Amount,
    Asked,
    In,
    Key,
    Money,
    Out,
    Page,
    PersonRef,
    Ratio,
    UnitRef,
    Version,
    When,
    absent,
    person_ref,
    sent,
    unit_ref,
)
from loudou.exchange.api.targets._shared import Metric, PeriodName, Withdrawal, Words, period_named, seen
from loudou.people.access import company_of, fetch
from loudou.targets import verbs
from loudou.targets.figures.agreeing import Evidence
from loudou.targets.models import Negotiation, Round
from loudou.targets.queries.agreeing import Team, bearers, check_of, evidence_of

router = Router(tags=["negotiations"])
Message = Annotated[str, Field(max_length=1000)]
State = Literal["draft", "negotiating", "submitted", "approved", "dropped"]


class NegotiationRow(Out):
    id: int
    version: int
    unit: UnitRef | None
    metric: str
    period: str
    envelope: Money
    proposed: Money | None
    state: str
    specific: str
    attainable: str
    relevant: str
    comment: str
    waiver: str
    waived_by: PersonRef | None
    proposer: PersonRef | None
    opened_by: PersonRef | None
    opened_at: When


class CapabilityRow(Out):
    last_year: Money | None
    funnel: Money | None
    capacity: Money | None


class TurnRow(Out):
    number: int
    by: PersonRef | None
    at: When
    from_above: bool
    amount: Money | None
    text: str


class BearerRow(CapabilityRow):
    person: PersonRef
    amount: Money | None


class NegotiationDetail(NegotiationRow):
    evidence: CapabilityRow
    stretch: Annotated[Ratio | None, Field(description="Proposed (else the envelope) ÷ history and funnel.")]
    people: list[BearerRow]
    carried: Annotated[Ratio | None, Field(description="What the people carry ÷ what is proposed.")]
    shortfall: Annotated[Money, Field(description="What is missing of 120 %.")]
    turns: list[TurnRow]


class NegotiationPage(Page[NegotiationRow]):
    pass


class NegotiationFilter(Asked):
    unit: Key | None = None
    metric: Metric | Literal[""] = ""
    state: State | Literal[""] = ""


class NewNegotiation(In):
    unit: Key
    metric: Metric
    period: PeriodName
    envelope: Amount
    text: Message = ""


class NewProposal(In):
    version: Version | None = None
    amount: Amount
    parts: Annotated[dict[str, Amount], Field(max_length=500, description="By user name.")] = absent
    text: Message = ""
    comment: Words = ""
    specific: Words = ""
    attainable: Words = ""
    relevant: Words = ""


class NewAnswer(In):
    version: Version | None = None
    text: Message = ""
    envelope: Amount = absent


class NewWord(In):
    text: Annotated[str, Field(min_length=1, max_length=1000)]


class NewWaiver(In):
    version: Version | None = None
    reason: Annotated[str, Field(min_length=1, max_length=300)]


class SubmissionRow(Out):
    request: int
    signer: int | None


@router.get("/negotiations", response=NegotiationPage, summary=_("Negotiations of targets"))
def list_negotiations(request: Call, asked: Query[NegotiationFilter]) -> Page[NegotiationRow]:
    """The newest first."""
    found = seen(request, Negotiation, **asked.model_dump(include={"unit", "metric", "state"}))
    rows = Negotiation.objects.select_related("unit", "proposer", "opened_by", "waived_by")
    return page(
        request,
        found,
        asked,
        NegotiationPage,
        shape=lambda row: NegotiationRow(**_values(request, row)),
        load=lambda keys: rows.filter(pk__in=keys),
    )


@router.get("/negotiations/{int:id}", response=NegotiationDetail, summary=_("A negotiation"))
def get_negotiation(request: Call, id: Key) -> NegotiationDetail:
    """With what the unit and its people are capable of, and every turn."""
    return _told(request, fetch(request.user, Negotiation, id))


@router.post("/negotiations", response={201: NegotiationDetail}, summary=_("Set an envelope"))
def open_negotiation(request: Call, body: NewNegotiation) -> Status[NegotiationDetail]:
    """For a unit below; the right of who sets targets of the unit above it."""
    unit = named_unit(body.unit, "unit")
    assert unit is not None
    said = sent(body, "unit", "period")
    period = period_named(request, body.period)
    made = verbs.open_negotiation(unit=unit, period=period, by=request.user, **said)
    request.place = f"/api/v1/negotiations/{made.pk}"
    return Status(201, _told(request, made))


@router.post(
    "/negotiations/{int:id}/propose",
    response=NegotiationDetail,
    summary=_("Propose a target"),
    openapi_extra=VERSIONED,
)
def propose_target(request: Call, id: Key, body: NewProposal) -> NegotiationDetail:
    """An amount, and what each of the unit's people shall carry of it."""
    return _acted(request, id, body, verbs.propose_target)


@router.post(
    "/negotiations/{int:id}/answer",
    response=NegotiationDetail,
    summary=_("Answer a proposal"),
    openapi_extra=VERSIONED,
)
def answer_proposal(request: Call, id: Key, body: NewAnswer) -> NegotiationDetail:
    """From above, with another envelope or without."""
    return _acted(request, id, body, verbs.answer_proposal)


@router.post("/negotiations/{int:id}/say", response=NegotiationDetail, summary=_("Write into the thread"))
def say_in_negotiation(request: Call, id: Key, body: NewWord) -> NegotiationDetail:
    """A word without a number, from above or below; nobody's version grows old by it."""
    found = fetch(request.user, Negotiation, id, to="targets.set")
    return _told(request, verbs.say_in_negotiation(found, text=body.text, by=request.user))


@router.post(
    "/negotiations/{int:id}/waive",
    response=NegotiationDetail,
    summary=_("Waive the 120 %"),
    openapi_extra=VERSIONED,
)
def waive_over_assignment(request: Call, id: Key, body: NewWaiver) -> NegotiationDetail:
    """Let the unit's people carry less, because."""
    return _acted(request, id, body, verbs.waive_over_assignment)


@router.post(
    "/negotiations/{int:id}/submit",
    response={202: SubmissionRow},
    summary=_("Submit a target for signature"),
    openapi_extra=VERSIONED,
)
def submit_target(request: Call, id: Key, body: Withdrawal) -> Status[SubmissionRow]:
    """Once it is SMART, there was a round, and it is real or says why all the same."""
    found = fetch(request.user, Negotiation, id, to="targets.set")
    asked = verbs.submit_target(found, version=sent_version(request, body.version), by=request.user)
    return Status(202, SubmissionRow(request=asked.pk, signer=asked.signer_id))


@router.post(
    "/negotiations/{int:id}/drop",
    response=NegotiationDetail,
    summary=_("End a negotiation"),
    openapi_extra=VERSIONED,
)
def drop_negotiation(request: Call, id: Key, body: Withdrawal) -> NegotiationDetail:
    """What was said stays."""
    return _acted(request, id, body, verbs.drop_negotiation)


def _acted(request: Call, key: int, body: Any, act: Any) -> NegotiationDetail:
    found = fetch(request.user, Negotiation, key, to="targets.set")
    said = sent(body, "version")
    return _told(request, act(found, version=sent_version(request, body.version), by=request.user, **said))


def _told(request: Call, negotiation: Negotiation) -> NegotiationDetail:
    company = company_of(request.user)
    team = Team(negotiation, company)
    evidence = evidence_of(team)
    check, carried = check_of(negotiation)
    amount = negotiation.proposed or negotiation.envelope
    people = bearers(team)
    return NegotiationDetail(
        **_values(request, tagged(request, negotiation)),
        evidence=CapabilityRow(**_capable(evidence)),
        stretch=evidence.stretch(amount).value,
        people=[
            BearerRow(person=person_ref(one.person), amount=one.amount, **_capable(one.evidence))
            for one in people
        ],
        carried=carried.value,
        shortfall=check.shortfall,
        turns=[_turn(turn) for turn in negotiation.rounds.select_related("by")],
    )


def _capable(evidence: Evidence) -> dict[str, Any]:
    return {"last_year": evidence.last_year, "funnel": evidence.funnel, "capacity": evidence.capacity}


def _turn(turn: Round) -> TurnRow:
    return TurnRow(
        number=turn.number,
        by=person_ref(turn.by),
        at=turn.at,
        from_above=turn.from_above,
        amount=turn.amount,
        text=turn.text,
    )


def _values(request: Call, row: Negotiation) -> dict[str, Any]:
    plain = ("version", "metric", "envelope", "proposed", "state", "specific", "attainable", "relevant")
    return {
        "id": row.pk,
        "unit": unit_ref(row.unit),
        "period": company_of(request.user).fiscal.name(row.period),
        **{name: getattr(row, name) for name in (*plain, "comment", "waiver", "opened_at")},
        **{name: person_ref(getattr(row, name)) for name in ("waived_by", "proposer", "opened_by")},
    }
