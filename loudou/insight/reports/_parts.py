"""What the keys of parts stand for, and what reports call them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from loudou.catalog.models import Product
from loudou.customers.models import SOURCES
from loudou.insight.lens import InsightLens
from loudou.insight.queries.known_closes import RIVALS
from loudou.insight.queries.rivals import spelled
from loudou.kernel.periods import Period
from loudou.people.models import User


def rows_of(lens: InsightLens, by: str, keys: Sequence[Any]) -> Mapping[Any, Any]:
    """What the keys of parts stand for: units, people, products, or what sources and competitors are called."""
    if by == "unit":
        return lens.branches
    if by == "owner":
        return User.objects.select_related("unit").in_bulk(keys)
    if by == RIVALS:
        return spelled(keys)
    return Product.objects.in_bulk(keys) if by == "product" else SOURCES


def code_of(lens: InsightLens, key: Any, row: Any) -> str | None:
    """How reports call a part: a period by its name, the rest by code or user name; none where nothing is named."""
    if isinstance(row, Period):
        return lens.company.fiscal.name(row)
    if isinstance(row, User):
        return row.username
    return getattr(row, "code", None) or (str(key) if key else None)
