"""Phone records that were kept elsewhere, taken over as they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from loudou.customers.models import Customer
from loudou.fieldwork import events
from loudou.fieldwork.models import Activity, PhoneCall
from loudou.fieldwork.verbs._brought import brought_before, take_over, withdraw_contacts
from loudou.fieldwork.verbs._calls import contact, index, next_codes, settle
from loudou.fieldwork.verbs._counting import group_of, note_last, recount
from loudou.fieldwork.verbs._values import next_codes as next_activity_codes
from loudou.fieldwork.verbs._values import place, refuse_time
from loudou.journal import channel
from loudou.journal.bulk import copy_in, reserve_keys
from loudou.journal.record import record_each, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused, attempted
from loudou.people.access import require
from loudou.people.models import User
from loudou.people.tables import Tables
from loudou.pipeline.models import Deal


@dataclass(frozen=True)
class CallRow:
    """A phone record as a file tells it; names are resolved already. With a result, or without an owner, it is over."""

    taker: User
    at: datetime
    matter: str
    code: str = ""
    name: str = ""
    phone: str = ""
    customer: Customer | None = None
    deal: Deal | None = None
    colleague: User | None = None
    minutes: int | None = None
    reply: str = ""
    owner: User | None = None
    due_on: date | None = None
    result: str = ""


@verb
def import_calls(
    rows: Sequence[CallRow], *, by: User | None, dry_run: bool = False
) -> list[PhoneCall | Refused]:
    """Take over phone records as they were, however long ago; each counts as known at its own time (B0.11).

    Nobody gets a task by it: what is still to be followed up stands in the register. Returns an outcome a row, in
    order: the record, or why not. With `dry_run` nothing is written.
    """
    require(by, "exchange.import_history")
    tables, now = Tables.read(), clock.now()
    codes = set(PhoneCall.objects.filter(code__in={row.code for row in rows}).values_list("code", flat=True))
    outcomes = attempted(rows, lambda row: _made(row, codes, tables, now))
    made = [outcome for outcome in outcomes if isinstance(outcome, PhoneCall)]
    if made and not dry_run:
        _write(made, tables)
        record_each(events.CALL_IMPORTED, ((call, {"code": call.code}) for call in made), by=by)
        contacts = [call.activity for call in made if call.activity is not None]
        recount({group_of(row) for row in contacts})
        note_last((row.deal_id for row in contacts), by=by)
    return outcomes


@verb
def withdraw_calls(keys: Sequence[int], *, by: User | None) -> None:
    """Take phone records back that an import brought by mistake, the contacts they were with them."""
    require(by, "exchange.import_history")
    rows = list(PhoneCall.objects.filter(pk__in=keys))
    record_each(events.CALL_WITHDRAWN, ((row, {"code": row.code}) for row in rows), by=by)
    contacts = [row.activity_id for row in rows if row.activity_id is not None]
    PhoneCall.objects.filter(pk__in=[row.pk for row in rows]).delete()
    withdraw_contacts(contacts, by=by)


def _made(row: CallRow, codes: set[str], tables: Tables, now: datetime) -> PhoneCall:
    names: tuple[str, ...] = ("taker", "at", "customer", "deal", "colleague", "owner", "due_on")
    told: dict[str, Any] = {name: getattr(row, name) for name in names}
    call = PhoneCall(channel=channel.current().channel, recorded_at=now, **told)
    said = ("code", "name", "phone", "matter", "reply", "minutes", "result")
    settle(call, {name: getattr(row, name) for name in said})
    if call.code and call.code in codes:
        sentence = _("A phone record with the number “{code}” exists.")
        raise Refused(sentence.format(code=call.code), field="code")
    refuse_time(call.at, tables.company, back=True)
    call.unit_id = tables.unit_of(row.taker, call.at)
    if call.owner_id is not None and call.result:
        call.ended_at = call.at
    codes.add(call.code)
    return call


def _write(made: Sequence[PhoneCall], tables: Tables) -> None:
    unnamed = [call for call in made if not call.code]
    for call, code in zip(unnamed, next_codes(len(unnamed), {call.code for call in made}), strict=True):
        call.code = code
    for call in made:
        index(call)
    pairs = [(call, activity) for call in made if (activity := contact(call)) is not None]
    _write_contacts([activity for _call, activity in pairs], tables)
    for call, activity in pairs:
        call.activity = activity
    for call, key in zip(made, reserve_keys(PhoneCall, len(made)), strict=True):
        call.pk = key
    copy_in(PhoneCall, made, with_keys=True)


def _write_contacts(contacts: Sequence[Activity], tables: Tables) -> None:
    for activity in contacts:
        place(activity, tables.company)
        activity.known_at, activity.valid, activity.counts = activity.at, True, True
    there = brought_before(contacts)
    for number, before in there.items():
        take_over(before, contacts[number])
    fresh = [activity for number, activity in enumerate(contacts) if number not in there]
    codes, keys = next_activity_codes(len(fresh)), reserve_keys(Activity, len(fresh))
    for activity, code, key in zip(fresh, codes, keys, strict=True):
        activity.code, activity.pk = code, key
    copy_in(Activity, fresh, with_keys=True)
