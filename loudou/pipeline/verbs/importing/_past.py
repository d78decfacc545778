"""One deal's past in hand: its moves, those to come, those to go, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from loudou.pipeline.figures.history import History
from loudou.pipeline.models import Deal, Line, Move
from loudou.pipeline.models.history import MoveKind

# How import keys begin: of a birth no row told, of a row without a date.
BIRTH, UNDATED = "birth:", "undated:"
# What of a move another row may change that is told.
MOVE_COLUMNS = (
    *("at", "known_at", "stage", "amount", "currency", "base_amount", "stated", "expected_on"),
    *("owner", "unit", "probability", "category", "skipped", "backward"),
)
# Those of a move as they stand, to see later whether they changed.
told_of = attrgetter(*(field.attname for field in Move._meta.concrete_fields if field.name in MOVE_COLUMNS))


@dataclass
class Past:
    """A locked deal with its moves: those written, those to come, those to go; and what follows from them.

    `brought` is what the row said that brought the deal (None for a deal opened here): its birth is made of it.
    """

    deal: Deal
    moves: list[Move]
    order: Mapping[int, int]
    lines: list[Line] = field(default_factory=list)
    fresh: list[Move] = field(default_factory=list)
    gone: list[Move] = field(default_factory=list)
    line: list[Move] = field(default_factory=list)  # all of them in order, once arranged
    history: History | None = None
    former: dict[int, tuple[Any, ...]] = field(default_factory=dict)

    @property
    def brought(self) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self.deal.brought
        return found

    @property
    def given(self) -> dict[str, Any]:
        """The same of a deal that did come by import."""
        assert self.brought is not None
        return self.brought

    @property
    def currency(self) -> str:
        """The currency its imported amounts are in."""
        return str(self.brought["currency"]) if self.brought else self.deal.currency

    def is_changed(self, move: Move) -> bool:
        """Whether a move that was brought is otherwise now than its row in the database."""
        return move.pk in self.former and self.former[move.pk] != told_of(move)

    def drop(self, move: Move) -> None:
        """Let a move go: one that was only to come, or one to be taken out of the database."""
        if move.pk is None:
            self.fresh.remove(move)
        else:
            self.moves.remove(move)
            self.gone.append(move)


def told(moves: Iterable[Move]) -> int:
    """How many of these somebody told: what only follows is not counted."""
    return sum(move.kind != MoveKind.UNIT for move in moves)
