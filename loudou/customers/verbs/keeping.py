"""Adding customers, changing what they say, whose they are and who may see them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from loudou.customers import events
from loudou.customers.consequences import tell
from loudou.customers.models import Customer, Share
from loudou.customers.queries import home_region, identity
from loudou.customers.verbs._state import current, keeper, next_codes, touch
from loudou.customers.verbs._sure import Taken, broken, count_inquiry, curious, refuse_known, refuse_probing
from loudou.customers.verbs._terms import remember_terms
from loudou.customers.verbs._values import Values, customer_values, make_findable, tags_of
from loudou.journal.record import changes, lock, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User


def add_customer(*, name: str, by: User | None, owner: User | None = None, **details: Any) -> Customer:
    """Add a customer; without an owner it is the adder's own, unless they sell nothing themselves: then nobody's.

    `details`: code (made when empty), kind, industry, size, region, address, website, source, uscc, phone, grade, tags,
    note, created_at, extra. Raises `Taken` for a certain duplicate: same credit code, or a phone verified elsewhere.
    """
    try:
        return _add_customer({"name": name, **details}, owner=owner, by=by)
    except Taken as known:
        _count_if_hidden(known, by)
        raise


def edit_customer(
    customer: Customer, *, by: User | None, version: int | None = None, **values: Any
) -> Customer:
    """Change what a customer says; whose it is is `hand_over`'s business. A new phone has to be verified anew."""
    try:
        return _edit_customer(customer, by=by, version=version, values=values)
    except Taken as known:
        _count_if_hidden(known, by)
        raise


@verb
def hand_over(
    customer: Customer, *, owner: User, by: User | None, reason: str, version: int | None = None
) -> Customer:
    """Give a customer to another owner, whose unit it joins; what rooms above keep of the former owner's goes along."""
    require(by, "customers.hand_over", customer)
    fresh = current(lock(customer, version=version))
    if fresh.owner_id == owner.pk:
        return fresh
    if not owner.is_active:
        raise Refused(_("{name} has left.").format(name=owner.name), field="owner")
    why = reason.strip()[:500]
    if not why:
        raise Refused(_("Say why the customer changes hands."), field="reason")
    former = fresh.owner
    fresh.owner, fresh.unit = owner, owner.unit
    fresh.shares.filter(user=owner).delete()
    touch(fresh)
    hearers = [owner, former] if former else [owner]
    record(events.HANDED_OVER, fresh, by=by, former=former, owner=owner, reason=why, notify=hearers)
    tell("handed_over", fresh, former=former, owner=owner, reason=why, by=by)
    return fresh


@verb
def share(customer: Customer, *, user: User, by: User | None) -> Customer:
    """Let a colleague see a customer, who hears of it."""
    require(by, "customers.edit", customer)
    fresh = current(lock(customer))
    if not user.is_active:
        raise Refused(_("{name} has left.").format(name=user.name), field="user")
    if user.pk == fresh.owner_id:
        raise Refused(_("{name} owns this customer.").format(name=user.name), field="user")
    _row, made = Share.objects.get_or_create(customer=fresh, user=user)
    if made:
        record(events.SHARED, fresh, by=by, who=user, notify=[user])
    return fresh


@verb
def unshare(customer: Customer, *, user: User, by: User | None) -> Customer:
    """Take the sight of a customer back, or give up one's own."""
    if by is None or by.pk != user.pk:
        require(by, "customers.edit", customer)
    fresh = lock(customer)
    count, _detail = fresh.shares.filter(user=user).delete()
    if count:
        record(events.UNSHARED, fresh, by=by, who=user, notify=[user])
    return fresh


@verb
def tag(
    customer: Customer, *, by: User | None, add: Iterable[str] = (), remove: Iterable[str] = ()
) -> Customer:
    """Put tags on a customer and take others off."""
    require(by, "customers.edit", customer)
    fresh = current(lock(customer))
    gone = set(remove)
    tags = tags_of([*(name for name in fresh.tags if name not in gone), *add])
    if tags == fresh.tags:
        return fresh
    former, fresh.tags = fresh.tags, tags
    make_findable(fresh, Customer.objects.filter(merged_into=fresh))
    remember_terms([fresh])
    touch(fresh)
    record(events.TAGGED, fresh, by=by, field="tags", before=former, after=tags)
    return fresh


@verb
def verify_phone(customer: Customer, *, by: User | None, version: int | None = None) -> Customer:
    """Note that somebody was reached at the customer's phone; from then on the number is this customer's alone."""
    require(by, "customers.edit", customer)
    fresh = current(lock(customer, version=version))
    if not fresh.phone:
        raise Refused(_("There is no phone to verify."), field="phone")
    if fresh.phone_verified:
        return fresh
    fresh.phone_verified = True
    refuse_known(identity(fresh), by=by, besides=fresh.pk)
    try:
        with transaction.atomic():
            touch(fresh)
    except IntegrityError as error:
        raise broken(error, fresh, by=by) from None
    record(events.PHONE_VERIFIED, fresh, by=by)
    return fresh


@verb
def _add_customer(values: Values, *, owner: User | None, by: User | None) -> Customer:
    require(by, "customers.add")
    keeps = keeper(owner, by)
    clean = customer_values(values, home_region())
    now = clock.now()
    customer = Customer(
        **{name: value for name, value in clean.items() if value is not None},
        owner=keeps,
        unit=keeps.unit if keeps else None,
        recorded_at=now,
        touched_at=now,
    )
    if customer.uscc or customer.phone:
        refuse_probing(by)
        refuse_known(identity(customer), by=by)
    customer.code = customer.code or next_codes(1)[0]
    make_findable(customer)
    try:
        with transaction.atomic():
            customer.save(force_insert=True)
    except IntegrityError as error:
        raise broken(error, customer, by=by) from None
    remember_terms([customer])
    record(events.ADDED, customer, by=by, code=customer.code, owner=keeps, notify=[keeps] if keeps else [])
    return customer


@verb
def _edit_customer(customer: Customer, *, by: User | None, version: int | None, values: Values) -> Customer:
    require(by, "customers.edit", customer)
    fresh = current(lock(customer, version=version, sent=values))
    clean = customer_values(values, home_region())
    if "code" in clean and not clean["code"]:
        del clean["code"]
    changed = changes(fresh, clean)
    if not changed:
        return fresh
    for name in changed:
        setattr(fresh, name, clean[name])
    if "phone" in changed:
        fresh.phone_verified = False
    if {"uscc", "phone"} & set(changed):
        refuse_probing(by)
        refuse_known(identity(fresh), by=by, besides=fresh.pk)
    make_findable(fresh, Customer.objects.filter(merged_into=fresh))
    try:
        with transaction.atomic():
            touch(fresh)
    except IntegrityError as error:
        raise broken(error, fresh, by=by) from None
    remember_terms([fresh])
    record(events.EDITED, fresh, by=by, changes=changed)
    if "name" in changed:
        tell("renamed", fresh, by=by)
    return fresh


def _count_if_hidden(known: Taken, by: User | None) -> None:
    """The answer told that the customer exists: that counts as having asked, although the act itself was undone."""
    if known.hidden and curious(by):
        count_inquiry(by=by, missed=False)
