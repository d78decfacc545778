"""Whether a recorded visit has the signature without which it does not count (M40)."""

from __future__ import annotations

from loudou.fieldwork.figures.discipline import is_backed
from loudou.fieldwork.figures.visits import is_valid
from loudou.fieldwork.models import VisitPlan
from loudou.fieldwork.verbs._counting import group_of, note_last, recount
from loudou.people.models import User


def back(plan: VisitPlan, *, by: User | None) -> None:
    """Let the visit's activity count, or not, as its signature says; counted again where that changes."""
    activity = plan.activity
    if activity is None or plan.executed_at is None:
        return
    signed = is_backed(emergency=plan.emergency, executed=plan.executed_at, approved=plan.approved_at)
    valid = signed and is_valid(activity.kind, activity.contact, activity.result, activity.next_step)
    if valid == activity.valid:
        return
    activity.valid = activity.counts = valid
    activity.save(update_fields=["valid", "counts"])
    recount([group_of(activity)])
    note_last([activity.deal_id], by=by)
