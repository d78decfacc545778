"""Keeping the phone record of a call that was answered (F13); annulling one."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from loudou.customers.figures.phones import masked
from loudou.customers.models import Customer
from loudou.fieldwork import events
from loudou.fieldwork.models import PhoneCall
from loudou.fieldwork.verbs._calls import contact, index, next_codes, refuse_past, settle
from loudou.fieldwork.verbs._entering import enter, refuse_unseen, strike, told
from loudou.fieldwork.verbs._values import refuse_time
from loudou.journal import channel
from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.access import may, require
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.people.tables import Tables
from loudou.pipeline.models import Deal
from loudou.tasks.models import Task
from loudou.tasks.verbs import drop_task, set_task
from loudou.ui.texts import kept

ORIGIN = "call"


@verb
def take_call(
    *,
    by: User | None,
    taker: User | None = None,
    at: datetime | None = None,
    customer: Customer | None = None,
    deal: Deal | None = None,
    colleague: User | None = None,
    owner: User | None = None,
    due_on: date | None = None,
    **said: Any,
) -> PhoneCall:
    """Record a call that `taker` answered, else `by`: name, phone, matter, reply, minutes, code.

    With an `owner` it becomes a task of theirs, due on `due_on`, else on the next working day. Refused: nobody who
    rang, no matter, neither a reply nor somebody who follows it up, the future, a time too long ago. The same words
    about the same instant by the same person are the same record: sent twice, it is noted once.
    """
    taker = taker or by
    if taker is None:
        raise Refused(_("Say who answered it."), field="taker")
    whom = {"customer": customer, "deal": deal, "colleague": colleague}
    call = _begun(taker, at, owner=owner, due_on=due_on, **whom)
    require(by, "fieldwork.take_call", call)
    refuse_unseen(customer, deal, by)
    refuse_time(call.at, organisation(), back=_may_date_back(call, by))
    settle(call, said)
    if (former := _noted_before(call)) is not None:
        return former
    refuse_past(due_on)
    if (made := contact(call)) is not None:
        enter(made, organisation(), by=by)
        record(events.LOGGED, made, by=by, **told(made))
    call.activity = made
    _keep(call)
    if owner is not None:
        call.task = _task(call, owner, by)
        call.save(update_fields=["task"])
    record(events.CALL_TAKEN, call, by=by, matter=call.matter[:200])
    return call


@verb
def annul_call(call: PhoneCall, *, reason: str, by: User | None, version: int | None = None) -> PhoneCall:
    """Take a phone record out of every count, its activity with it; what was to be followed up is dropped."""
    require(by, "fieldwork.take_call", call)
    fresh = lock(call, version=version)
    if fresh.annulled_at is not None:
        return fresh
    reason = kept(reason, "reason", longest=300, lines=False)
    if not reason:
        raise Refused(_("Say why it does not hold."), field="reason")
    fresh.annulled_at, fresh.annulled_by, fresh.annulled_reason = clock.now(), by, reason
    fresh.version += 1
    fresh.save()
    if fresh.activity is not None and not fresh.activity.is_annulled:
        reached = lock(fresh.activity)
        strike(reached, reason, by=by)
        record(events.ANNULLED, reached, by=by, reason=reason, notify=[reached.owner])
    if fresh.task is not None and fresh.task.is_open and may(by, "tasks.edit", fresh.task):
        drop_task(fresh.task, reason=reason, by=by)
        fresh.refresh_from_db()
    record(events.CALL_ANNULLED, fresh, by=by, reason=reason, notify=[fresh.taker])
    return fresh


@verb
def print_call(call: PhoneCall, *, by: User) -> None:
    """Put on record that a phone record left as a file."""
    require(by, "exchange.export")
    require(by, "fieldwork.see_calls", call)
    record(events.CALL_PRINTED, call, by=by)


def _begun(taker: User, at: datetime | None, **who: Any) -> PhoneCall:
    """A record of a call that `taker` answered, now unless said, in the unit they belong to then."""
    now = clock.now()
    call = PhoneCall(taker=taker, at=at or now, channel=channel.current().channel, recorded_at=now, **who)
    call.unit_id = Tables.read().unit_of(taker, call.at)
    return call


def _noted_before(call: PhoneCall) -> PhoneCall | None:
    """The record that says what this one does, word for word; whoever names a number of their own means another."""
    if call.code:
        return None
    lock(call.taker)  # one call after the other
    said = ("taker", "at", "customer", "colleague", "name", "phone", "matter", "reply")
    same = {name: getattr(call, name) for name in said}
    return PhoneCall.objects.standing().filter(**same).first()


def _may_date_back(call: PhoneCall, by: User | None) -> bool:
    """Whoever may, and not for themselves."""
    return by is None or (by.pk != call.taker_id and may(by, "fieldwork.back_date", call))


def _keep(call: PhoneCall) -> None:
    call.code = call.code or next_codes(1)[0]
    index(call)
    try:
        with transaction.atomic():
            call.save(force_insert=True)
    except IntegrityError:
        sentence = _("A phone record with the number “{code}” exists.")
        raise Refused(sentence.format(code=call.code), field="code") from None


def _task(call: PhoneCall, owner: User, by: User | None) -> Task:
    """What its follow-up has to do; about the customer where they may see who it is.

    A title is read by many: the number stands whole on the phone record alone.
    """
    who = call.name or (call.customer.name if call.customer else masked(call.phone))
    title = _("Call back {name}: {matter}").format(name=who, matter=" ".join(call.matter.split()))
    return set_task(
        owner,
        title=title[:200],
        note="\n".join(filter(None, (call.matter, call.reply))),
        customer=call.customer if call.customer and may(owner, "customers.see", call.customer) else None,
        deal=call.deal if call.deal and may(owner, "pipeline.see", call.deal) else None,
        due_on=call.due_on,
        origin=ORIGIN,
        origin_key=str(call.pk),
        by=by,
    )
