"""How long closes take (`domain.md` M07), beside how many of them are wins (M05).

A cycle runs from the first day of a deal to its close, without the time it was closed before it was reopened; holds
stay in. Wins and losses are told apart. What was closed within a day of its creation counts like any other and is told
beside: such a deal was hardly worked on the funnel (M16).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from loudou.insight.figures.conversion import FEW
from loudou.insight.figures.winrate import WinRate
from loudou.kernel.numbers import Ratio, wilson

A_DAY = timedelta(days=1)  # closed within it, its last moment included: flagged (M07)
MICROSECONDS = Decimal(86_400_000_000)  # of a day


@dataclass(frozen=True)
class Cycle:
    """How long the deals took that were closed one way; lengths in microseconds, exact."""

    count: int = 0  # those whose beginning is known
    took: int = 0
    half: Decimal | None = None  # the median
    quick: int = 0  # closed within a day of their creation

    @property
    def mean_days(self) -> Ratio:
        """Mean days from creation to the close."""
        return Ratio.of(self.took / MICROSECONDS, self.count)

    @property
    def median_days(self) -> Ratio:
        """Median days: of an even number of deals the mean of the two in the middle."""
        if self.half is None:
            return Ratio.missing("no_base")
        return Ratio(self.half / MICROSECONDS)


@dataclass(frozen=True)
class Closing:
    """What was closed in a period and how long it took, and what became of what was created in it."""

    rate: WinRate = field(default_factory=WinRate)
    won: Cycle = field(default_factory=Cycle)
    lost: Cycle = field(default_factory=Cycle)
    rivals: int = 0  # lost to a competitor that was named

    @property
    def closed(self) -> int:
        """Won and lost."""
        return self.rate.won + self.rate.lost

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % Wilson interval of the win rate."""
        return wilson(self.rate.won, self.closed)

    @property
    def is_small(self) -> bool:
        """Whether so little was closed that the rate says little (B0.7)."""
        return self.closed < FEW

    @property
    def competitive(self) -> Ratio:
        """The competitive win rate (M05): of losses only those to a named competitor count."""
        return Ratio.of(self.rate.won, self.rate.won + self.rivals)

    @property
    def size(self) -> int:
        """How many deals say something of it."""
        return self.closed + self.rate.created
