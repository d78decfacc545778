"""When somebody was last in contact with customers: a fact handed down by the room that keeps such records."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from loudou.customers.models import Customer
from loudou.journal.bulk import update_rows
from loudou.journal.record import verb


@verb
def note_heard(lasts: Mapping[int, datetime], *, by: None) -> None:
    """Count a contact, told by the customer's key, among what happened to a customer last.

    History tells of the contact itself; what the customer is does not change by it, so its version stays.
    """
    if not lasts:
        return
    rows = Customer.objects.select_for_update(no_key=True).filter(pk__in=lasts).order_by("pk")
    later = [row for row in rows.only("touched_at") if row.touched_at < lasts[row.pk]]
    for row in later:
        row.touched_at = lasts[row.pk]
    update_rows(Customer, later, ["touched_at"])
