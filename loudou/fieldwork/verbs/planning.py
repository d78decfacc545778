"""Planning a visit, changing the plan, having it signed, calling it off (C3, F03)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from loudou.fieldwork import events
from loudou.fieldwork.figures.discipline import is_short_notice
from loudou.fieldwork.models import VisitPlan
from loudou.fieldwork.verbs._asking import ask_plan
from loudou.fieldwork.verbs._visits import (
    cleaned_plan,
    local,
    next_plan_code,
    refuse_bare,
    settle,
    take,
    text,
    told,
    turn,
)
from loudou.journal.record import changes, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.signoff.models import Request
from loudou.signoff.queries import waiting_about
from loudou.signoff.verbs import withdraw

EXPIRES_AFTER = timedelta(days=1)


@verb
def plan_visit(*, by: User, **values: Any) -> VisitPlan:
    """Plan a visit of one's own: `customer` or `deal`, `starts_at`, and what F03 asks for; a draft at first."""
    plan = VisitPlan(owner=by, known_at=clock.now(), **cleaned_plan(values))
    require(by, "fieldwork.visit", plan)
    _refuse_past(plan)
    settle(plan, organisation(), by)
    plan.code = next_plan_code()
    plan.save(force_insert=True)
    record(events.VISIT_PLANNED, plan, by=by, **told(plan))
    return plan


@verb
def edit_visit(plan: VisitPlan, *, by: User, version: int | None = None, **values: Any) -> VisitPlan:
    """Change a plan; one that was submitted or signed is a draft again, for its signature was on something else."""
    fresh = take(plan, by=by, version=version, **values)
    if not fresh.is_to_come:
        raise Refused(_("This visit was made already, or will not be."))
    clean = cleaned_plan(values)
    changed = changes(fresh, clean)
    if not changed:
        return fresh
    for name in changed:
        setattr(fresh, name, clean[name])
    if "starts_at" in changed:
        _refuse_past(fresh)
    settle(fresh, organisation(), by)
    _take_back(fresh, by)
    fresh.approved_at = fresh.submitted_at = None
    turn(fresh, VisitPlan.State.DRAFT)
    record(events.VISIT_EDITED, fresh, by=by, changes=changed)
    return fresh


@verb
def submit_visit(plan: VisitPlan, *, by: User, version: int | None = None) -> Request:
    """Ask one's superior to sign the plan; due within a working day, and before the visit."""
    fresh = take(plan, by=by, version=version)
    if not (fresh.is_open or fresh.state == VisitPlan.State.SUBMITTED):
        raise Refused(_("This plan needs no signature any more."))
    refuse_bare(fresh)
    company, now = organisation(), clock.now()
    if fresh.starts_at <= now:
        raise Refused(_("The visit's time has passed; plan it anew."), field="starts_at")
    calendar = company.calendar.work_calendar()
    short = is_short_notice(local(now, company), local(fresh.starts_at, company), calendar)
    fresh.submitted_at = now
    turn(fresh, VisitPlan.State.SUBMITTED)
    record(events.VISIT_SUBMITTED, fresh, by=by, short_notice=short)
    return ask_plan(fresh, by=by, short_notice=short)


@verb
def cancel_visit(
    plan: VisitPlan, *, by: User | None, reason: str, by_customer: bool = False, version: int | None = None
) -> VisitPlan:
    """Call a visit off, saying why; called off by the customer it is no failure of the plan (M41)."""
    fresh = take(plan, by=by, version=version)
    if not fresh.is_to_come:
        raise Refused(_("This visit was made already, or will not be."))
    fresh.cancelled_reason = text("reason", reason)
    if not fresh.cancelled_reason:
        raise Refused(_("Say why it is called off."), field="reason")
    fresh.by_customer, fresh.ended_at = by_customer, clock.now()
    _take_back(fresh, by)
    turn(fresh, VisitPlan.State.CANCELLED)
    record(events.VISIT_CANCELLED, fresh, by=by, reason=fresh.cancelled_reason, by_customer=by_customer)
    return fresh


@verb
def expire_visits(*, by: User | None) -> int:
    """Close plans that nobody carried out by the day after theirs; returns how many."""
    last = organisation().today - EXPIRES_AFTER
    wanted = VisitPlan.objects.filter(day__lt=last, state__in=("draft", "submitted", "returned", "approved"))
    rows = list(wanted.select_for_update(no_key=True, of=("self",)).select_related("owner", "customer"))
    for plan in rows:
        _take_back(plan, None)
        plan.ended_at = clock.now()
        turn(plan, VisitPlan.State.EXPIRED)
        record(events.VISIT_EXPIRED, plan, by=by, notify=[plan.owner])
    return len(rows)


def _refuse_past(plan: VisitPlan) -> None:
    if plan.starts_at < clock.now():
        raise Refused(_("A plan comes before its visit; choose a time to come."), field="starts_at")


def _take_back(plan: VisitPlan, by: User | None) -> None:
    """Withdraw what was asked about a plan that is no longer what it was."""
    for request in waiting_about(plan):
        withdraw(request, by=by if by is not None and by.pk == request.asker_id else None)
