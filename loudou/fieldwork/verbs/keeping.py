"""Recording an activity, correcting the record, annulling it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from loudou.customers.models import Customer
from loudou.fieldwork import events
from loudou.fieldwork.models import Activity, PhoneCall, VisitPlan
from loudou.fieldwork.verbs._counting import group_of, recount
from loudou.fieldwork.verbs._entering import count, enter, refuse_unseen, settle, strike, told
from loudou.fieldwork.verbs._values import cleaned, refuse_time
from loudou.journal import channel
from loudou.journal.record import changes, lock, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.access import may, require
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.people.tables import Tables
from loudou.pipeline import verbs as pipeline
from loudou.pipeline.models import Deal, Evidence


@verb
def log_activity(
    *,
    kind: str,
    by: User | None,
    owner: User | None = None,
    at: datetime | None = None,
    customer: Customer | None = None,
    deal: Deal | None = None,
    **details: Any,
) -> Activity:
    """Record what was done: contact, result, next_step, next_on, code (made when empty). `owner` did it, else `by`.

    Of a live deal a next step with its date becomes the deal's own. Refused: nobody it was with, the future, a time
    too long ago (R122). The same words about the same instant by the same person are the same record: sent twice, it
    is recorded once.
    """
    owner, company, now = owner or by, organisation(), clock.now()
    if owner is None:
        raise Refused(_("Say who did it."), field="owner")
    clean = cleaned({"kind": kind, "at": at or now, "customer": customer, "deal": deal, **details})
    activity = Activity(
        owner=owner, channel=channel.current().channel, recorded_at=now, known_at=now, **clean
    )
    activity.unit_id = Tables.read().unit_of(owner, activity.at)
    require(by, "fieldwork.log", activity)
    refuse_unseen(customer, deal, by)
    refuse_time(activity.at, company, back=_may_date_back(activity, by))
    settle(activity, company)
    if (former := _kept_before(activity)) is not None:
        return former
    enter(activity, company, by=by)
    record(events.LOGGED, activity, by=by, **told(activity))
    return activity


@verb
def edit_activity(
    activity: Activity, *, by: User | None, version: int | None = None, **values: Any
) -> Activity:
    """Correct a record; what it said before stays in history (C, Immutable)."""
    require(by, "fieldwork.edit", activity)
    fresh = lock(activity, version=version, sent=values)
    _refuse_annulled(fresh)
    if VisitPlan.objects.filter(activity=fresh).exists():
        raise Refused(_("This is the record of a visit; it stays as it was written."))
    if PhoneCall.objects.filter(activity=fresh).exists():
        raise Refused(_("This comes from a phone record; annul that and write it anew."))
    clean = cleaned(values)
    changed = changes(fresh, clean)
    if not changed:
        return fresh
    company, group, former = organisation(), group_of(fresh), fresh.deal_id
    for name in changed:
        setattr(fresh, name, clean[name])
    named = {name: clean[name] for name in ("customer", "deal") if name in changed}
    refuse_unseen(named.get("customer"), named.get("deal"), by)
    if "at" in changed:
        refuse_time(fresh.at, company, back=_may_date_back(fresh, by))
        fresh.unit_id = Tables.read().unit_of(fresh.owner, fresh.at)
        fresh.known_at = max(fresh.known_at, fresh.at)
    settle(fresh, company)
    fresh.version += 1
    fresh.save()
    recount([group])
    count(fresh, by, former)
    record(events.EDITED, fresh, by=by, changes=changed)
    fresh.refresh_from_db(fields=["counts"])
    return fresh


@verb
def annul_activity(
    activity: Activity, *, reason: str, by: User | None, version: int | None = None
) -> Activity:
    """Take a record out of every count; it stays readable, with who annulled it and why (C4).

    What a visit had shown for its deal's gate is shown no more, as long as the deal is live.
    """
    require(by, "fieldwork.annul", activity)
    fresh = lock(activity, version=version)
    if fresh.is_annulled:
        return fresh
    reason = cleaned({"next_step": reason})["next_step"]
    if not reason:
        raise Refused(_("Say why it does not hold."), field="reason")
    strike(fresh, reason, by=by)
    _take_back_shown(fresh, reason)
    record(events.ANNULLED, fresh, by=by, reason=reason, notify=[fresh.owner])
    return fresh


def _take_back_shown(activity: Activity, reason: str) -> None:
    plan = VisitPlan.objects.filter(activity=activity).select_related("deal").first()
    if plan is None or plan.deal is None or not plan.deal.is_live:
        return
    for shown in Evidence.objects.filter(deal=plan.deal, source=f"visit:{plan.pk}", withdrawn_at=None):
        pipeline.withdraw_evidence(shown, by=None, reason=reason)


def _refuse_annulled(activity: Activity) -> None:
    if activity.is_annulled:
        raise Refused(_("This record was annulled; record it anew."))


def _kept_before(activity: Activity) -> Activity | None:
    """The record that says what this one does, word for word; a number of its own, a plan or a file means another."""
    if (
        activity.code
        or activity.channel == "import"
        or not (activity.contact or activity.result or activity.next_step)
    ):
        return None
    # One after the other: what a phone sends again may come while the first is still being written.
    list(User.objects.select_for_update(no_key=True).filter(pk=activity.owner_id).values_list("pk"))
    said = ("owner", "at", "kind", "customer", "deal", "contact", "result", "next_step", "next_on")
    same = {name: getattr(activity, name) for name in said}
    return Activity.objects.known().filter(plan=None, phone_record=None, **same).first()


def _may_date_back(activity: Activity, by: User | None) -> bool:
    """Whoever may, and not for themselves: their own superior does that."""
    return by is None or (by.pk != activity.owner_id and may(by, "fieldwork.back_date", activity))
