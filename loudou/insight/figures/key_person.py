"""Key-person risk (`domain.md` M49): how much of what was won hangs on few people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from loudou.insight.figures.flow import Amounts
from loudou.kernel.numbers import ZERO, Ratio

TOP_LIMIT = Decimal("0.30")
HHI_LIMIT = Decimal("0.25")


@dataclass(frozen=True)
class KeyPerson:
    """What each person won; shares are of the amount, of those who won anything."""

    won: Mapping[int, Amounts]

    @property
    def total(self) -> Decimal:
        """Everything won."""
        return sum((one.amount for one in self.won.values()), ZERO)

    def share(self, person: int) -> Ratio:
        """Somebody's share of it."""
        return Ratio.of(self.won[person].amount, self.total)

    @property
    def ranked(self) -> list[int]:
        """Who won most first; of equals the one whose key is lower."""
        return sorted(self.won, key=lambda key: (-self.won[key].amount, key))

    @property
    def top(self) -> Ratio:
        """The share of who won most."""
        return self.share(self.ranked[0]) if self.won else Ratio.missing("no_base")

    @property
    def hhi(self) -> Ratio:
        """The sum of the squared shares (Herfindahl–Hirschman): 1 where one person won everything."""
        squares = sum((one.amount**2 for one in self.won.values()), ZERO)
        return Ratio.of(squares, self.total**2)

    @property
    def is_risk(self) -> bool:
        """Whether the top share is above 30 % or the HHI above 0.25, unrounded."""
        top, hhi = self.top.value, self.hhi.value
        return top is not None and hhi is not None and (top > TOP_LIMIT or hhi > HHI_LIMIT)
