"""Long lists in pages that stay quick however deep: by key, never by offset; counts are capped."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from operator import itemgetter
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

T = TypeVar("T")
SIZE = 50
CAP = 1000
LARGEST = 200


@dataclass(frozen=True)
class Page(Generic[T]):
    """A page of rows, the cursor of the next one if there is one, and how many rows there are, up to the cap."""

    rows: list[T]
    next: str = ""
    count: int | None = None

    @property
    def count_text(self) -> str:
        """The honest count: exact up to the cap, then “1,000+”."""
        if self.count is None:
            return ""
        return f"{CAP:,}+" if self.count > CAP else f"{self.count:,}"


def keyset(
    wanted: models.QuerySet[Any],
    *,
    order: Sequence[str],
    load: Callable[[list[int]], Sequence[T]],
    after: str = "",
    size: int = SIZE,
    counted: bool = True,
    read: Sequence[tuple[Any, ...]] | None = None,
) -> Page[T]:
    """One page of `wanted` in `order` (field names, `-` for descending), which must end in a unique field.

    Only keys are sorted and cut; `load` then fetches the rows of the page, in any order, with all they need.
    Empty values come last. A cursor that cannot be read starts from the beginning. Who has `read` the key and the
    values of the order of every row wanted, or of more of the first ones than a page has, hands them over: a first
    page is cut from them.
    """
    if read is not None and not after:
        keys = in_order(read, order)[: size + 1]
    else:
        keys = _keys(wanted, order, after, size + 1)
    page = keys[:size]
    found = {row.pk: row for row in load([key[0] for key in page])}  # type: ignore[attr-defined]
    return Page(
        rows=[found[key[0]] for key in page if key[0] in found],
        next=cursor(page[-1][1:]) if len(keys) > size else "",
        count=wanted.order_by()[: CAP + 1].count() if counted else None,
    )


def _keys(wanted: models.QuerySet[Any], order: Sequence[str], after: str, most: int) -> list[tuple[Any, ...]]:
    """The key, and the values of the order, of the first rows after a cursor."""
    names = [name.lstrip("-") for name in order]
    rows = wanted
    last = _read(after, len(names))
    if last is not None:
        try:
            values = [_value(wanted.model, name, raw) for name, raw in zip(names, last, strict=True)]
            rows = rows.filter(_beyond(wanted.model, list(order), values))
        except (ValidationError, ValueError, TypeError):
            rows = wanted
    ordering = [_ordered(wanted.model, name) for name in order]
    return list(rows.order_by(*ordering).values_list("pk", *names)[:most])


def in_order(rows: Sequence[tuple[Any, ...]], order: Sequence[str]) -> list[tuple[Any, ...]]:
    """Rows of a key and the values of an order, sorted as the database sorts them: empty values last."""
    found = list(rows)
    for place, name in reversed(list(enumerate(order, start=1))):
        said = [row for row in found if row[place] is not None]
        empty = [row for row in found if row[place] is None]
        found = sorted(said, key=itemgetter(place), reverse=name.startswith("-")) + empty
    return found


def _ordered(model: type[models.Model], name: str) -> Any:
    """The order of one field. Only where it can be empty is it said where empty values go: an index must match."""
    column = models.F(name.lstrip("-"))
    last = True if model._meta.get_field(name.lstrip("-")).null else None
    return column.desc(nulls_last=last) if name.startswith("-") else column.asc()


def _beyond(model: type[models.Model], order: list[str], values: list[Any]) -> Q:
    """Rows after `values` in `order`. The leading column is also bounded alone, so that its index can seek."""
    descending, name, value = order[0].startswith("-"), order[0].lstrip("-"), values[0]
    compare = "lt" if descending else "gt"
    empty = Q(**{f"{name}__isnull": True})
    if value is None:
        if len(order) == 1:
            raise ValueError("the last field is never empty")
        return empty & _beyond(model, order[1:], values[1:])
    after = Q(**{f"{name}__{compare}": value})
    if len(order) == 1:
        return after
    tie = Q(**{name: value}) & _beyond(model, order[1:], values[1:])
    bounded = Q(**{f"{name}__{compare}e": value}) & (after | tie)
    return bounded | empty if model._meta.get_field(name).null else bounded


def _value(model: type[models.Model], name: str, raw: Any) -> Any:
    return None if raw is None else model._meta.get_field(name).to_python(raw)  # type: ignore[union-attr]


def cursor(values: Sequence[Any]) -> str:
    """Where a page ended, from its last row's values in order: what `keyset` takes as `after`."""
    plain = [
        value.isoformat()
        if isinstance(value, datetime | date)
        else str(value)
        if isinstance(value, Decimal)
        else value
        for value in values
    ]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def _read(cursor: str, width: int) -> list[Any] | None:
    if not cursor or len(cursor) > 2000:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if b"\x00" in "".join(filter(lambda value: isinstance(value, str), values)).encode():
            return None  # like a lone surrogate, which does not encode: nothing a row could hold
    except (ValueError, TypeError, binascii.Error, RecursionError):
        return None
    scalar = isinstance(values, list) and all(isinstance(value, str | int | None) for value in values)
    return values if scalar and len(values) == width else None
