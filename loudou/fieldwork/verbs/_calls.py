"""What a phone record may say, and what follows from it."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from loudou.customers.figures.phones import e164, forms
from loudou.customers.queries import home_region
from loudou.fieldwork.models import Activity, PhoneCall
from loudou.journal import numbers
from loudou.kernel.refusals import Refused
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.tasks.models import Task
from loudou.ui.search import vector
from loudou.ui.texts import kept

TEXTS = {"name": 120, "phone": 40, "matter": 2000, "reply": 2000, "result": 500, "code": 60}
_LINES = ("matter", "reply")
LONGEST_CALL = 600  # minutes

next_codes = partial(numbers.next_codes, PhoneCall, "fieldwork_phone_call_number", "DH-")


def settle(call: PhoneCall, said: dict[str, Any]) -> None:
    """Take over what was said, and refuse what makes no record: nobody who rang, no matter, no answer to it."""
    for name, longest in TEXTS.items():
        setattr(call, name, kept(said.get(name, ""), name, longest=longest, lines=name in _LINES))
    call.minutes = said.get("minutes")
    call.phone = number_as_kept(call.phone)
    call.caller = PhoneCall.Caller.COLLEAGUE if call.colleague_id else PhoneCall.Caller.CUSTOMER
    if call.deal is not None and call.customer_id is None:
        call.customer_id = call.deal.customer_id
    if call.deal is not None and call.deal.customer_id not in (None, call.customer_id):
        raise Refused(_("The deal belongs to another customer."), field="deal")
    call.name = call.name or (call.colleague.name if call.colleague else "")
    if not (call.name or call.phone or call.customer_id):
        raise Refused(_("Say who rang: a name or a number."), field="caller")
    if not call.matter:
        raise Refused(_("Say what it was about."), field="matter")
    if call.minutes is not None and not 0 <= call.minutes <= LONGEST_CALL:
        raise Refused(_("Between 0 and {n} minutes.").format(n=LONGEST_CALL), field="minutes")
    if not (call.reply or call.result or call.owner_id):
        raise Refused(_("Write what was answered, or who follows it up."), field="reply")
    if call.owner_id is not None and call.due_on is None:
        company = organisation()
        day = call.at.astimezone(company.zone).date()
        call.due_on = company.calendar.work_calendar().add(day, 1)
    if call.owner_id is None and call.due_on is not None:
        raise Refused(_("Say who follows it up."), field="owner")


def refuse_past(due_on: date | None) -> None:
    """Refuse a follow-up that would be late at once."""
    if due_on is not None and due_on < organisation().today:
        raise Refused(_("This day is over."), field="due_on")


def index(call: PhoneCall) -> None:
    """Let it be found by who rang, whose customer it is, its number and the telephone's."""
    names = [call.name, call.customer.name if call.customer else ""]
    call.search = vector(names, forms(call.phone) if call.phone else (), codes=[call.code])


def number_as_kept(phone: str) -> str:
    """A number as customers' are kept; one that is none of any country as it was written."""
    try:
        return e164(phone, home_region()) if phone else ""
    except ValueError:
        return phone


def contact(call: PhoneCall) -> Activity | None:
    """The activity that a call from a customer is; none of one from a colleague or somebody unknown."""
    if call.caller != PhoneCall.Caller.CUSTOMER or call.customer_id is None:
        return None
    return Activity(
        kind=Activity.Kind.CALL,
        owner=call.taker,
        unit_id=call.unit_id,
        at=call.at,
        customer=call.customer,
        deal=call.deal,
        contact=call.name,
        result="\n".join(filter(None, (call.matter, call.reply))),
        channel=call.channel,
        recorded_at=call.recorded_at,
        known_at=call.recorded_at,
    )


def follow_task(task: Task, *, by: User | None = None) -> None:
    """A call is followed up by whoever has its task, until the task's day; what came of that came of the call."""
    for call in PhoneCall.objects.select_for_update().filter(task=task):
        call.owner, call.due_on = task.owner, task.due_on or call.due_on
        call.result, call.ended_at = task.outcome, task.ended_at
        call.version += 1
        call.save()
