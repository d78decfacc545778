"""Making a visit: checking in, beginning without a plan on a superior's word, recording what came of it (C3, F04)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from loudou.fieldwork import events
from loudou.fieldwork.figures.discipline import MOST_OBJECTIVES, MOST_QUESTIONS, record_state
from loudou.fieldwork.models import VisitFile, VisitPlan, VisitRecord
from loudou.fieldwork.verbs._asking import ask_emergency, ask_review
from loudou.fieldwork.verbs._backing import back
from loudou.fieldwork.verbs._places import note_place
from loudou.fieldwork.verbs._visits import (
    cleaned_plan,
    lines,
    next_plan_code,
    settle,
    take,
    text,
    told,
    turn,
)
from loudou.fieldwork.verbs.keeping import log_activity
from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.access import may, require
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.pipeline.models import EvidenceKind
from loudou.ui.uploads import Received

CLOCKS_DIFFER = timedelta(minutes=5)
UNHEARD = timedelta(hours=12)  # how long a check-in may be on its way from a phone without a connection
MOST_FILES = 9
State = VisitPlan.State


@dataclass(frozen=True)
class Said:
    """What a record says (F04); `results` stand against the objectives of the plan, `people` are (name, title)."""

    people: Sequence[tuple[str, str]] = ()
    results: Sequence[str] = ()
    answers: Sequence[tuple[str, str]] = ()
    unresolved: Sequence[str] = ()
    concerns: str = ""
    ours: str = ""
    theirs: str = ""
    competitors: str = ""
    next_step: str = ""
    next_on: date | None = None
    marks: Sequence[EvidenceKind] = ()
    files: Sequence[Received] = field(default=())


@verb
def start_visit(
    plan: VisitPlan,
    *,
    by: User,
    at: datetime | None = None,
    latitude: Decimal | None = None,
    longitude: Decimal | None = None,
) -> VisitPlan:
    """Check in. Only a signed plan can be started; twice is once.

    `at` is what the person's device says, at most twelve hours ago. A place is taken down with recorded consent
    only, and within duty hours.
    """
    fresh = take(plan, by=by)
    if fresh.executed_at is not None:
        return fresh
    if fresh.state != State.APPROVED or fresh.approved_at is None:
        raise Refused(_("This plan is not signed; a visit starts when its plan is."))
    fresh.executed_at = _time_of(at)
    if fresh.executed_at < fresh.approved_at:
        raise Refused(_("This lies before the plan was signed."), field="at")
    fresh.received_at = clock.now()
    note_place(fresh, latitude, longitude)
    turn(fresh, State.EXECUTED)
    record(events.VISIT_STARTED, fresh, by=by, at=fresh.executed_at, distance=fresh.distance)
    return fresh


@verb
def begin_emergency(
    *,
    by: User,
    reason: str,
    consented_by: User,
    at: datetime | None = None,
    latitude: Decimal | None = None,
    longitude: Decimal | None = None,
    **values: Any,
) -> VisitPlan:
    """Make a visit that could not wait for a plan, on a superior's word by phone.

    It is signed within a day of the check-in or does not count (C3). `at` is what the person's device says; the same
    visit told again is the one there is.
    """
    company, when = organisation(), _time_of(at)
    plan = VisitPlan(owner=by, known_at=clock.now(), **cleaned_plan({**values, "starts_at": when}))
    require(by, "fieldwork.visit", plan)
    settle(plan, company, by)
    plan.emergency, plan.emergency_reason = True, text("reason", reason)
    if not plan.emergency_reason:
        raise Refused(_("Say why it cannot wait."), field="reason")
    if not plan.objectives:
        raise Refused(_("Name at least one objective."), field="objective_1")
    if consented_by.pk == by.pk or not may(consented_by, "fieldwork.confirm_visit", plan):
        raise Refused(_("Name the superior who agreed; they must be able to sign it."), field="consented_by")
    if at is not None and (former := _begun_before(plan, when)) is not None:
        return former
    plan.consented_by, plan.state = consented_by, State.EXECUTED
    plan.executed_at, plan.received_at, plan.code = when, clock.now(), next_plan_code()
    plan.save(force_insert=True)
    note_place(plan, latitude, longitude)
    plan.save()
    record(
        events.VISIT_BEGUN, plan, by=by, **told(plan), reason=plan.emergency_reason, consented_by=consented_by
    )
    ask_emergency(plan, by=by)
    return plan


@verb
def record_visit(plan: VisitPlan, *, by: User, said: Said, key: str = "") -> VisitRecord:
    """Record what came of a visit: once, within three days of it, late after one.

    `key` is the writer's own mark: the same one again is the same record. It becomes an activity that counts if it
    says what it must (M40) and the visit is signed; a superior is asked to go through it.
    """
    fresh = take(plan, by=by)
    former = VisitRecord.objects.filter(plan=fresh).first()
    if former is not None and key and former.key == key:
        return former
    if former is not None:
        raise Refused(_("This visit is recorded; a record is not written twice."))
    if fresh.executed_at is None:
        raise Refused(_("Nobody checked in yet; there is nothing to record."))
    now = clock.now()
    state = record_state(fresh.executed_at, None, now)
    if state == "locked":
        raise Refused(_("More than 72 hours have passed; what was not recorded did not happen."))
    kept = _written(fresh, said, text("key", key, 64), late=state == "overdue")
    fresh.recorded_at = kept.recorded_at
    fresh.activity = _activity(fresh, said, by)
    turn(fresh, State.RECORDED)
    kept.save(force_insert=True)
    kept.marks.set(_marks(fresh, said.marks))
    VisitFile.objects.bulk_create(_file(kept, file, now) for file in said.files)
    back(fresh, by=by)
    record(events.VISIT_RECORDED, fresh, by=by, late=kept.late, results=kept.results, files=len(said.files))
    kept.plan = fresh
    ask_review(kept, by=by)
    return kept


@verb
def print_visit(plan: VisitPlan, *, by: User) -> None:
    """Put on record that the interview report of a visit (F05) left as a file."""
    require(by, "exchange.export")
    require(by, "fieldwork.see", plan)
    record(events.VISIT_PRINTED, plan, by=by)


def _begun_before(plan: VisitPlan, when: datetime) -> VisitPlan | None:
    """The emergency that was told before, if its message came twice."""
    lock(plan.owner)
    around = (when - CLOCKS_DIFFER, when + CLOCKS_DIFFER)
    begun = VisitPlan.objects.filter(owner=plan.owner, customer=plan.customer, executed_at__range=around)
    same = {"emergency_reason": plan.emergency_reason, "objectives": plan.objectives}
    return begun.filter(emergency=True, **same).first()


def _time_of(at: datetime | None) -> datetime:
    now = clock.now()
    if at is None:
        return now
    if at > now + CLOCKS_DIFFER:
        raise Refused(_("This lies in the future."), field="at")
    if now - at > UNHEARD:
        raise Refused(_("A check-in may be at most twelve hours old."), field="at")
    return min(at, now)


def _written(plan: VisitPlan, said: Said, key: str, *, late: bool) -> VisitRecord:
    if len(said.files) > MOST_FILES:
        raise Refused(_("At most {n} of these.").format(n=MOST_FILES), field="photos")
    if len(said.people) > MOST_OBJECTIVES * 3:
        raise Refused(_("At most {n} of these.").format(n=MOST_OBJECTIVES * 3), field="people")
    people = [[text("people", name, 60), text("people", title, 60)] for name, title in said.people]
    answers = [[text("answers", asked), text("answers", given, 600)] for asked, given in said.answers]
    return VisitRecord(
        plan=plan,
        people=[person for person in people if person[0]],
        answers=[pair for pair in answers[: MOST_QUESTIONS * 2] if any(pair)],
        results=[text("results", one, 600) for one in said.results][:MOST_OBJECTIVES],
        unresolved=lines("unresolved", said.unresolved, MOST_OBJECTIVES),
        concerns=text("concerns", said.concerns, 4000),
        ours=text("ours", said.ours, 600),
        theirs=text("theirs", said.theirs, 600),
        competitors=text("competitors", said.competitors, 600),
        key=key,
        recorded_at=clock.now(),
        late=late,
    )


def _activity(plan: VisitPlan, said: Said, by: User) -> Any:
    """The visit as every list of activities, every count and the deal's own page know it."""
    names = "、".join(name.strip() for name, _title in said.people if name.strip())
    return log_activity(
        kind="visit",
        by=by,
        owner=plan.owner,
        at=plan.executed_at,
        customer=plan.customer,
        deal=plan.deal,
        contact=names[:120],
        result="\n".join(one.strip() for one in said.results if one.strip()),
        next_step=said.next_step,
        next_on=said.next_on,
    )


def _marks(plan: VisitPlan, marks: Sequence[EvidenceKind]) -> list[EvidenceKind]:
    """What the visit shows, as far as it belongs to its deal's funnel."""
    if plan.deal is None:
        return []
    return [mark for mark in marks if mark.spec.version_id == plan.deal.funnel_version_id]


def _file(kept: VisitRecord, file: Received, now: datetime) -> VisitFile:
    return VisitFile(
        record=kept,
        name=file.name[:200],
        kind=file.kind,
        size=file.size,
        sha256=file.sha256,
        stored_as=file.stored_as,
        added_at=now,
    )
