"""What every act on a customer needs: its row as it stands, its number, whose it is."""

from __future__ import annotations

from django.db import connection
from django.utils.translation import gettext as _

from loudou.customers.models import Customer
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.access import may, reach
from loudou.people.grants import Reach
from loudou.people.models import User


def current(customer: Customer) -> Customer:
    """The customer, unless it was merged into another: then nothing is done to it any more."""
    if customer.merged_into_id is not None:
        raise Refused(_("This customer was merged into {name}.").format(name=customer.merged_into))
    return customer


def touch(customer: Customer) -> None:
    """Write a customer that an act changed."""
    customer.touched_at = clock.now()
    customer.version += 1
    customer.save()


def next_codes(count: int) -> list[str]:
    """The next customer numbers, `KH-000417`, each unique for ever; those somebody took by hand are passed over."""
    codes: list[str] = []
    with connection.cursor() as cursor:
        while len(codes) < count:
            cursor.execute(
                "SELECT code FROM (SELECT 'KH-' || lpad(n::text, greatest(6, length(n::text)), '0') AS code FROM "
                "(SELECT nextval('customers_customer_number') AS n FROM generate_series(1, %s)) numbers) made "
                "WHERE NOT EXISTS (SELECT 1 FROM customers_customer c WHERE c.code = made.code)",
                [count - len(codes)],
            )
            codes += [row[0] for row in cursor.fetchall()]
    return codes


def keeper(owner: User | None, by: User | None) -> User | None:
    """Who a new customer belongs to; giving it to somebody else is a hand-over, and needs its right."""
    if owner is None:
        return by if by is not None and reach(by, "customers.add") is not Reach.ALL else None
    if not owner.is_active:
        raise Refused(_("{name} has left.").format(name=owner.name), field="owner")
    if by is None or owner.pk == by.pk:
        return owner
    if not may(by, "customers.hand_over", Customer(owner=owner, unit=owner.unit)):
        raise Forbidden(_("You do not have the right to give customers to others."), field="owner")
    return owner
