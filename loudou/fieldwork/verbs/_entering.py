"""What the acts on activities have in common: keeping a new record, striking one, counting what follows."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from loudou.customers.models import Customer
from loudou.fieldwork.figures.visits import is_valid
from loudou.fieldwork.models import Activity
from loudou.fieldwork.verbs._counting import group_of, note_last, recount
from loudou.fieldwork.verbs._values import FIELDS, next_codes, place
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.access import may
from loudou.people.models import Organisation, User
from loudou.people.queries import organisation
from loudou.pipeline import verbs as pipeline
from loudou.pipeline.models import Deal


def enter(activity: Activity, company: Organisation, *, by: User | None) -> None:
    """Keep a new record with what follows from it: what counts, the deal's last contact and its next step."""
    settle(activity, company)
    activity.code = activity.code or next_codes(1)[0]
    try:
        with transaction.atomic():
            activity.save(force_insert=True)
    except IntegrityError:
        raise Refused(
            _("An activity with the number “{code}” exists.").format(code=activity.code), field="code"
        ) from None
    _follow_up(activity, by)
    count(activity, by)


def strike(activity: Activity, reason: str, *, by: User | None) -> None:
    """Let a locked record count no more."""
    activity.annulled_at, activity.annulled_by, activity.annulled_reason = clock.now(), by, reason
    activity.version += 1
    activity.save()
    count(activity, by)


def settle(activity: Activity, company: Organisation) -> None:
    """Set what follows from what it says: the customer of its deal, its day, whether it is valid."""
    place(activity, company)
    activity.valid = is_valid(activity.kind, activity.contact, activity.result, activity.next_step)
    activity.counts = activity.valid


def count(activity: Activity, by: User | None, former: int | None = None) -> None:
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


def told(activity: Activity) -> dict[str, Any]:
    """What history keeps of a new record."""
    return {name: getattr(activity, name) for name in FIELDS if getattr(activity, name) not in (None, "")}
