"""How long closes take (`domain.md` M07), beside how many of them are wins (M05).

A cycle runs from the first day of a deal to its close, without the time it was closed before it was reopened; holds
stay in. Wins and losses are told apart. What was closed within a day of its creation counts like any other and is told
beside: such a deal was hardly worked on the funnel (M16).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

from loudou.insight.figures.conversion import FEW
from loudou.insight.figures.middle import Middle
from loudou.insight.figures.winrate import WinRate
from loudou.kernel.numbers import Ratio, wilson
from loudou.pipeline.figures.courses import MICROSECOND

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


@dataclass(frozen=True)
class Took:
    """How long some closes took, so that others can be put to them and taken out again; in microseconds."""

    count: int = 0
    took: int = 0
    quick: int = 0
    middle: Middle = field(default_factory=Middle)

    @classmethod
    def one(cls, took: int | None, *, quick: bool) -> Took:
        """Of one close; None: its beginning is not known."""
        return cls(1, took, int(quick), Middle((took,))) if took is not None else cls()

    def changed(self, gone: Took, come: Took) -> Took:
        """Without some and with others; `figures.middle` says of which medians that tells."""
        return Took(
            self.count - gone.count + come.count,
            self.took - gone.took + come.took,
            self.quick - gone.quick + come.quick,
            self.middle.changed(gone.middle, come.middle),
        )

    @property
    def cycle(self) -> Cycle:
        """What is told of it."""
        return Cycle(self.count, self.took, self.middle.half, self.quick)


@dataclass(frozen=True)
class Closed:
    """A `Closing` while it is counted: its rate without cycles, and how long its closes took."""

    rate: WinRate = field(default_factory=WinRate)
    won: Took = field(default_factory=Took)
    lost: Took = field(default_factory=Took)
    rivals: int = 0

    def changed(self, gone: Closed, come: Closed) -> Closed:
        """Without some closes and with others, and what was created likewise."""
        return Closed(
            self.rate + -gone.rate + come.rate,
            self.won.changed(gone.won, come.won),
            self.lost.changed(gone.lost, come.lost),
            self.rivals - gone.rivals + come.rivals,
        )

    def __add__(self, other: Closed) -> Closed:
        return self.changed(NOTHING, other)

    @property
    def told(self) -> Closing:
        """What is told of it."""
        rate = replace(self.rate, cycle=self.won.took * MICROSECOND, cycles=self.won.count)
        return Closing(rate, self.won.cycle, self.lost.cycle, self.rivals)


NOTHING = Closed()
