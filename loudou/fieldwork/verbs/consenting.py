"""A person's word on positions: given, taken back; who looked at them; forgetting what was kept long enough."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _

from loudou.fieldwork import events
from loudou.fieldwork.figures.places import KEPT, WORDING
from loudou.fieldwork.models import Consent, CustomerPlace, Position, VisitPlan
from loudou.journal.queries import did
from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User

A_DAY = timedelta(days=1)


@verb
def give_consent(*, by: User) -> Consent:
    """Agree that one's check-ins note the place, to the text as it is worded now. Twice is once."""
    standing = Consent.objects.filter(user=by, withdrawn_at=None).first()
    if standing is not None and standing.wording == WORDING:
        return standing
    Consent.objects.filter(user=by, withdrawn_at=None).update(withdrawn_at=clock.now())
    given = Consent.objects.create(user=by, wording=WORDING, given_at=clock.now())
    record(events.CONSENT_GIVEN, given, by=by, wording=WORDING)
    return given


@verb
def withdraw_consent(*, by: User) -> int:
    """Take the consent back: no further place is noted, and those kept so far are forgotten. Returns how many."""
    standing = Consent.objects.select_for_update().filter(user=by, withdrawn_at=None).first()
    if standing is None:
        return 0
    standing.withdrawn_at = clock.now()
    standing.save(update_fields=["withdrawn_at"])
    forgotten, _each = Position.objects.filter(plan__owner=by).delete()
    record(events.CONSENT_WITHDRAWN, standing, by=by, count=forgotten)
    return forgotten


@verb
def look_at_place(plan: VisitPlan, *, by: User) -> None:
    """Put on record that somebody looks at how far from the customer another person checked in; once a day."""
    require(by, "fieldwork.see", plan)
    if not did(by, events.PLACE_SEEN, plan, clock.now() - A_DAY):
        record(events.PLACE_SEEN, plan, by=by, whom=plan.owner)


@verb
def take_place(plan: VisitPlan, *, by: User) -> CustomerPlace:
    """Say that the customer is where this visit was checked in: later visits are measured from there.

    The first check-in teaches the place, and may have been elsewhere. A superior's word, on what is still kept.
    """
    require(by, "fieldwork.confirm_visit", plan)
    position = Position.objects.filter(plan=lock(plan)).first()
    if position is None:
        raise Refused(_("Where this was is not kept any more."))
    spot = {name: getattr(position, name) for name in ("latitude", "longitude")}
    place, _made = CustomerPlace.objects.update_or_create(
        customer_id=plan.customer_id, defaults={**spot, "learnt_at": position.taken_at}
    )
    record(events.PLACE_TAKEN, plan, by=by, whom=plan.owner)
    return place


@verb
def forget_positions(*, by: User | None) -> int:
    """Forget positions older than ninety days; returns how many."""
    old = Position.objects.filter(taken_at__lt=clock.now() - KEPT).select_related("plan__customer")
    first = old.first()
    if first is None:
        return 0
    forgotten, _each = old.delete()
    record(events.POSITIONS_FORGOTTEN, first.plan, by=by, count=forgotten)
    return forgotten
