"""Taking back what an import brought by mistake."""

from __future__ import annotations

from collections.abc import Sequence

from loudou.customers import events
from loudou.customers.models import Contact, Customer
from loudou.journal.record import record_each, verb
from loudou.people.access import require
from loudou.people.models import User


@verb
def withdraw_customers(keys: Sequence[int], *, by: User | None) -> None:
    """Take customers back that an import brought by mistake; what else refers to one of them keeps all of them."""
    rows = list(Customer.objects.select_for_update().filter(pk__in=keys))
    for row in rows:
        require(by, "customers.edit", row)
    record_each(events.WITHDRAWN, ((row, {"code": row.code}) for row in rows), by=by)
    Customer.objects.filter(pk__in=[row.pk for row in rows]).delete()


@verb
def withdraw_contacts(keys: Sequence[int], *, by: User | None) -> None:
    """Take people back whom an import brought; one whom a deal knows by now keeps all of them."""
    rows = list(Contact.objects.select_related("customer").filter(pk__in=keys))
    for row in rows:
        require(by, "customers.edit", row.customer)
    record_each(events.CONTACT_WITHDRAWN, ((row, {"customer": row.customer}) for row in rows), by=by)
    Contact.objects.filter(pk__in=[row.pk for row in rows]).delete()
