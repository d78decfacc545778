"""Looking, where looking itself is on record: at masked phones, and for customers one may not see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from loudou.customers import events
from loudou.customers.figures.codes import code_fault, normal_code
from loudou.customers.figures.duplicates import Identity, Match
from loudou.customers.figures.names import core_of
from loudou.customers.figures.phones import e164
from loudou.customers.models import Contact, Customer
from loudou.customers.queries import duplicates, home_region
from loudou.customers.verbs._sure import count_inquiry, refuse_probing
from loudou.journal.queries import count_by
from loudou.journal.record import lock, record, verb
from loudou.kernel.periods import midnight
from loudou.kernel.refusals import Refused
from loudou.people.access import may, require
from loudou.people.models import User
from loudou.people.queries import organisation

REVEALS_A_DAY = 100
_LONGEST_NAME = 200


@dataclass(frozen=True)
class Seen:
    """A possible duplicate as the asker may see it: without the customer, only why there is one in other hands."""

    match: Match
    customer: Customer | None = None
    contact: str = ""


class Exhausted(Refused):
    """The person has looked at as many phones as one may in a day."""


def reveal_phone(who: Customer | Contact, *, by: User) -> str:
    """The whole phone of a customer or contact for somebody who sees it masked: on record, and so many a day (PR-08)."""
    try:
        return _reveal_phone(who, by=by)
    except Exhausted:
        _note_exhausted(by=by)
        raise


@verb
def look_for_duplicates(
    *, by: User | None, name: str = "", phone: str = "", uscc: str = "", besides: Customer | None = None
) -> list[Seen]:
    """Customers that may be the one somebody is about to add, likeliest first.

    Of those in other hands one learns that they exist, if the likeness is strong, and no more. Who asks too often
    within the hour is refused (AC-12).
    """
    asked = _asked(name, phone, uscc)
    if asked == Identity():
        return []
    refuse_probing(by)
    found = duplicates(asked, besides=besides.pk if besides else None)
    count_inquiry(by=by, missed=not found)
    seen = [
        Seen(one.match, one.customer if may(by, "customers.see", one.customer) else None, one.contact)
        for one in found
    ]
    return [one if one.customer else Seen(one.match) for one in seen if one.customer or one.match.strong]


@verb
def print_chain(customer: Customer, *, by: User) -> None:
    """Put on record that the decision chain of a customer (F06) left as a file."""
    require(by, "exchange.export")
    require(by, "customers.see", customer)
    record(events.CHAIN_PRINTED, customer, by=by)


@verb
def _reveal_phone(who: Customer | Contact, *, by: User) -> str:
    customer = who.customer if isinstance(who, Contact) else who
    require(by, "customers.see", customer)
    require(by, "customers.reveal_phone")
    lock(by)  # one look after the other: two at once must not both be the hundredth
    if count_by(by, events.PHONE_REVEALED, _midnight()) >= REVEALS_A_DAY:
        raise Exhausted(
            _("You have looked at {n} phones today; go on tomorrow, or ask who owns the customer.").format(
                n=REVEALS_A_DAY
            )
        )
    contact = who if isinstance(who, Contact) else None
    record(events.PHONE_REVEALED, customer, by=by, contact=contact)
    return who.phone


@verb
def _note_exhausted(*, by: User) -> None:
    guards = User.objects.active().filter(roles__contains=["security"])
    record(events.REVEALS_EXHAUSTED, by, by=by, count=REVEALS_A_DAY, notify=guards)


def _midnight() -> datetime:
    company = organisation()
    return midnight(company.today, company.zone)


def _asked(name: str, phone: str, uscc: str) -> Identity:
    """What was typed so far; a phone that is not whole yet asks nothing."""
    code = normal_code(uscc[:100])
    try:
        number = e164(phone, home_region()) if phone.strip() else ""
    except ValueError:
        number = ""
    core = core_of(name[:_LONGEST_NAME])
    return Identity(core if len(core) >= 2 else "", "" if code_fault(code) else code, number)
