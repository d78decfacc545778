"""What became of the deals that were expected in a period when it began (`domain.md` M11), and what covers its target (M10)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from loudou.insight.figures.flow import LIVE, Amounts
from loudou.insight.figures.scope import just_before
from loudou.insight.figures.waterfall import Between
from loudou.kernel.numbers import ZERO, Ratio
from loudou.pipeline.figures.history import History, Stand

ENDS = ("won", "lost", "moved_out", "still_open")
REPEATED = 2
FALLBACK = Decimal(3)  # what must stand for each unit of target where no history tells (M10)


@dataclass(frozen=True)
class Fate:
    """A deal that stood in the window: how it ended, at what it stood, and what it was won at."""

    end: str
    amount: Decimal
    won: Decimal = ZERO


@dataclass(frozen=True)
class Outcomes:
    """What became of a start: by how it ended, on the amounts of the start; `won` is what the wins brought."""

    won_at_start: Amounts = field(default_factory=Amounts)
    lost: Amounts = field(default_factory=Amounts)
    moved_out: Amounts = field(default_factory=Amounts)
    still_open: Amounts = field(default_factory=Amounts)
    won: Decimal = ZERO

    def __add__(self, other: Outcomes) -> Outcomes:
        return Outcomes(
            self.won_at_start + other.won_at_start,
            self.lost + other.lost,
            self.moved_out + other.moved_out,
            self.still_open + other.still_open,
            self.won + other.won,
        )

    @property
    def slipped(self) -> Amounts:
        """Moved to a later date, or still open: neither won nor lost."""
        return self.moved_out + self.still_open

    @property
    def start(self) -> Amounts:
        """All of it: won + lost + slipped."""
        return self.won_at_start + self.lost + self.slipped

    @property
    def rate(self) -> Ratio:
        """延期率 (M11)."""
        return Ratio.of(self.slipped.amount, self.start.amount)

    @property
    def won_share(self) -> Ratio:
        """The share that was won, on the amounts of the start."""
        return Ratio.of(self.won_at_start.amount, self.start.amount)

    @property
    def lost_share(self) -> Ratio:
        """The share that was lost, cancelled or turned out invalid."""
        return Ratio.of(self.lost.amount, self.start.amount)

    @property
    def returned(self) -> Ratio:
        """What was won of it ÷ what stood at the start: the yield of M10."""
        return Ratio.of(self.won, self.start.amount)


@dataclass(frozen=True)
class Pushes:
    """How often deals of a start were put off, of how many; `by_deal` are the times of those that were."""

    deals: int = 0
    by_deal: Sequence[int] = ()
    days: int = 0  # by which they were put off, all together

    @property
    def count(self) -> int:
        """How often."""
        return sum(self.by_deal)

    @property
    def repeated(self) -> int:
        """How many deals were put off twice or more."""
        return sum(times >= REPEATED for times in self.by_deal)

    @property
    def per_deal(self) -> Ratio:
        """How often a deal of the start was put off on average."""
        return Ratio.of(self.count, self.deals)

    @property
    def mean_days(self) -> Ratio:
        """By how many days at a time."""
        return Ratio.of(self.days, self.count)

    @property
    def repeat_share(self) -> Ratio:
        """Of the deals that were put off, those that were put off again."""
        return Ratio.of(self.repeated, len(self.by_deal))


def ended(outcome: str, due: bool, begun: Amounts, won: Decimal) -> Outcomes:
    """What became of deals that all ended alike: `begun` at the amounts of the start, `won` what they brought if they were
    won; whether those that are open are `due` in the window still.
    """
    if outcome == "won":
        return Outcomes(won_at_start=begun, won=won)
    if outcome not in LIVE:
        return Outcomes(lost=begun)
    return Outcomes(still_open=begun) if due else Outcomes(moved_out=begun)


def outcomes(fates: Iterable[Fate]) -> Outcomes:
    """What became of these deals."""
    found = Outcomes()
    for fate in fates:
        one = Amounts(1, fate.amount)
        found += Outcomes(
            one if fate.end == "won" else Amounts(),
            one if fate.end == "lost" else Amounts(),
            one if fate.end == "moved_out" else Amounts(),
            one if fate.end == "still_open" else Amounts(),
            fate.won,
        )
    return found


def fate(then: History | None, now: History | None, between: Between) -> Fate | None:
    """What became of a deal that stood in the window at the first instant, whoever has it since; None: it did not."""
    if then is None or now is None or then.now.outcome not in LIVE:
        return None
    first, last = then.now, now.now
    if not between.due(first) or not between.mine(first, just_before(between.since)):
        return None
    amount = between.rates.at_start(first.amount, first.currency)
    end = _end(last, between)
    return Fate(end, amount, last.base_amount if end == "won" else ZERO)


def _end(last: Stand, between: Between) -> str:
    if last.outcome == "won":
        return "won"
    if last.outcome not in LIVE:
        return "lost"
    return "still_open" if between.due(last) else "moved_out"


@dataclass(frozen=True)
class Coverage:
    """What is open for a period beside what is left to reach in it (M10). `target` is None where there is none."""

    open: Amounts
    won: Decimal
    target: Decimal | None
    past: Outcomes  # of the start windows of the periods before, together

    @property
    def remaining(self) -> Ratio:
        """Target − won, as an amount."""
        return Ratio.missing("no_target") if self.target is None else Ratio(self.target - self.won)

    @property
    def ratio(self) -> Ratio:
        """覆盖率: open ÷ remaining; none once the target is met."""
        left = self.remaining.value
        if left is None:
            return Ratio.missing("no_target")
        return Ratio.of(self.open.amount, left) if left > 0 else Ratio.missing("target_met")

    @property
    def required(self) -> Decimal:
        """1 ÷ the yield of the periods before; three where they tell none."""
        returned = self.past.returned.value
        return 1 / returned if returned else FALLBACK

    @property
    def learned(self) -> bool:
        """Whether the required coverage comes from one's own history."""
        return bool(self.past.returned.value)

    @property
    def falls_short(self) -> bool:
        """Whether less is open than history says it takes."""
        return self.ratio.value is not None and self.ratio.value < self.required

    @property
    def lacking(self) -> Decimal:
        """What more has to be open for the period until it covers what is left; below nought where it covers more."""
        return self.required * (self.remaining.value or ZERO) - self.open.amount

    @property
    def expected(self) -> Ratio:
        """What the open deals bring at the yield of the periods before, as an amount."""
        returned = self.past.returned
        return returned if returned.value is None else Ratio(self.open.amount * returned.value)
