"""A superior's word on a visit: on its plan, on an emergency, on its record with what that shows for the gate (C3)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from loudou.fieldwork import events
from loudou.fieldwork.models import VisitPlan, VisitRecord
from loudou.fieldwork.verbs._backing import back
from loudou.fieldwork.verbs._visits import text, turn
from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.access import may
from loudou.people.models import User
from loudou.pipeline import verbs as pipeline
from loudou.pipeline.models import EvidenceKind
from loudou.signoff.acts import refuse_others
from loudou.signoff.models import Request
from loudou.signoff.queries import waiting_about
from loudou.signoff.verbs import send_back, sign

State = VisitPlan.State


@verb
def confirm_visit(request: Request, *, opinion: str, by: User, version: int | None = None) -> VisitPlan:
    """Sign with an opinion: the visit may be made, the emergency stands, the record shows what it says."""
    plan = _asked_about(request)
    signed = sign(request, opinion=opinion, by=by, version=version)
    if request.act == events.REVIEW:
        return _review(plan, signed, by, agreed=True)
    plan.approved_at = signed.answered_at
    if request.act == events.VISIT:
        turn(plan, State.APPROVED)
        record(events.VISIT_APPROVED, plan, by=by, opinion=signed.opinion, notify=[plan.owner])
        return plan
    turn(plan)
    back(plan, by=by)
    record(events.VISIT_BACKED, plan, by=by, opinion=signed.opinion, notify=[plan.owner])
    return plan


@verb
def refuse_visit(request: Request, *, opinion: str, by: User, version: int | None = None) -> VisitPlan:
    """Send back with an opinion: the plan to be thought over, the emergency not backed, the record not agreed to."""
    plan = _asked_about(request)
    answered = send_back(request, opinion=opinion, by=by, version=version)
    if request.act == events.REVIEW:
        return _review(plan, answered, by, agreed=False)
    if request.act == events.VISIT:
        turn(plan, State.RETURNED)
        record(events.VISIT_RETURNED, plan, by=by, opinion=answered.opinion, notify=[plan.owner])
        return plan
    record(events.VISIT_DISOWNED, plan, by=by, opinion=answered.opinion, notify=[plan.owner])
    return plan


@verb
def review_visit(
    plan: VisitPlan,
    *,
    by: User,
    opinion: str,
    agreed: bool = True,
    coaching: str = "",
    version: int | None = None,
) -> VisitPlan:
    """Go through a recorded visit with its owner: opinion, coaching note (F22), whether what it shows holds."""
    asked = next((one for one in waiting_about(plan) if one.act == events.REVIEW), None)
    if asked is None:
        raise Refused(_("Nothing of this visit waits for a review."))
    if agreed:
        reviewed = confirm_visit(asked, opinion=opinion, by=by, version=version)
    else:
        reviewed = refuse_visit(asked, opinion=opinion, by=by, version=version)
    note = text("coaching", coaching, 4000)
    if note:
        kept = lock(VisitRecord.objects.get(plan=reviewed))
        kept.coaching = note
        kept.save(update_fields=["coaching"])
    return reviewed


def _asked_about(request: Request) -> VisitPlan:
    refuse_others(request, events.VISIT, events.EMERGENCY, events.REVIEW)
    return lock(VisitPlan.objects.get(pk=request.subject_id))


def _review(plan: VisitPlan, answered: Request, by: User, *, agreed: bool) -> VisitPlan:
    kept = lock(VisitRecord.objects.get(plan=plan))
    kept.reviewed_by, kept.opinion, kept.agreed = by, answered.opinion, agreed
    kept.save(update_fields=["reviewed_by", "opinion", "agreed"])
    plan.reviewed_at = answered.answered_at or clock.now()
    turn(plan, State.REVIEWED)
    # Who signs for one who is away need not have a right to the deal: then it is shown by whose visit it was.
    giver = by if may(by, "pipeline.edit", plan.deal) else plan.owner
    marks = kept.marks.select_related("spec") if agreed else []
    shown = [mark for mark in marks if _shows(plan, kept, mark, giver)]
    record(
        events.VISIT_REVIEWED,
        plan,
        by=by,
        opinion=answered.opinion,
        agreed=agreed,
        shown=[mark.names for mark in shown],
        notify=[plan.owner],
    )
    return plan


def _shows(plan: VisitPlan, kept: VisitRecord, mark: EvidenceKind, by: User) -> bool:
    """Hand a mark down to the deal's gate; whether it could still be shown there."""
    assert plan.deal is not None
    note = "；".join(filter(None, (result.rstrip("。；") for result in kept.results)))[:500] or str(mark)
    try:
        file = _as_deal_file(plan, kept, by) if mark.needs_file else None
        pipeline.give_evidence(plan.deal, kind=mark, by=by, note=note, file=file, source=f"visit:{plan.pk}")
    except (
        Refused
    ):  # the deal has closed, moved to another version of its funnel, or a file is wanted and none there
        return False
    return True


def _as_deal_file(plan: VisitPlan, kept: VisitRecord, by: User) -> Any:
    photo = kept.files.order_by("pk").first()
    if photo is None or plan.deal is None:
        return None
    present = plan.deal.files.filter(stored_as=photo.stored_as, removed_at=None).first()
    named = {name: getattr(photo, name) for name in ("name", "kind", "size", "sha256", "stored_as")}
    return present or pipeline.add_file(plan.deal, by=by, **named)
