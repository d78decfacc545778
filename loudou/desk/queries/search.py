"""Finding anything by a few typed letters: what the person may see, in groups, the likeliest first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from loudou.catalog.models import Product
from loudou.customers.models import Contact, Customer
from loudou.people.access import may
from loudou.people.models import User
from loudou.people.queries import colleagues
from loudou.pipeline.models import Deal
from loudou.ui.search import searchable
from loudou.ui.spelling import folded

LOOKED_AT = 60  # rows fetched of a kind, in each way of seeing them, before the likeliest are chosen
SHORTEST_PERSON = 1


@dataclass(frozen=True)
class Hit:
    """Something found: where it is, what it is called, and a word beside it that tells it from others."""

    url: str
    key: int
    title: str
    note: str = ""


@dataclass(frozen=True)
class Group:
    """The hits of one kind; `more` when there were others."""

    kind: str
    hits: list[Hit]
    more: bool = False


def search(user: User, text: str, *, limit: int = 6) -> list[Group]:
    """Customers, deals, contacts, people and products that a text finds; one query a kind, none for what is hidden."""
    asked = text.strip()
    groups = []
    if searchable(asked):
        groups += [_customers(user, asked, limit), _deals(user, asked, limit), _contacts(user, asked, limit)]
    if len(folded(asked)) >= SHORTEST_PERSON:
        groups.append(_people(user, asked, limit))
    if searchable(asked):
        groups.append(_products(user, asked, limit))
    return [group for group in groups if group.hits]


def _customers(user: User, text: str, limit: int) -> Group:
    whole = may(user, "customers.see_phone")
    found = Customer.objects.filter(merged_into=None).found(text, whole_phone=whole)
    rows = _some(found, user, "pk", "name", "code", "region", "industry", "touched_at")
    return _group(
        "customers",
        _ranked(rows, text, "name", "code"),
        limit,
        lambda row: Hit(
            "customers:customer",
            row.pk,
            row.name,
            " · ".join(filter(None, (_found_code(row.code, text), row.region, row.industry))) or row.code,
        ),
    )


def _deals(user: User, text: str, limit: int) -> Group:
    found = Deal.objects.found(text)
    rows = _some(found, user, "pk", "title", "code", "customer_name", "touched_at")
    return _group(
        "deals",
        _ranked(rows, text, "title", "code", "customer_name"),
        limit,
        lambda row: Hit(
            "pipeline:deal", row.pk, row.title, " · ".join(filter(None, (row.customer_name, row.code)))
        ),
    )


def _contacts(user: User, text: str, limit: int) -> Group:
    whole = may(user, "customers.see_phone")
    found = Contact.objects.filter(left_at=None).found(text, whole_phone=whole)
    rows = _some(found, user, "pk", "name", "title", "customer_id", "customer__name")
    return _group(
        "contacts",
        _ranked(rows, text, "name"),
        limit,
        lambda row: Hit(
            "customers:customer",
            row.customer_id,
            row.name,
            " · ".join(filter(None, (row.customer__name, row.title))),
        ),
    )


def _people(user: User, text: str, limit: int) -> Group:
    if not may(user, "people.see_contact"):
        return Group("people", [])
    return _group(
        "people",
        colleagues(text, limit=limit + 1),
        limit,
        lambda row: Hit("people:person", row.pk, row.name, row.unit.name if row.unit else row.username),
    )


def _products(user: User, text: str, limit: int) -> Group:
    found = Product.objects.filter(retired_at=None).found(text)
    rows = _some(found, user, "pk", "name", "code", "family")
    return _group(
        "products",
        _ranked(rows, text, "name", "code"),
        limit,
        lambda row: Hit("catalog:list", row.pk, row.name, " · ".join(filter(None, (row.family, row.code)))),
    )


def _some(found: Any, user: User, *columns: str) -> Any:
    """These columns of rows that this person may see, so many at most in each way in which they do; one query.

    Letters that a quarter of all deals begin with are found among those of a unit as soon as among all of them few.
    """
    first, *others = (rows.values_list(*columns, named=True)[:LOOKED_AT] for rows in found.seen_by(user))
    return first.union(*others) if others else first


def _group(kind: str, rows: list[Any], limit: int, hit: Any) -> Group:
    return Group(kind, [hit(row) for row in rows[:limit]], more=len(rows) > limit)


def _found_code(code: str, text: str) -> str:
    """The code of a row where that is what was typed: the name alone would not say why it was found."""
    kept, typed = folded(code), folded(text)
    return code if kept.startswith(typed) or (typed.isdigit() and kept.endswith(typed)) else ""


def _ranked(rows: Iterable[Any], text: str, *names: str) -> list[Any]:
    """Whole matches, then beginnings, then the rest; within each what was touched last."""
    wanted = folded(text)

    def place(row: Any) -> tuple[int, float]:
        values = [folded(str(getattr(row, name))) for name in names]
        whole, begins = wanted in values, any(value.startswith(wanted) for value in values)
        moment = getattr(row, "touched_at", None)
        return 0 if whole else 1 if begins else 2, -moment.timestamp() if moment else 0.0

    return sorted(rows, key=place)
