"""Visits and calls that a file of activities brought before: an export holds such a contact twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from loudou.fieldwork.figures.visits import is_valid
from loudou.fieldwork.models import Activity
from loudou.fieldwork.verbs._counting import group_of, note_last, recount
from loudou.fieldwork.verbs.importing import withdraw_activities
from loudou.people.models import User


def brought_before(contacts: Sequence[Activity]) -> dict[int, Activity]:
    """Records of these very contacts that a file of activities brought, by the place of each."""
    of_these = {"owner__in": {row.owner_id for row in contacts}, "at__in": {row.at for row in contacts}}
    bare = Activity.objects.filter(plan=None, phone_record=None, annulled_at=None, **of_these)
    there = {_contact(row): row for row in bare.select_for_update(of=("self",)).order_by("-pk")}
    found = ((number, there.pop(_contact(row), None)) for number, row in enumerate(contacts))
    return {number: row for number, row in found if row is not None}


def take_over(there: Activity, contact: Activity) -> None:
    """Let a record that was brought before be this contact from now on; its number stays."""
    contact.pk, contact.code, contact.recorded_at = there.pk, there.code, there.recorded_at
    contact.version = there.version + 1
    contact.save(force_update=True)


def withdraw_contacts(keys: Sequence[int], *, by: User | None) -> None:
    """Take back what visits or calls were recorded as; what had been brought before them stays, without them."""
    ours = list(Activity.objects.filter(pk__in=keys, version=1).values_list("pk", flat=True))
    withdraw_activities(ours, by=by)
    stayed = list(Activity.objects.filter(pk__in=keys))
    for row in stayed:
        row.valid = row.counts = is_valid(row.kind, row.contact, row.result, row.next_step)
        row.version += 1
        row.save(update_fields=["valid", "counts", "version"])
    if stayed:
        recount({group_of(row) for row in stayed})
        note_last({row.deal_id for row in stayed}, by=by)


def _contact(row: Activity) -> tuple[Any, ...]:
    return row.kind, row.owner_id, row.at, row.customer_id, row.deal_id
