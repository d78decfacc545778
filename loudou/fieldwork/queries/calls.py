"""Phone records for lists, and who it may be that rings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from loudou.customers.looks import Phone, phone_of
from loudou.customers.models import Contact, Customer
from loudou.customers.queries import contacts
from loudou.fieldwork.models import PhoneCall, PhoneCalls
from loudou.people.access import may
from loudou.people.models import User
from loudou.people.queries import colleagues
from loudou.ui.search import matches, searchable

_SHOWN = ("taker", "owner", "colleague", "customer", "deal", "annulled_by")
_BULKY = ("customer__search", "customer__extra", "deal__search", "deal__extra", "deal__note")
MOST = 6  # of each kind, among those who may be ringing


@dataclass(frozen=True)
class Caller:
    """Somebody who may be ringing: what stands for them in a form, who they are, where they belong, their number."""

    token: str
    name: str
    place: str
    phone: Phone | None = None


def rows(keys: Sequence[int]) -> list[PhoneCall]:
    """The rows of a list, with what it shows of them."""
    found = PhoneCall.objects.filter(pk__in=keys).select_related(*_SHOWN)
    return list(found.defer("search", *_BULKY))


def whole() -> PhoneCalls:
    """Records with what their page shows."""
    related = ("taker__unit", "unit", "owner", "colleague", "customer", "deal", "task", "annulled_by")
    return PhoneCall.objects.select_related(*related).defer("search", *_BULKY)


def callers(typed: str, user: User) -> list[Caller]:
    """People at customers, customers and colleagues whom a typed name or number finds, as the person may see them."""
    if not searchable(typed):
        return []
    found = matches(typed, whole_numbers=may(user, "customers.see_phone"))
    people = contacts().visible_to(user).current().filter(found)
    houses = Customer.objects.visible_to(user).current().select_related("owner", "unit")
    return [
        *(_contact(one, user) for one in people.order_by("name_key", "pk")[:MOST]),
        *(_customer(one, user) for one in houses.filter(found).order_by("name_key", "pk")[:MOST]),
        *(_colleague(one) for one in (colleagues(typed, limit=MOST) if may(user, "people.see") else ())),
    ]


def with_number(phone: str, user: User) -> Contact | Customer | None:
    """The one person at a customer, else the one customer, with this number; none where it could be several."""
    at_hand: tuple[Any, ...] = (contacts().current(), Customer.objects.current())
    for kept in at_hand:
        found = list(kept.visible_to(user).filter(phone=phone)[:2]) if phone else []
        if len(found) == 1:
            one: Contact | Customer = found[0]
            return one
    return None


def _contact(one: Contact, user: User) -> Caller:
    return Caller(f"contact-{one.pk}", one.name, one.customer.name, phone_of(user, one))


def _customer(one: Customer, user: User) -> Caller:
    return Caller(f"customer-{one.pk}", one.name, one.code, phone_of(user, one))


def _colleague(one: User) -> Caller:
    return Caller(f"colleague-{one.pk}", one.name, one.unit.name if one.unit else "")
