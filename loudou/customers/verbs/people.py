"""The people at a customer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from loudou.customers import events
from loudou.customers.models import Contact, Customer
from loudou.customers.queries import home_region
from loudou.customers.verbs._state import current, touch
from loudou.customers.verbs._values import contact_values, make_contact_findable
from loudou.journal.record import changes, lock, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User


@verb
def add_contact(customer: Customer, *, name: str, by: User | None, **details: Any) -> Contact:
    """Add a person at a customer: title, part in the decision, attitude, phone, email, wechat, note, extra."""
    require(by, "customers.edit", customer)
    fresh = current(lock(customer))
    clean = contact_values({"name": name, **details}, home_region())
    contact = Contact(customer=fresh, recorded_at=clock.now(), **clean)
    _refuse_twin(contact)
    make_contact_findable(contact)
    contact.save(force_insert=True)
    touch(fresh)
    record(events.CONTACT_ADDED, contact, by=by, customer=fresh, part=contact.part)
    return contact


@verb
def edit_contact(contact: Contact, *, by: User | None, version: int | None = None, **values: Any) -> Contact:
    """Change what is known of a person."""
    require(by, "customers.edit", contact)
    customer = current(lock(contact.customer))
    fresh = lock(contact, version=version, sent=values)
    clean = contact_values(values, home_region())
    changed = changes(fresh, clean)
    if not changed:
        return fresh
    for name in changed:
        setattr(fresh, name, clean[name])
    if {"phone", "name"} & set(changed):
        _refuse_twin(fresh)
    make_contact_findable(fresh)
    fresh.version += 1
    fresh.save()
    touch(customer)
    record(events.CONTACT_EDITED, fresh, by=by, customer=customer, changes=changed)
    return fresh


@verb
def mark_left(contact: Contact, *, by: User | None, at: datetime | None = None) -> Contact:
    """Note that a person is no longer there; what they did stays."""
    require(by, "customers.edit", contact)
    customer = current(lock(contact.customer))
    fresh = lock(contact)
    when = at or clock.now()
    if when > clock.now():
        raise Refused(_("This lies in the future."), field="at")
    if fresh.left_at is not None:
        return fresh
    fresh.left_at = when
    fresh.version += 1
    fresh.save(update_fields=["left_at", "version"])
    touch(customer)
    record(events.CONTACT_LEFT, fresh, by=by, customer=customer, at=when)
    return fresh


@verb
def mark_back(contact: Contact, *, by: User | None) -> Contact:
    """Note that a person is there again, or that it was a mistake to say they left."""
    require(by, "customers.edit", contact)
    customer = current(lock(contact.customer))
    fresh = lock(contact)
    if fresh.left_at is None:
        return fresh
    fresh.left_at = None
    _refuse_twin(fresh)
    fresh.version += 1
    fresh.save(update_fields=["left_at", "version"])
    touch(customer)
    record(events.CONTACT_BACK, fresh, by=by, customer=customer)
    return fresh


def _refuse_twin(contact: Contact) -> None:
    """Nobody is twice at a customer: the same name with the same phone, or the same personal phone."""
    if not contact.phone:
        return
    others = Contact.objects.current().filter(customer=contact.customer, phone=contact.phone)
    if twin := others.exclude(pk=contact.pk).filter(name=contact.name).first():
        raise Refused(_("{name} is here already with this phone.").format(name=twin.name), field="phone")
