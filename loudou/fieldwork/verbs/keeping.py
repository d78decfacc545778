"""Recording an activity, correcting the record, annulling it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from loudou.customers.models import Customer
from loudou.fieldwork import events
from loudou.fieldwork.figures.visits import is_valid
from loudou.fieldwork.models import Activity, PhoneCall, VisitPlan
from loudou.fieldwork.verbs._counting import group_of, note_last, recount
from loudou.fieldwork.verbs._values import FIELDS, cleaned, next_codes, place, refuse_time
from loudou.journal import channel
from loudou.journal.record import changes, lock, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.access import may, require
from loudou.people.models import Organisation, User
from loudou.people.queries import organisation
from loudou.people.tables import Tables
from loudou.pipeline import verbs as pipeline
from loudou.pipeline.models import Deal


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
    too long ago (R122), a closed month.
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
    enter(activity, company, by=by)
    return activity


def enter(activity: Activity, company: Organisation, *, by: User | None) -> None:
    """Keep a new record with what follows from it: what counts, the deal's last contact and its next step."""
    _settle(activity, company)
    activity.code = activity.code or next_codes(1)[0]
    try:
        with transaction.atomic():
            activity.save(force_insert=True)
    except IntegrityError:
        raise Refused(
            _("An activity with the number “{code}” exists.").format(code=activity.code), field="code"
        ) from None
    _follow_up(activity, by)
    _count(activity, by)
    record(events.LOGGED, activity, by=by, **_told(activity))


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
    _settle(fresh, company)
    fresh.version += 1
    fresh.save()
    recount([group])
    _count(fresh, by, former)
    record(events.EDITED, fresh, by=by, changes=changed)
    fresh.refresh_from_db(fields=["counts"])
    return fresh


@verb
def annul_activity(
    activity: Activity, *, reason: str, by: User | None, version: int | None = None
) -> Activity:
    """Take a record out of every count; it stays readable, with who annulled it and why (C4)."""
    require(by, "fieldwork.annul", activity)
    fresh = lock(activity, version=version)
    if fresh.is_annulled:
        return fresh
    reason = cleaned({"next_step": reason})["next_step"]
    if not reason:
        raise Refused(_("Say why it does not hold."), field="reason")
    strike(fresh, reason, by=by)
    return fresh


def strike(activity: Activity, reason: str, *, by: User | None) -> None:
    """Let a locked record count no more."""
    activity.annulled_at, activity.annulled_by, activity.annulled_reason = clock.now(), by, reason
    activity.version += 1
    activity.save()
    _count(activity, by)
    record(events.ANNULLED, activity, by=by, reason=reason, notify=[activity.owner])


def _settle(activity: Activity, company: Organisation) -> None:
    place(activity, company)
    activity.valid = is_valid(activity.kind, activity.contact, activity.result, activity.next_step)
    activity.counts = activity.valid


def _count(activity: Activity, by: User | None, former: int | None = None) -> None:
    """Everything that is counted from records, counted again; `former` is the deal it was about before."""
    recount([group_of(activity)])
    activity.refresh_from_db(fields=["counts"])
    note_last([activity.deal_id, former], by=by)


def _follow_up(activity: Activity, by: User | None) -> None:
    """A step agreed with the customer is what comes next for the deal."""
    deal, today = activity.deal, organisation().today
    if deal is None or not activity.next_step or activity.next_on is None or activity.next_on < today:
        return
    if deal.is_live and may(by, "pipeline.edit", deal):
        pipeline.edit(deal, by=by, next_step=activity.next_step, next_on=activity.next_on)


def refuse_unseen(customer: Customer | None, deal: Deal | None, by: User | None) -> None:
    if deal is not None and not may(by, "pipeline.see", deal):
        raise Forbidden(_("You do not have the right to do this."), field="deal")
    if customer is not None and not may(by, "customers.see", customer):
        raise Forbidden(_("You do not have the right to do this."), field="customer")


def _refuse_annulled(activity: Activity) -> None:
    if activity.is_annulled:
        raise Refused(_("This record was annulled; record it anew."))


def _may_date_back(activity: Activity, by: User | None) -> bool:
    """Whoever may, and not for themselves: their own superior does that."""
    return by is None or (by.pk != activity.owner_id and may(by, "fieldwork.back_date", activity))


def _told(activity: Activity) -> dict[str, Any]:
    """What history keeps of a new record."""
    return {name: getattr(activity, name) for name in FIELDS if getattr(activity, name) not in (None, "")}
