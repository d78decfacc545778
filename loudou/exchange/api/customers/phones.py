"""Phones that not everybody sees whole."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, TypeVar

from pydantic import Field

from loudou.customers import verbs
from loudou.customers.models import Contact, Customer
from loudou.exchange.api.problems import forbidden
from loudou.exchange.api.shapes import Out
from loudou.people.access import may
from loudou.people.models import User

PhoneText = Annotated[str, Field(max_length=60)]
R = TypeVar("R", Customer, Contact)


class Phone(Out):
    phone: str


def refuse_masked(user: User, row: Customer | Contact, values: dict[str, Any]) -> None:
    """Who sees a field masked must not write over what they cannot see."""
    for name, right in row.guarded.items():
        if name in values and getattr(row, name) and not may(user, right, row):
            raise forbidden()


def shown(user: User, rows: Iterable[R]) -> list[R]:
    """The rows of a page; whose phones the caller sees whole is counted."""
    found = list(rows)
    verbs.sight(found, by=user)
    return found
