"""Adding customers by the thousand, under the rules of one at a time: what imports call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from loudou.customers import events
from loudou.customers.models import Contact, Customer
from loudou.customers.queries import home_region
from loudou.customers.verbs._state import keeper, next_codes
from loudou.customers.verbs._sure import (
    code_taken,
    count_inquiry,
    curious,
    refuse_too_many_rows,
    taken,
)
from loudou.customers.verbs._terms import remember_terms
from loudou.customers.verbs._values import (
    contact_values,
    customer_values,
    make_contact_findable,
    make_findable,
)
from loudou.journal.bulk import copy_in, mould, reserve_keys
from loudou.journal.record import acting, record_each, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.access import may, require
from loudou.people.models import User

Outcome = Customer | Refused
_CHUNK = 10_000
_TRIES = 3


def add_customers(
    rows: Sequence[Mapping[str, Any]], *, by: User | None, dry_run: bool = False
) -> list[Outcome]:
    """Add many customers; each row has the keyword arguments of `add_customer`. Good rows are written, bad ones refused.

    Returns an outcome a row, in order: the customer, or why not. With `dry_run` everything is checked, nothing is
    written and the customers have no key. Owners do not hear of each one. Whoever sees only some customers may bring
    so many rows a day (AC-12), dry runs included.
    """
    refuse_too_many_rows(by, len(rows))
    outcomes: list[Outcome] = []
    with acting(), _search_index_later():
        for first in range(0, len(rows), _CHUNK):
            outcomes += _add_customers(rows[first : first + _CHUNK], by=by, dry_run=dry_run)
    if curious(by):
        count_inquiry(by=by, missed=False, asked=len(rows))
    return outcomes


@verb
def add_contacts(
    rows: Sequence[tuple[Customer, Mapping[str, Any]]], *, by: User | None, dry_run: bool = False
) -> list[Contact | Refused]:
    """Add many people at their customers; each row has the keyword arguments of `add_contact`.

    Returns the contact a row, in order, or why not. Nobody is twice at a customer under one name and phone.
    """
    home, now = home_region(), clock.now()
    keys = [customer.pk for customer, _values in rows if customer.pk]
    there = Contact.objects.current().filter(customer__in=keys)
    known = set(there.values_list("customer_id", "name", "phone"))
    outcomes: list[Contact | Refused] = []
    for customer, values in rows:
        try:
            require(by, "customers.edit", customer)
            contact = Contact(
                customer=customer, recorded_at=now, **contact_values({"name": "", **values}, home)
            )
            if (customer.pk, contact.name, contact.phone) in known:
                raise Refused(
                    _("{name} is here already with this phone.").format(name=contact.name), field="phone"
                )
            make_contact_findable(contact)
            outcomes.append(contact)
        except Refused as refusal:
            outcomes.append(refusal)
    made = [outcome for outcome in outcomes if isinstance(outcome, Contact)]
    if not dry_run:
        for contact, key in zip(made, reserve_keys(Contact, len(made)), strict=True):
            contact.pk = key
        copy_in(Contact, made, with_keys=True)
        record_each(
            events.CONTACT_ADDED,
            ((contact, {"customer": contact.customer, "part": contact.part}) for contact in made),
            by=by,
        )
    return outcomes


@verb
def _add_customers(rows: Sequence[Mapping[str, Any]], *, by: User | None, dry_run: bool) -> list[Outcome]:
    require(by, "customers.add")
    shaped = _shaped(rows, by)
    tries = 0
    while True:
        outcomes = _without_known(shaped, by)
        good = [outcome for outcome in outcomes if isinstance(outcome, Customer)]
        if dry_run:
            return outcomes
        try:
            with transaction.atomic():
                _write(good)
        except IntegrityError:
            # Somebody added one of them between the look and the write: look again.
            tries += 1
            if tries == _TRIES:
                raise
            continue
        remember_terms(good)
        owners = {row["owner"].pk: row["owner"] for row in rows if row.get("owner")}
        if by is not None:
            owners[by.pk] = by
        told = ((row, {"code": row.code, "owner": owners.get(row.owner_id)}) for row in good)
        record_each(events.ADDED, told, by=by)
        return outcomes


def _shaped(rows: Iterable[Mapping[str, Any]], by: User | None) -> list[Outcome]:
    """Every row as a customer that could be, or the refusal of its shape."""
    home, now = home_region(), clock.now()
    make = mould(Customer, recorded_at=now, touched_at=now)
    keepers: dict[int | None, User | None] = {}
    history = may(by, "exchange.import_history")
    shaped: list[Outcome] = []
    for row in rows:
        try:
            owner = row.get("owner")
            key = owner.pk if owner else None
            if key not in keepers:
                keepers[key] = keeper(owner, by, as_it_was=history)
            values = {name: value for name, value in row.items() if name != "owner"}
            clean = customer_values({"name": "", **values}, home)
        except Refused as refusal:
            shaped.append(refusal)
            continue
        keeps = keepers[key]
        shaped.append(
            make(
                **{name: value for name, value in clean.items() if value is not None},
                owner_id=keeps.pk if keeps else None,
                unit_id=keeps.unit_id if keeps else None,
            )
        )
    return shaped


def _without_known(shaped: Sequence[Outcome], by: User | None) -> list[Outcome]:
    """The rows again, those refused that are in the house already or earlier in the file."""
    candidates = [row for row in shaped if isinstance(row, Customer)]
    codes = _codes_in_use({row.code for row in candidates if row.code})
    usccs = _current("uscc", {row.uscc for row in candidates if row.uscc})
    phones = _current("phone", {row.phone for row in candidates if row.phone}, verified=True)
    outcomes: list[Outcome] = []
    for row in shaped:
        if isinstance(row, Customer):
            if row.code and row.code in codes:
                row = code_taken(row.code)
            elif row.uscc and row.uscc in usccs:
                row = taken("uscc", usccs[row.uscc], by=by)
            elif row.phone and row.phone in phones:
                row = taken("phone", phones[row.phone], by=by)
            else:
                codes.add(row.code)
                if row.uscc:
                    usccs[row.uscc] = row
        outcomes.append(row)
    return outcomes


def _codes_in_use(codes: set[str]) -> set[str]:
    return set(Customer.objects.filter(code__in=codes).values_list("code", flat=True)) if codes else set()


def _current(column: str, values: set[str], *, verified: bool = False) -> dict[str, Customer]:
    """Current customers by the value of a column."""
    if not values:
        return {}
    # Empty ones are left out in so many words: the index has only the others, and is used only then.
    others = Customer.objects.current().exclude(**{column: ""})
    rows = others.filter(**{f"{column}__in": values}).select_related("owner")
    if verified:
        rows = rows.filter(phone_verified=True)
    return {getattr(row, column): row for row in rows}


def _write(customers: Sequence[Customer]) -> None:
    """COPY the customers, numbered and findable; the database writes while the next rows are being prepared."""
    if not customers:
        return
    brought = {customer.code for customer in customers if customer.code}
    codes = iter(next_codes(sum(not customer.code for customer in customers), brought))
    for customer, key in zip(customers, reserve_keys(Customer, len(customers)), strict=True):
        customer.pk = key
        customer._state.adding = False
        customer.code = customer.code or next(codes)
    copy_in(Customer, _findable(customers), with_keys=True)


def _findable(customers: Iterable[Customer]) -> Iterator[Customer]:
    for customer in customers:
        make_findable(customer)
        yield customer


@contextmanager
def _search_index_later() -> Iterator[None]:
    """Let the search index take what was written in one go at the end, five times cheaper than row by row."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL gin_pending_list_limit = '256MB'")
        yield
        cursor.execute("SELECT gin_clean_pending_list('customer_search')")
