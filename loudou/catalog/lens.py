"""Which products a person is looking at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from loudou.catalog.models import Product, Products
from loudou.catalog.queries import rows
from loudou.people.lens import PeopleLens
from loudou.ui.paging import Page, keyset
from loudou.ui.search import searchable

ORDER = ("name_key", "id")
STATES = ("on_sale", "retired")


@dataclass(frozen=True)
class ProductLens(PeopleLens):
    """Products by text and family; those on sale unless the retired ones are asked for."""

    text: str = ""
    family: str = ""
    state: str = "on_sale"

    see = "catalog.see"

    def names(self) -> tuple[str, ...]:
        """The parameters it understands."""
        return ("q", "family", "state")

    @property
    def products(self) -> Products:
        """The products asked for, cut to what the person may see."""
        found: Products = Product.objects.visible_to(self.user).filter(
            retired_at__isnull=self.state == "on_sale"
        )
        if self.family:
            found = found.filter(family=self.family)
        return found.found(self.text) if self.text else found

    def page(self, after: str = "") -> Page[Product]:
        """One page of the list, by name."""
        return keyset(self.products, order=ORDER, load=rows, after=after)

    def page_rows(self, count: int) -> list[Product]:
        """The first few, uncounted: what a field offers while one types."""
        return keyset(self.products, order=ORDER, load=rows, size=count, counted=False).rows

    @property
    def is_narrowed(self) -> bool:
        """Whether anything was asked for."""
        return bool(self.asked)

    def _take(self, name: str, raw: str) -> Self:
        if name == "q" and searchable(raw):
            return replace(self, text=raw[:60])
        if name == "family" and len(raw) <= 80 and raw.isprintable():
            return replace(self, family=raw)
        if name == "state" and raw in STATES:
            return replace(self, state=raw)
        raise ValueError(raw)
