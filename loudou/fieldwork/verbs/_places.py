"""Taking down where a check-in was: with consent, on duty, coarse, measured against the customer's place."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from loudou.fieldwork.figures.places import WORDING, coarse, distance, on_duty
from loudou.fieldwork.models import Consent, CustomerPlace, Position, VisitPlan
from loudou.kernel.refusals import Refused
from loudou.people.queries import organisation


def note_place(plan: VisitPlan, latitude: Decimal | None, longitude: Decimal | None) -> None:
    """Keep the place of a check-in; the first one at a customer is learnt as theirs.

    Without consent it is refused; outside duty hours, and for what is no visit on site, it is not kept.
    """
    if latitude is None or longitude is None:
        return
    if not Consent.objects.filter(user=plan.owner, withdrawn_at=None, wording=WORDING).exists():
        raise Refused(_("The place is noted only with your recorded consent."), field="latitude")
    try:
        spot = coarse(latitude, longitude)
    except (ValueError, ArithmeticError):
        raise Refused(_("This is no place on earth."), field="latitude") from None
    company = organisation()
    assert plan.executed_at is not None
    local = plan.executed_at.astimezone(company.zone)
    if plan.method != VisitPlan.Method.ON_SITE or not on_duty(local, company.calendar.work_calendar()):
        return
    there, learnt = CustomerPlace.objects.get_or_create(
        customer_id=plan.customer_id,
        defaults={"latitude": spot[0], "longitude": spot[1], "learnt_at": plan.executed_at},
    )
    plan.distance = None if learnt else distance(spot, (there.latitude, there.longitude))
    Position.objects.create(plan=plan, latitude=spot[0], longitude=spot[1], taken_at=plan.executed_at)
