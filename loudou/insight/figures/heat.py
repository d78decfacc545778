"""Open deals by days in their stage and amount (`domain.md` M01): where money stands still."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from loudou.insight.figures.flow import Amounts

DAYS = (7, 14, 30, 60, 90)  # the last day of each column; one more column for what is older
SIZES = (
    Decimal(100_000),
    Decimal(500_000),
    Decimal(1_000_000),
    Decimal(5_000_000),
)  # below each; one row above all
COLUMNS, ROWS = len(DAYS) + 1, len(SIZES) + 1
SHADES = 5


@dataclass(frozen=True)
class HeatMap:
    """What stands in each cell, (row, column), the cells that hold nothing left out; apart: of unknown age, on hold.

    All three together are the stock (M01).
    """

    cells: Mapping[tuple[int, int], Amounts]
    undated: Amounts = field(default_factory=Amounts)
    resting: Amounts = field(default_factory=Amounts)

    def at(self, row: int, column: int) -> Amounts:
        """What stands in a cell."""
        return self.cells.get((row, column), Amounts())

    def shade(self, row: int, column: int) -> int:
        """How dark a cell is by its amount beside the largest: 0 for nothing, else 1 to 5."""
        amount, most = (
            self.at(row, column).amount,
            max((one.amount for one in self.cells.values()), default=0),
        )
        if amount <= 0 or most <= 0:
            return 0
        return min(int(amount * SHADES / most) + 1, SHADES)

    def column(self, column: int) -> Amounts:
        """A column added up."""
        return sum((self.at(row, column) for row in range(ROWS)), Amounts())

    def row(self, row: int) -> Amounts:
        """A row added up."""
        return sum((self.at(row, column) for column in range(COLUMNS)), Amounts())

    @property
    def whole(self) -> Amounts:
        """Everything of known age."""
        return sum(self.cells.values(), Amounts())
