"""When deals were last in contact with their customers: a fact handed down by the room that keeps such records."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from loudou.journal.bulk import update_rows
from loudou.journal.record import record_each, verb
from loudou.people.models import User
from loudou.pipeline import events
from loudou.pipeline.models import Deal


@verb
def note_contacts(lasts: Mapping[int, datetime | None], *, by: User | None) -> None:
    """Keep the instant of each deal's last contact, None for none; a contact touches its deal.

    The right is that of whoever records contacts; nobody is asked for one over the deal.
    """
    deals = Deal.objects.filter(pk__in=lasts).only("code", "title", "last_contact_at", "touched_at")
    changed = [deal for deal in deals.order_by("pk") if deal.last_contact_at != lasts[deal.pk]]
    for deal in changed:
        deal.last_contact_at = last = lasts[deal.pk]
        deal.touched_at = max(deal.touched_at, last) if last is not None else deal.touched_at
    update_rows(Deal, changed, ["last_contact_at", "touched_at"])
    record_each(events.CONTACTED, ((deal, {"at": deal.last_contact_at}) for deal in changed), by=by)
