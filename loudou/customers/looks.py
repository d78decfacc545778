"""How people reach a customer, as far as the person may see: whole, or masked."""

from __future__ import annotations

from dataclasses import dataclass

from loudou.customers.figures.phones import masked, shown
from loudou.customers.models import Contact, Customer
from loudou.people.access import may
from loudou.people.models import User


@dataclass(frozen=True)
class Phone:
    """A telephone number ready to show; `dial` is empty where the person sees it masked."""

    text: str
    dial: str = ""


def sees_phone(user: User, who: Customer | Contact) -> bool:
    """Whether numbers and addresses of this customer or contact are whole for the person."""
    return may(user, "customers.see_phone", who)


def phone_of(user: User, who: Customer | Contact) -> Phone | None:
    """The phone of a customer or contact as the person may see it."""
    return as_seen(who.phone, whole=sees_phone(user, who)) if who.phone else None


def as_seen(phone: str, *, whole: bool) -> Phone:
    """A telephone number whole, ready to dial, or masked."""
    if not whole:
        return Phone(masked(phone))
    main, _, extension = phone.partition("x")
    return Phone(shown(phone), f"tel:{main}" + (f";ext={extension}" if extension else ""))
