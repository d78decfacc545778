"""What becomes of activities when something happens to their customer (`customers.consequences`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from loudou.customers.consequences import when
from loudou.customers.models import Customer
from loudou.fieldwork import events
from loudou.fieldwork.models import Activity, PhoneCall, VisitPlan
from loudou.fieldwork.verbs._counting import group_of, recount
from loudou.journal.bulk import update_rows
from loudou.journal.record import record_each
from loudou.people.models import User


@when("merged")
def _follow_merge(customer: Customer, *, merged: Customer, by: User | None) -> dict[str, Any]:
    """Activities, visits and phone records become those of the customer that stays; which ones is remembered."""
    return {
        "activities": _give(Activity.objects.filter(customer=merged), merged, customer, by),
        "visits": _redirect(VisitPlan, VisitPlan.objects.filter(customer=merged), customer),
        "calls": _redirect(PhoneCall, PhoneCall.objects.filter(customer=merged), customer),
    }


@when("unmerged")
def _return(customer: Customer, *, merged: Customer, moved: dict[str, Any], by: User | None) -> None:
    """Exactly those go back that came, unless they were given to another customer since."""
    came = Activity.objects.filter(pk__in=moved.get("activities", ()), customer=customer)
    _give(came, customer, merged, by)
    for model, name in ((VisitPlan, "visits"), (PhoneCall, "calls")):
        rows = model.objects.filter(pk__in=moved.get(name, ()), customer=customer)
        _redirect(model, rows, merged)


def _give(wanted: Iterable[Activity], former: Customer, customer: Customer, by: User | None) -> list[int]:
    rows = list(wanted)
    if not rows:
        return []
    groups = {group_of(row) for row in rows}
    for row in rows:
        row.customer = customer
    update_rows(Activity, rows, ["customer"])
    recount(groups | {group_of(row) for row in rows})
    change = {"changes": {"customer": [former, customer]}}
    record_each(events.EDITED, ((row, change) for row in rows), by=by)
    return [row.pk for row in rows]


def _redirect(
    model: type[VisitPlan | PhoneCall], wanted: Iterable[VisitPlan | PhoneCall], customer: Customer
) -> list[int]:
    rows = list(wanted)
    for row in rows:
        row.customer = customer
    update_rows(model, rows, ["customer"])
    return [row.pk for row in rows]
