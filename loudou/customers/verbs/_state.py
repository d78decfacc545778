"""What every act on a customer needs: its row as it stands, its number, whose it is."""

from __future__ import annotations

from functools import partial

from django.utils.translation import gettext as _

from loudou.customers.models import Customer
from loudou.journal import numbers
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


next_codes = partial(numbers.next_codes, Customer, "customers_customer_number", "KH-")


def keeper(owner: User | None, by: User | None, *, as_it_was: bool = False) -> User | None:
    """Who a new customer belongs to; giving it to somebody else is a hand-over, and needs its right.

    History `as_it_was` also belongs to people who have left since.
    """
    if owner is None:
        return by if by is not None and reach(by, "customers.add") is not Reach.ALL else None
    if not owner.is_active and not as_it_was:
        raise Refused(_("{name} has left.").format(name=owner.name), field="owner")
    if by is None or owner.pk == by.pk:
        return owner
    if not may(by, "customers.hand_over", Customer(owner=owner, unit=owner.unit)):
        raise Forbidden(_("You do not have the right to give customers to others."), field="owner")
    return owner
