"""What a kind of export is: its columns, its right, and how its rows are found and written for one person."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from django.db import models
from django.utils.functional import Promise

from loudou.exchange.exporting.cells import Cell
from loudou.people.access import may
from loudou.people.lens import PeopleLens
from loudou.people.models import User
from loudou.people.queries import organisation

Filters = Mapping[str, str]
Rows = models.QuerySet[Any]
CHUNK = 2000


@dataclass(frozen=True)
class Sheet:
    """A kind: what it is called, its columns, the right it takes, and how its rows are found and written.

    `masks` are columns that only some may see at all (column → right). `persons`: its rows name people outside.
    """

    kind: str
    title: Promise
    columns: tuple[str, ...]
    right: str
    choose: Callable[[User | None, Filters], Rows]
    write: Callable[[Any, User | None, tzinfo], tuple[Cell, ...]]
    lens: type[PeopleLens] | None = None
    masks: Mapping[str, str] | None = None
    persons: bool = False
    arrange: Callable[[list[Any]], list[Any]] | None = None

    def open_to(self, user: User | None) -> bool:
        """Whether this person may export it."""
        return may(user, self.right) and may(user, "exchange.export")

    def known(self) -> tuple[str, ...]:
        """The parameters it can be filtered by."""
        return self.lens.read({}, None).names() if self.lens is not None else ()

    def shown(self, user: User | None) -> tuple[str, ...]:
        """The columns this person gets."""
        masks = self.masks or {}
        return tuple(name for name in self.columns if name not in masks or may(user, masks[name]))

    def rows(self, user: User | None, filters: Filters) -> Iterator[tuple[Cell, ...]]:
        """The rows, one after the other and never all at once (but for kinds that are few and need an order)."""
        zone, shown = organisation().zone, self.shown(user)
        places = [self.columns.index(name) for name in shown]
        found: Any = self.choose(user, filters)
        found = self.arrange(list(found)) if self.arrange else found.iterator(chunk_size=CHUNK)
        for row in found:
            cells = self.write(row, user, zone)
            yield tuple(cells[place] for place in places)

    def count(self, user: User | None, filters: Filters) -> int:
        """How many rows there are now."""
        if self.arrange:
            return len(self.arrange(list(self.choose(user, filters))))
        return self.choose(user, filters).order_by().count()
