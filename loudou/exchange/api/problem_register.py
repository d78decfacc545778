"""The register of problems and the rules written against their causes."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Status
from pydantic import Field

from loudou.customers.models import Customer
from loudou.daylog.models import Item
from loudou.exchange.api.gate import Call, sent_version
from loudou.exchange.api.listing import looked, page
from loudou.exchange.api.people import named_person
from loudou.exchange.api.rows import named, tagged, there
from loudou.exchange.api.shapes import (
    VERSIONED,
    Asked,
    CustomerRef,
    Day,
    DealRef,
    In,
    Key,
    OfPeriod,
    Out,
    Page,
    PersonRef,
    Short,
    UnitRef,
    Version,
    When,
    customer_ref,
    deal_ref,
    person_ref,
    unit_ref,
)
from loudou.people.access import fetch, require
from loudou.pipeline.models import Deal
from loudou.problems import verbs
from loudou.problems.lens import ORDER, ProblemLens, RuleLens
from loudou.problems.models import Cause, Problem, Rule
from loudou.problems.queries import register as read
from loudou.warnings.models import EarlyWarning

router = Router(tags=["problems"])
Title = Annotated[str, Field(min_length=1, max_length=120)]
Line = Annotated[str, Field(max_length=300)]
Text = Annotated[str, Field(min_length=1, max_length=2000)]
AreaName = Literal["product", "delivery", "price", "relation", "service", "process", "conduct", "other"]
KindName = Literal["exception", "routine"]


class CauseRef(Out):
    id: int
    name: str


class RuleRef(Out):
    id: int
    code: str
    title: str


class RegisteredProblem(Out):
    id: int
    version: int
    code: str
    title: str
    what: str
    area: str
    happened_on: date
    registered_at: When
    reporter: PersonRef | None
    owner: PersonRef
    unit: UnitRef | None
    customer: CustomerRef | None
    deal: DealRef | None
    item: int | None
    warning: int | None
    state: str
    containment: str
    cause: CauseRef | None
    analysis: str
    kind: str
    reason: str
    rule: RuleRef | None
    finding: str
    closed_at: When | None
    closed_by: PersonRef | None


class RuleRow(Out):
    id: int
    version: int
    code: str
    edition: int
    current: bool
    cause: CauseRef
    title: str
    applies_to: str
    content: str
    procedure: str
    evidence: str
    owner: PersonRef
    effective_on: date
    review_on: date
    finding: str
    retired_on: date | None
    retired_reason: str


class RegisterPage(Page[RegisteredProblem]):
    pass


class RulePage(Page[RuleRow]):
    pass


class RegisterFilter(OfPeriod):
    state: Short = ""
    kind: Short = ""
    area: AreaName | Literal[""] = ""
    cause: Key | None = None


class RuleFilter(Asked):
    owner: Short = ""
    state: Literal["", "current", "review", "former"] = ""


class NewProblem(In):
    title: Title
    what: Text
    area: AreaName
    happened_on: Day | None = None
    owner: Key | None = None
    customer: Key | None = None
    deal: Key | None = None
    item: Key | None = None
    warning: Key | None = None


class Contain(In):
    version: Version | None = None
    containment: Text


class FindCause(In):
    version: Version | None = None
    cause: Annotated[str, Field(min_length=1, max_length=80)]
    analysis: Text


class Classify(In):
    version: Version | None = None
    kind: KindName
    reason: Line = ""


class SendBack(In):
    version: Version | None = None
    reason: Annotated[str, Field(min_length=1, max_length=300)]


class Close(In):
    version: Version | None = None
    finding: Text


class NewRule(In):
    cause: Key
    title: Title
    applies_to: Annotated[str, Field(min_length=1, max_length=300)]
    content: Text
    procedure: Annotated[str, Field(max_length=2000)] = ""
    evidence: Line = ""
    owner: Key | None = None
    effective_on: Day
    review_on: Day


class RuleReview(In):
    version: Version | None = None
    finding: Annotated[str, Field(min_length=1, max_length=600)]
    review_on: Day


@router.get("/problems", response=RegisterPage, summary=_("Problems"))
def list_register(request: Call, asked: Query[RegisterFilter]) -> Page[RegisteredProblem]:
    """The latest first; unless `state` says otherwise, those that are not closed."""
    require(request.user, "problems.see")
    found = looked(ProblemLens, asked, request.user).register
    return page(request, found, asked, RegisterPage, order=ORDER, load=_load, shape=problem_row)


@router.get("/problems/{int:id}", response=RegisteredProblem, summary=_("A problem"))
def get_problem(request: Call, id: Key) -> RegisteredProblem:
    return problem_row(tagged(request, _problem(request, id)))


@router.post("/problems", response={201: RegisteredProblem}, summary=_("Register a problem"))
def register_problem(request: Call, body: NewProblem) -> Status[RegisteredProblem]:
    """A deal brings its customer along, a warning its deal; without an owner the caller answers for it."""
    user = request.user
    made = verbs.register(
        title=body.title,
        what=body.what,
        area=body.area,
        happened_on=body.happened_on,
        owner=named_person(user, body.owner, "owner"),
        customer=named(user, Customer, body.customer, "customer"),
        deal=named(user, Deal, body.deal, "deal"),
        item=named(user, Item, body.item, "item"),
        warning=named(user, EarlyWarning, body.warning, "warning"),
        by=user,
    )
    request.place = f"/api/v1/problems/{made.pk}"
    return Status(201, problem_row(tagged(request, _problem(request, made.pk))))


@router.post(
    "/problems/{int:id}/contain", response=RegisteredProblem, summary=_("Contain it"), openapi_extra=VERSIONED
)
def contain_problem(request: Call, id: Key, body: Contain) -> RegisteredProblem:
    found, version = _problem(request, id), sent_version(request, body.version)
    verbs.contain(found, containment=body.containment, by=request.user, version=version)
    return _told(request, id)


@router.post(
    "/problems/{int:id}/cause",
    response=RegisteredProblem,
    summary=_("Name its cause"),
    openapi_extra=VERSIONED,
)
def find_cause(request: Call, id: Key, body: FindCause) -> RegisteredProblem:
    """A cause is known by its name; what recurs is counted by it."""
    found, version = _problem(request, id), sent_version(request, body.version)
    verbs.find_cause(found, cause=body.cause, analysis=body.analysis, by=request.user, version=version)
    return _told(request, id)


@router.post(
    "/problems/{int:id}/class", response=RegisteredProblem, summary=_("Class it"), openapi_extra=VERSIONED
)
def classify_problem(request: Call, id: Key, body: Classify) -> RegisteredProblem:
    """What came three times within 90 days is routine."""
    found, version = _problem(request, id), sent_version(request, body.version)
    verbs.classify(found, kind=body.kind, reason=body.reason, by=request.user, version=version)
    return _told(request, id)


@router.post(
    "/problems/{int:id}/return",
    response=RegisteredProblem,
    summary=_("Send it back"),
    openapi_extra=VERSIONED,
)
def return_problem(request: Call, id: Key, body: SendBack) -> RegisteredProblem:
    """Its cause is looked for anew."""
    found, version = _problem(request, id), sent_version(request, body.version)
    verbs.send_back(found, reason=body.reason, by=request.user, version=version)
    return _told(request, id)


@router.post(
    "/problems/{int:id}/close", response=RegisteredProblem, summary=_("Close it"), openapi_extra=VERSIONED
)
def close_problem(request: Call, id: Key, body: Close) -> RegisteredProblem:
    """By somebody else than who answers for it; a routine one under a rule in force."""
    found, version = _problem(request, id), sent_version(request, body.version)
    verbs.close_problem(found, finding=body.finding, by=request.user, version=version)
    return _told(request, id)


@router.get("/rules", response=RulePage, summary=_("Rules of the house"))
def list_rules(request: Call, asked: Query[RuleFilter]) -> Page[RuleRow]:
    """Those in force, the latest first."""
    require(request.user, "problems.see_rules")
    found = looked(RuleLens, asked, request.user).rules
    order = ("-effective_on", "-id")
    return page(request, found, asked, RulePage, order=order, load=read.rules, shape=rule_row)


@router.get("/rules/{int:id}", response=RuleRow, summary=_("A rule"))
def get_rule(request: Call, id: Key) -> RuleRow:
    return rule_row(tagged(request, _rule(request, id)))


@router.post("/rules", response={201: RuleRow}, summary=_("Write a rule"))
def write_rule(request: Call, body: NewRule) -> Status[RuleRow]:
    """Against a cause; where it has a rule in force, this is its next edition."""
    user = request.user
    require(user, "problems.judge")
    cause = _cause(body.cause)
    said = body.model_dump(exclude={"cause", "owner"})
    owner = named_person(user, body.owner, "owner") or user
    made = verbs.write_rule(cause, owner=owner, by=user, **said)
    request.place = f"/api/v1/rules/{made.pk}"
    return Status(201, rule_row(tagged(request, _rule(request, made.pk))))


@router.post("/rules/{int:id}/review", response=RuleRow, summary=_("Review a rule"), openapi_extra=VERSIONED)
def review_rule(request: Call, id: Key, body: RuleReview) -> RuleRow:
    found, version = _rule(request, id), sent_version(request, body.version)
    verbs.review_rule(found, finding=body.finding, review_on=body.review_on, by=request.user, version=version)
    return rule_row(tagged(request, _rule(request, id)))


@router.post("/rules/{int:id}/retire", response=RuleRow, summary=_("Retire a rule"), openapi_extra=VERSIONED)
def retire_rule(request: Call, id: Key, body: SendBack) -> RuleRow:
    """It stays readable."""
    found, version = _rule(request, id), sent_version(request, body.version)
    verbs.retire_rule(found, reason=body.reason, by=request.user, version=version)
    return rule_row(tagged(request, _rule(request, id)))


def problem_row(one: Problem) -> RegisteredProblem:
    customer, deal, cause, rule = one.customer, one.deal, one.cause, one.rule
    return RegisteredProblem(
        id=one.pk,
        version=one.version,
        code=one.code,
        title=one.title,
        what=one.what,
        area=one.area,
        happened_on=one.happened_on,
        registered_at=one.registered_at,
        reporter=person_ref(one.reporter),
        owner=person_ref(one.owner),
        unit=unit_ref(one.unit),
        customer=customer_ref(customer),
        deal=deal_ref(deal),
        item=one.item_id,
        warning=one.warning_id,
        state=one.state,
        containment=one.containment,
        cause=CauseRef(id=cause.pk, name=cause.name) if cause else None,
        analysis=one.analysis,
        kind=one.kind,
        reason=one.reason,
        rule=RuleRef(id=rule.pk, code=rule.code, title=rule.title) if rule else None,
        finding=one.finding,
        closed_at=one.closed_at,
        closed_by=person_ref(one.closed_by),
    )


def rule_row(one: Rule) -> RuleRow:
    return RuleRow(
        id=one.pk,
        version=one.version,
        code=one.code,
        edition=one.edition,
        current=one.is_current,
        cause=CauseRef(id=one.cause.pk, name=one.cause.name),
        title=one.title,
        applies_to=one.applies_to,
        content=one.content,
        procedure=one.procedure,
        evidence=one.evidence,
        owner=person_ref(one.owner),
        effective_on=one.effective_on,
        review_on=one.review_on,
        finding=one.finding,
        retired_on=one.retired_on,
        retired_reason=one.retired_reason,
    )


def _load(keys: list[int]) -> list[Problem]:
    found = Problem.objects.filter(pk__in=keys).select_related(*read.SHOWN)
    return list(found.defer("customer__search", "customer__extra"))


def _problem(request: Call, key: int) -> Problem:
    using = Problem.objects.select_related(*read.SHOWN).defer("customer__search", "customer__extra")
    return fetch(request.user, Problem, key, using=using)


def _told(request: Call, key: int) -> RegisteredProblem:
    return problem_row(tagged(request, _problem(request, key)))


def _rule(request: Call, key: int) -> Rule:
    return fetch(request.user, Rule, key, using=Rule.objects.select_related("cause", "owner"))


def _cause(key: int) -> Cause:
    return there(Cause.objects.filter(pk=key).first(), "cause")
