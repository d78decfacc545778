"""Customers go along when their owner comes to another unit."""

from __future__ import annotations

from datetime import date

from loudou.customers.models import Customer
from loudou.people.models import User
from loudou.people.moving import goes_along


def _rehome(user: User, _since: date) -> None:
    """Whose unit is nobody's leaves their customers where they were, in sight of those who led them."""
    if user.unit_id is not None:
        Customer.objects.filter(owner=user).exclude(unit=user.unit_id).update(unit=user.unit_id)


goes_along(_rehome)
