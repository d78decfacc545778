"""Customers whose owner leaves go to somebody else, the open deals of the owner with them."""

from __future__ import annotations

from django.utils.translation import ngettext

from loudou.customers.models import Customer
from loudou.customers.verbs.keeping import hand_over
from loudou.people.leaving import Holding, outlives
from loudou.people.models import User


def _count(user: User) -> int:
    return Customer.objects.current().filter(owner=user).count()


def _told(count: int) -> str:
    return ngettext("%(n)d customer", "%(n)d customers", count) % {"n": count}


def _pass_on(leaver: User, heir: User, reason: str) -> None:
    for customer in Customer.objects.current().filter(owner=leaver).order_by("pk"):
        hand_over(customer, owner=heir, by=None, reason=reason)


outlives(Holding("customers", _count, _told, _pass_on))
