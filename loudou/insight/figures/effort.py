"""What a won deal takes (拜访成交比, M42): visits that count against deals won."""

from __future__ import annotations

from dataclasses import dataclass

from loudou.kernel.numbers import Ratio


@dataclass(frozen=True)
class Effort:
    """Visits that count (M40) of the trailing twelve months, deals won in them, and the visits those deals had."""

    visits: int
    won: int
    visits_of_won: int

    @property
    def per_deal(self) -> Ratio:
        """All visits, those of deals that were lost too, for one deal won: the headline."""
        return Ratio.of(self.visits, self.won)

    @property
    def per_won_deal(self) -> Ratio:
        """Visits a won deal had on average."""
        return Ratio.of(self.visits_of_won, self.won)
