"""Visits that were planned, made and recorded elsewhere, taken over as they were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from loudou.fieldwork import events
from loudou.fieldwork.figures.discipline import MOST_OBJECTIVES, is_backed, record_state
from loudou.fieldwork.figures.visits import VISIT, is_valid
from loudou.fieldwork.models import Activity, VisitPlan, VisitRecord
from loudou.fieldwork.verbs._brought import brought_before, take_over, withdraw_contacts
from loudou.fieldwork.verbs._counting import group_of, note_last, recount
from loudou.fieldwork.verbs._values import next_codes, place
from loudou.fieldwork.verbs._visits import cleaned_plan, lines, next_plan_code, settle, text
from loudou.journal import channel
from loudou.journal.record import record, record_each, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.people.queries import organisation

State = VisitPlan.State
STEPS = ("submitted_at", "approved_at", "executed_at", "recorded_at", "reviewed_at")
# How far a visit has come, by the last step that has its instant.
_REACHED = {
    "reviewed_at": State.REVIEWED,
    "recorded_at": State.RECORDED,
    "executed_at": State.EXECUTED,
    "approved_at": State.APPROVED,
    "submitted_at": State.SUBMITTED,
}


@dataclass(frozen=True)
class VisitRow:
    """A visit as a file tells it: the plan, when each step was taken, what came of it; names are resolved already."""

    owner: User
    plan: Mapping[str, Any]
    code: str = ""
    submitted_at: datetime | None = None
    approved_at: datetime | None = None
    executed_at: datetime | None = None
    recorded_at: datetime | None = None
    reviewed_at: datetime | None = None
    emergency_reason: str = ""
    cancelled_reason: str = ""
    by_customer: bool = False
    persons: Sequence[str] = ()
    results: Sequence[str] = ()
    unresolved: Sequence[str] = ()
    next_step: str = ""
    next_on: date | None = None


@verb
def import_visit(row: VisitRow, *, by: User | None) -> VisitPlan:
    """Take over a visit as it was, however long ago; it counts as known at its own time (B0.11).

    Nobody is asked to sign by it. Refused: steps that are not in their order, a record of what was not made.
    """
    require(by, "exchange.import_history")
    plan = VisitPlan(owner=row.owner, **cleaned_plan(dict(row.plan)))
    settle(plan, organisation(), by)
    _take_steps(plan, row)
    plan.known_at = min(plan.starts_at, clock.now())
    plan.code = row.code or next_plan_code()
    if VisitPlan.objects.filter(code=plan.code).exists():
        raise Refused(_("A visit with the number “{code}” exists.").format(code=plan.code), field="code")
    plan.activity = _activity(plan, row)
    plan.save(force_insert=True)
    if plan.activity is not None:
        _record(plan, row).save(force_insert=True)
        recount([group_of(plan.activity)])
        note_last([plan.deal_id], by=by)
    record(events.VISIT_IMPORTED, plan, by=by, code=plan.code, state=plan.state)
    return plan


@verb
def withdraw_visits(keys: Sequence[int], *, by: User | None) -> None:
    """Take visits back that an import brought by mistake, with what they were recorded as."""
    require(by, "exchange.import_history")
    rows = list(VisitPlan.objects.filter(pk__in=keys).select_related("customer"))
    record_each(events.VISIT_WITHDRAWN, ((row, {"code": row.code}) for row in rows), by=by)
    found = [row.pk for row in rows]
    VisitRecord.objects.filter(plan__in=found).delete()
    VisitPlan.objects.filter(pk__in=found).delete()
    withdraw_contacts([row.activity_id for row in rows if row.activity_id is not None], by=by)


def _take_steps(plan: VisitPlan, row: VisitRow) -> None:
    """Set when each step was taken, and the state that follows; a visit without a plan is signed after it."""
    last: datetime | None = None
    plan.emergency_reason = text("emergency_reason", row.emergency_reason)
    plan.emergency = bool(plan.emergency_reason)
    order = ("executed_at", "approved_at", *STEPS[3:]) if plan.emergency else STEPS
    for name in order:
        at = getattr(row, name)
        setattr(plan, name, at)
        if at is None:
            continue
        if at > clock.now():
            raise Refused(_("This lies in the future."), field=name)
        if last is not None and at < last and name != "recorded_at":
            raise Refused(_("This lies before the step that comes first."), field=name)
        last = at
        plan.state = _REACHED[name] if not (plan.emergency and name == "approved_at") else plan.state
    if plan.executed_at is not None and plan.approved_at is None and not plan.emergency:
        raise Refused(
            _("Without a signature it was an emergency; say why it could not wait."), field="emergency_reason"
        )
    if plan.executed_at is None and (row.recorded_at or row.reviewed_at or row.persons or row.results):
        raise Refused(_("Nobody checked in yet; there is nothing to record."), field="executed_at")
    plan.received_at = plan.executed_at
    _end(plan, row)


def _end(plan: VisitPlan, row: VisitRow) -> None:
    plan.cancelled_reason = text("cancelled_reason", row.cancelled_reason)
    if plan.executed_at is not None:
        if plan.cancelled_reason:
            raise Refused(_("This visit was made already, or will not be."), field="cancelled_reason")
    elif plan.cancelled_reason:
        plan.state, plan.by_customer = State.CANCELLED, row.by_customer
        plan.ended_at = min(plan.starts_at, clock.now())


def _activity(plan: VisitPlan, row: VisitRow) -> Activity | None:
    """The visit among the activities, once it is recorded; it counts as its signature lets it (M40)."""
    if plan.executed_at is None or plan.recorded_at is None:
        return None
    activity = Activity(
        kind=VISIT,
        at=plan.executed_at,
        owner=plan.owner,
        unit_id=plan.unit_id,
        customer=plan.customer,
        deal=plan.deal,
        contact="、".join(row.persons)[:120] or plan.contact,
        result="\n".join(row.results),
        next_step=text("next_step", row.next_step),
        next_on=row.next_on,
        channel=channel.current().channel,
        recorded_at=clock.now(),
        known_at=plan.recorded_at,
    )
    place(activity, organisation())
    signed = is_backed(emergency=plan.emergency, executed=plan.executed_at, approved=plan.approved_at)
    activity.valid = signed and is_valid(VISIT, activity.contact, activity.result, activity.next_step)
    activity.counts = activity.valid
    there = brought_before([activity])
    if there:
        take_over(there[0], activity)
    else:
        activity.code = next_codes(1)[0]
        activity.save(force_insert=True)
    return activity


def _record(plan: VisitPlan, row: VisitRow) -> VisitRecord:
    assert plan.executed_at is not None and plan.recorded_at is not None
    state = record_state(plan.executed_at, plan.recorded_at, plan.recorded_at)
    return VisitRecord(
        plan=plan,
        people=[[name[:60], ""] for name in row.persons[: MOST_OBJECTIVES * 3]],
        results=lines("results", row.results, MOST_OBJECTIVES, length=600),
        unresolved=lines("unresolved", row.unresolved, MOST_OBJECTIVES),
        recorded_at=plan.recorded_at,
        late=state == "late",
    )
