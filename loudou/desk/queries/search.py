"""Finding anything by a few typed letters: what the person may see, in groups, the likeliest first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import DateTimeField, F, QuerySet, Value
from django.db.models.functions import Cast

from loudou.catalog.models import Product
from loudou.customers.models import Contact, Customer
from loudou.people.access import may, ways_to_find
from loudou.people.models import User
from loudou.people.queries import colleagues
from loudou.pipeline.models import Deal
from loudou.ui.prepared import MANY, Prepared, Shapes, together
from loudou.ui.search import having, searchable, sought
from loudou.ui.spelling import folded

LOOKED_AT = 60  # rows fetched of a kind, in each way of seeing them, before the likeliest are chosen
SHORTEST_PERSON = 1
_ASKED = "'any'"  # a sample for what is asked of the search column


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


class _Row(NamedTuple):
    """A row found, of any kind."""

    kind: str
    key: int  # of what its line leads to
    own: int  # the row's own
    title: str
    code: str
    about: str
    more: str
    touched_at: datetime | None


@dataclass(frozen=True)
class _Kind:
    """A kind of rows that the search column finds: which of them, the columns of a `_Row` from `key` on, by how many of
    these from `title` on the likeliest are told, and what leads to a row.
    """

    rows: Callable[[], Any]
    columns: Sequence[str]
    told_by: int
    url: str
    note: Callable[[_Row, str], Sequence[str]]
    has_phone: bool = False


def search(user: User, text: str, *, limit: int = 6) -> list[Group]:
    """Customers, deals, contacts, people and products that a text finds: a query for people and one for all the rest."""
    asked = text.strip()
    found = _found(user, asked) if searchable(asked) else {}
    groups = [_group(kind, _ranked(rows, asked, _KINDS[kind]), asked, limit) for kind, rows in found.items()]
    if len(folded(asked)) >= SHORTEST_PERSON:
        groups.append(_people(user, asked, limit))
    return [group for kind in _ORDER for group in groups if group.kind == kind and group.hits]


def _found(user: User, text: str) -> dict[str, list[_Row]]:
    """The rows of each kind, so many at most in each way in which this person sees them; in one statement.

    Whose they are stands in the index of the search column: few are fetched that are not theirs, however many others
    begin with these letters.
    """
    whole = may(user, "customers.see_phone")
    asked: list[tuple[Prepared[Any], Sequence[Any]]] = []
    for name, kind in _KINDS.items():
        words = sought(text, whole_numbers=whole or not kind.has_phone)
        ways = ways_to_find(user, kind.rows().model) if words else []
        asked += [(_SOUGHT.of((name, way)), (words, keys)) for way, keys in ways]
    found: dict[str, dict[int, _Row]] = {name: {} for name in _KINDS}
    for row in map(_Row._make, together(asked)):
        found[row.kind][row.own] = row
    return {name: list(rows.values()) for name, rows in found.items()}


def _sought(shape: tuple[str, str], words: str, keys: list[int]) -> QuerySet[Any, Any]:
    name, way = shape
    kind = _KINDS[name]
    rows = kind.rows().filter(having(words)).in_way(way, keys).order_by()
    columns = [_EMPTY.get(column) or F(column) for column in kind.columns]
    return rows.values_list(Value(name), *columns)[:LOOKED_AT]  # type: ignore[no-any-return]


_EMPTY: dict[str, Any] = {"": Value(""), "never": Cast(Value(None), DateTimeField())}
_SOUGHT = Shapes(_sought, _ASKED, MANY)


def _group(kind: str, rows: list[_Row], text: str, limit: int) -> Group:
    told = _KINDS[kind]
    hits = [
        Hit(told.url, row.key, row.title, " · ".join(filter(None, told.note(row, text))))
        for row in rows[:limit]
    ]
    return Group(kind, hits, more=len(rows) > limit)


def _people(user: User, text: str, limit: int) -> Group:
    if not may(user, "people.see_contact"):
        return Group("people", [])
    people = colleagues(text, limit=limit + 1)
    hits = [
        Hit("people:person", one.pk, one.name, one.unit.name if one.unit else one.username)
        for one in people[:limit]
    ]
    return Group("people", hits, more=len(people) > limit)


def _of_customer(row: _Row, text: str) -> list[str]:
    """The code where that is what was typed, for the name alone would not say why it was found; else where and what."""
    kept, typed = folded(row.code), folded(text)
    by_code = kept.startswith(typed) or (typed.isdigit() and kept.endswith(typed))
    said = [row.code if by_code else "", row.about, row.more]
    return said if any(said) else [row.code]


def _ranked(rows: list[_Row], text: str, kind: _Kind) -> list[_Row]:
    """Whole matches, then beginnings, then the rest; within each what was touched last."""
    wanted = folded(text)

    def place(row: _Row) -> tuple[int, float]:
        values = [folded(value) for value in (row.title, row.code, row.about)[: kind.told_by]]
        whole, begins = wanted in values, any(value.startswith(wanted) for value in values)
        return 0 if whole else 1 if begins else 2, -row.touched_at.timestamp() if row.touched_at else 0.0

    return sorted(rows, key=place)


_KINDS = {
    "customers": _Kind(
        Customer.objects.current,
        ("pk", "pk", "name", "code", "region", "industry", "touched_at"),
        2,
        "customers:customer",
        _of_customer,
        has_phone=True,
    ),
    "deals": _Kind(
        Deal.objects.all,
        ("pk", "pk", "title", "code", "customer_name", "", "touched_at"),
        3,
        "pipeline:deal",
        lambda row, _text: (row.about, row.code),
    ),
    "contacts": _Kind(
        Contact.objects.current,
        ("customer_id", "pk", "name", "", "customer__name", "title", "never"),
        1,
        "customers:customer",
        lambda row, _text: (row.about, row.more),
        has_phone=True,
    ),
    "products": _Kind(
        Product.objects.on_sale,
        ("pk", "pk", "name", "code", "family", "", "never"),
        2,
        "catalog:list",
        lambda row, _text: (row.about, row.code),
    ),
}
_ORDER = ("customers", "deals", "contacts", "people", "products")
