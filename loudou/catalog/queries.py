"""Reading products."""

from __future__ import annotations

from collections.abc import Sequence

from loudou.catalog.models import Product

MOST_WORDS = 200


def rows(keys: Sequence[int]) -> list[Product]:
    """Products of one page."""
    return list(Product.objects.filter(pk__in=keys).defer("search"))


def families() -> list[str]:
    """The families there are, in order."""
    return _said("family")


def measures() -> list[str]:
    """The units of measure there are, in order."""
    return _said("measure")


def _said(field: str) -> list[str]:
    found = Product.objects.exclude(**{field: ""}).order_by(field).values_list(field, flat=True).distinct()
    return list(found[:MOST_WORDS])
