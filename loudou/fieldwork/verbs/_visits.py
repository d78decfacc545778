"""What the acts on planned visits have in common: their values, their turns, what hangs on them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from loudou.fieldwork.figures.discipline import MOST_OBJECTIVES, MOST_QUESTIONS
from loudou.fieldwork.models import VisitPlan
from loudou.journal.numbers import next_codes
from loudou.journal.record import lock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.access import may, require
from loudou.people.models import Organisation, User
from loudou.people.tables import Tables
from loudou.ui.texts import kept

LENGTHS = {"background": 4000, "strategy": 4000, "contact": 120, "place": 300, "materials": 300}
LISTS = {"objectives": MOST_OBJECTIVES, "questions": MOST_QUESTIONS}
PLAN_FIELDS = (
    *("customer", "deal", "contact", "starts_at", "place", "method", "background"),
    *("objectives", "strategy", "questions", "materials", "mark"),
)
_LINE = 300


def take(plan: VisitPlan, *, by: User | None, version: int | None = None, **sent: Any) -> VisitPlan:
    """The visit, locked, for an act of its owner's."""
    require(by, "fieldwork.visit", plan)
    return lock(plan, version=version, sent=sent)


def turn(plan: VisitPlan, state: str = "") -> VisitPlan:
    """Keep what an act changed, as a new version."""
    plan.state = state or plan.state
    plan.version += 1
    plan.save()
    return plan


def cleaned_plan(values: dict[str, Any]) -> dict[str, Any]:
    """The values of a plan as they are kept; refuses the first that cannot be."""
    clean: dict[str, Any] = {}
    for name, value in values.items():
        if name not in PLAN_FIELDS:
            raise Refused(_("“{field}” cannot be changed this way.").format(field=name), field=name)
        if name in LISTS:
            clean[name] = lines(name, value, LISTS[name])
        elif name in LENGTHS:
            clean[name] = text(name, value, LENGTHS[name])
        else:
            clean[name] = value
    if "method" in clean and clean["method"] not in VisitPlan.Method.values:
        raise Refused(_("Choose how you meet."), field="method")
    return clean


def text(field: str, value: Any, most: int = _LINE) -> str:
    """A text as it is kept."""
    return kept(value, field, longest=most)


def lines(field: str, value: Sequence[Any] | None, most: int, *, length: int = _LINE) -> list[str]:
    """Several short texts, the empty ones left out."""
    found = [line for item in value or () if (line := text(field, item, length))]
    if len(found) > most:
        raise Refused(_("At most {n} of these.").format(n=most), field=field)
    return found


def settle(plan: VisitPlan, company: Organisation, by: User | None) -> None:
    """Set what follows from whom the visit is to and when; refuses what the planner may not see."""
    if plan.deal is not None and not may(by, "pipeline.see", plan.deal):
        raise Forbidden(_("You do not have the right to do this."), field="deal")
    if plan.customer_id is None and plan.deal is not None:
        plan.customer_id = plan.deal.customer_id
    if plan.customer_id is None:
        raise Refused(_("Name the customer you visit."), field="customer")
    if not may(by, "customers.see", plan.customer) and plan.deal is None:
        raise Forbidden(_("You do not have the right to do this."), field="customer")
    if plan.deal is not None and plan.deal.customer_id != plan.customer_id:
        raise Refused(_("The deal belongs to another customer."), field="deal")
    if plan.mark is not None and (
        plan.deal is None or plan.mark.spec.version_id != plan.deal.funnel_version_id
    ):
        raise Refused(_("This evidence belongs to another funnel."), field="mark")
    plan.day = plan.starts_at.astimezone(company.zone).date()
    plan.unit_id = Tables.read().unit_of(plan.owner, plan.starts_at)


def lacking(objectives: Sequence[str], background: str, strategy: str) -> dict[str, str]:
    """What keeps a plan from being judged, by field: no objective, background or strategy is named (C3)."""
    said = {
        "objective_1": (objectives, _("Name at least one objective.")),
        "background": (background, _("Say how things stand with the customer.")),
        "strategy": (strategy, _("Say how you want to reach it.")),
    }
    return {field: sentence for field, (value, sentence) in said.items() if not value}


def refuse_bare(plan: VisitPlan) -> None:
    """Refuse a plan nobody could judge."""
    for field, sentence in lacking(plan.objectives, plan.background, plan.strategy).items():
        raise Refused(sentence, field=field)


def next_plan_code() -> str:
    """The next number of a visit, `BF-000417`."""
    return next_codes(VisitPlan, "fieldwork_visit_number", "BF-")[0]


def told(plan: VisitPlan) -> dict[str, Any]:
    """What history keeps of a plan."""
    return {name: getattr(plan, name) for name in PLAN_FIELDS if getattr(plan, name) not in (None, "", [])}


def local(at: datetime, company: Organisation) -> datetime:
    """An instant on the clocks of the organisation."""
    return at.astimezone(company.zone)
