"""How often customers are to be contacted, and who is to be contacted next."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from django.utils.translation import gettext_noop as _
from ninja import Query, Router
from pydantic import Field

from loudou.exchange.api.gate import Call
from loudou.exchange.api.people import named_person
from loudou.exchange.api.problems import no_such
from loudou.exchange.api.shapes import (
    CustomerRef,
    DealRef,
    In,
    Key,
    Out,
    PersonRef,
    When,
    customer_ref,
    deal_ref,
    person_ref,
)
from loudou.fieldwork import verbs
from loudou.fieldwork.models import Activity, ContactRule
from loudou.fieldwork.queries.cadence import due_contacts
from loudou.kernel import clock
from loudou.people.access import require
from loudou.pipeline.models import Stage

router = Router(tags=["activities"])
Grade = Annotated[str, Field(max_length=12, description="Empty: customers without a grade.")]
Slug = Annotated[str, Field(max_length=40)]


class ContactRuleTold(Out):
    grade: str
    funnel: str
    stage: str
    days: int


class NewContactRule(In):
    grade: Grade = ""
    funnel: Slug = ""
    stage: Annotated[str, Field(max_length=40, description="Empty: without an open deal.")] = ""
    days: Annotated[int, Field(ge=1, le=365)] | None = Field(description="Null takes the rule away.")


class NewContactRules(In):
    rules: Annotated[list[NewContactRule], Field(max_length=200)]


class ContactDue(Out):
    customer: CustomerRef | None
    deal: DealRef | None
    owner: PersonRef | None
    last_at: When | None
    days: int
    due_at: When


class ContactDueFilter(In):
    owner: Key | None = None
    ahead: Annotated[int, Field(ge=0, le=90, description="Days ahead.")] = 7


@router.get(
    "/contact-rules", response=list[ContactRuleTold], summary=_("How often customers are to be contacted")
)
def list_contact_rules(request: Call) -> list[ContactRuleTold]:
    """The rules that were written; what has none goes by default."""
    require(request.user, "fieldwork.set_up")
    return _told()


@router.post(
    "/contact-rules", response=list[ContactRuleTold], summary=_("Set how often customers are to be contacted")
)
def set_contact_rules(request: Call, body: NewContactRules) -> list[ContactRuleTold]:
    """At most so many days between two contacts; rules that are not named stay."""
    wanted = {(one.grade, _stage(one)): one.days for one in body.rules}
    verbs.set_contact_rules(wanted, by=request.user)
    return _told()


@router.get("/contact-plan", response=list[ContactDue], summary=_("Whom to contact next"))
def contact_plan(request: Call, asked: Query[ContactDueFilter]) -> list[ContactDue]:
    """Of the caller, or of `owner`, the longest overdue first; two hundred at most."""
    user = request.user
    require(user, "fieldwork.see")
    whose = named_person(user, asked.owner, "owner") or user
    require(user, "fieldwork.see", Activity(owner=whose, unit_id=whose.unit_id))
    until = clock.now() + timedelta(days=asked.ahead)
    return [
        ContactDue(
            customer=customer_ref(one.customer),
            deal=deal_ref(one.deal),
            owner=person_ref(one.owner),
            last_at=one.plan.last,
            days=one.plan.days,
            due_at=one.plan.due,
        )
        for one in due_contacts(user, [whose.pk], until)
    ]


def _told() -> list[ContactRuleTold]:
    rules = ContactRule.objects.select_related("stage__funnel").order_by("grade", "stage", "pk")
    return [
        ContactRuleTold(
            grade=rule.grade,
            funnel=rule.stage.funnel.code if rule.stage else "",
            stage=rule.stage.code if rule.stage else "",
            days=rule.days,
        )
        for rule in rules
    ]


def _stage(one: NewContactRule) -> int | None:
    if not one.stage:
        return None
    found = Stage.objects.filter(funnel__code=one.funnel, code=one.stage).first()
    if found is None:
        raise no_such("stage")
    return found.pk
