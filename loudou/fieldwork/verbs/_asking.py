"""Asking for the signatures visits need: before them, after an emergency, on the record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from loudou.fieldwork import events
from loudou.fieldwork.figures.discipline import REVIEW_DAYS, SIGNED_AFTER
from loudou.fieldwork.models import VisitPlan, VisitRecord
from loudou.people.models import User
from loudou.signoff.facts import days_of
from loudou.signoff.models import Request
from loudou.signoff.verbs import ask

Told = list[tuple[Any, Any]]


def ask_plan(plan: VisitPlan, *, by: User, short_notice: bool) -> Request:
    """A superior signs the plan before the visit."""
    facts: Told = [
        *_where(plan),
        (_("objectives"), plan.objectives),
        (_("background, situation"), plan.background),
        (_("strategy"), plan.strategy),
        (_("questions"), plan.questions),
    ]
    if plan.mark is not None:
        facts.append((_("expected promotion mark"), plan.mark.names))
    if short_notice:
        facts.append((_("submitted"), _("at short notice")))
    return _ask(plan, events.VISIT, by, facts, starters=_starters(plan), before=plan.starts_at)


def ask_emergency(plan: VisitPlan, *, by: User) -> Request:
    """The superior who agreed by phone signs within a day; from then on the next one above may as well."""
    assert plan.consented_by is not None and plan.executed_at is not None
    facts: Told = [
        *_where(plan),
        (_("objectives"), plan.objectives),
        (_("agreed by phone"), plan.consented_by.name),
    ]
    before = plan.executed_at + SIGNED_AFTER
    agreed = {"reason": plan.emergency_reason, "agreed": plan.consented_by}
    return _ask(plan, events.EMERGENCY, by, facts, before=before, **agreed)


def ask_review(kept: VisitRecord, *, by: User) -> Request:
    """The superior goes through the visit: opinion, and whether what it shows for the gate holds."""
    plan = kept.plan
    facts: Told = [
        *_where(plan),
        (_("met"), [" ".join(person) for person in kept.people]),
        (_("objectives"), plan.objectives),
        (_("results"), kept.results),
        (_("questions and answers"), [f"{question} {answer}" for question, answer in kept.answers]),
        (_("what the customer cares about"), kept.concerns),
        (_("unresolved"), kept.unresolved),
        (_("what the customer promised"), kept.theirs),
        (_("what we promised"), kept.ours),
        (_("news of competitors"), kept.competitors),
        (_("next step"), plan.activity.next_step if plan.activity else ""),
    ]
    if photos := kept.files.count():
        facts.append((_("photos and papers"), str(photos)))
    if marks := [mark.names for mark in kept.marks.all()]:
        facts.append((_("shows for the gate"), marks))
    return _ask(plan, events.REVIEW, by, facts, working_days=REVIEW_DAYS)


def _where(plan: VisitPlan) -> Told:
    facts: Told = [(_("customer"), plan.customer.name), (_("when"), plan.executed_at or plan.starts_at)]
    if plan.contact:
        facts.append((_("with whom"), plan.contact))
    if plan.deal is not None:
        facts.append((_("deal"), plan.deal.title))
        facts.append((_("stage"), [[plan.deal.spec.names]]))
    return facts


def _starters(plan: VisitPlan) -> Told:
    """What an opinion on a plan may begin with: how long it has been silent, what is to be shown."""
    starters: Told = []
    if plan.deal is not None and plan.deal.last_contact_at is not None:
        silent = (plan.starts_at - plan.deal.last_contact_at).days
        if silent > 0:
            starters.append((_("After %(what)s of silence, "), days_of(silent, None)))
    if plan.mark is not None:
        starters.append((_("Bring back %(what)s: "), plan.mark.names))
    return starters


def _ask(plan: VisitPlan, act: str, by: User, facts: Sequence[tuple[Any, Any]], **options: Any) -> Request:
    return ask(
        plan,
        act=act,
        needs="fieldwork.confirm_visit",
        url="fieldwork:confirm",
        by=by,
        owner=plan.owner,
        unit=plan.unit,
        payload={"version": plan.version, "objectives": plan.objectives, "at": plan.starts_at},
        facts=[(label, value) for label, value in facts if value not in (None, "", [])],
        **options,
    )
