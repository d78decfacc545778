"""Reading products."""

from __future__ import annotations

from collections.abc import Sequence

from loudou.catalog.models import Product

MOST_FAMILIES = 200


def rows(keys: Sequence[int]) -> list[Product]:
    """Products of one page."""
    return list(Product.objects.filter(pk__in=keys).defer("search"))


def families() -> list[str]:
    """The families there are, in order."""
    found = Product.objects.exclude(family="").order_by("family").values_list("family", flat=True).distinct()
    return list(found[:MOST_FAMILIES])
