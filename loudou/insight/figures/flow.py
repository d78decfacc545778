"""Inventory and flow of a funnel (`domain.md` M01, M03).

Per deal and stage the first arrival in the period and the last departure count once; winning flows out, a reopening
flows in. What stood at the start is what came in before and had not left. A deal that turned out invalid, as far as
that was known, counts nowhere. The stock identity start + in + back in = stay + out + lost + back out holds by deals
for every stage of the whole company; in a part of it, deals handed over close it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from loudou.insight.figures.scope import just_before
from loudou.kernel.numbers import ZERO, Ratio
from loudou.pipeline.figures.history import History, Stand, Stay

# How a deal comes and goes, as `models.Tally.kind` names it, and what that is called.
WAYS = {
    "in:first": "inflow",
    "in:forward": "inflow",
    "in:skip": "inflow",
    "in:reopen": "inflow",
    "in:back": "backflow_in",
    "out:forward": "outflow",
    "out:won": "outflow",
    "out:lost": "lost",
    "out:cancelled": "lost",
    "out:invalid": "lost",  # of a deal that turned out valid again; the others count nowhere
    "out:back": "backflow_out",
}
FLOWS = ("inflow", "backflow_in", "outflow", "lost", "backflow_out")
START, STAY = "start", "stay"
LIVE = frozenset({"open", "on_hold"})
FEWEST = 10  # as many deals must stand in two stages before their order says anything (M01)


@dataclass(frozen=True)
class Amounts:
    """A number of deals and their amounts, exact; both may be negative while they are being put together."""

    count: int = 0
    amount: Decimal = ZERO

    def __add__(self, other: Amounts) -> Amounts:
        return Amounts(self.count + other.count, self.amount + other.amount)

    def __neg__(self) -> Amounts:
        return Amounts(-self.count, -self.amount)

    def __sub__(self, other: Amounts) -> Amounts:
        return self + -other


@dataclass(frozen=True)
class Passage:
    """A deal that came into a stage, left it, or stood in it at the start or the end of a period (`at` just before either)."""

    stage: int
    kind: str
    at: datetime
    owner: int
    unit: int | None
    amount: Decimal


@dataclass(frozen=True)
class Span:
    """The stretch `[since, until)` that is looked at from `now`, as known before `known`.

    Without `since` it has no beginning, without `until` it goes on, without `known` everything is known.
    """

    now: datetime
    since: datetime | None = None
    until: datetime | None = None
    known: datetime | None = None


@dataclass(frozen=True)
class StageFlow:
    """What stood in a stage, came, went and stayed during a period."""

    stage: int
    start: Amounts = field(default_factory=Amounts)
    inflow: Amounts = field(default_factory=Amounts)
    backflow_in: Amounts = field(default_factory=Amounts)
    outflow: Amounts = field(default_factory=Amounts)
    lost: Amounts = field(default_factory=Amounts)
    backflow_out: Amounts = field(default_factory=Amounts)
    stay: Amounts = field(default_factory=Amounts)
    ways: Mapping[str, Amounts] = field(default_factory=dict)

    @property
    def conversion(self) -> Ratio:
        """流出 ÷ 流入 (M03); old stock flowing out may take it beyond 100 %."""
        return Ratio.of(self.outflow.count, self.inflow.count)

    @property
    def loss(self) -> Ratio:
        """流失 ÷ 流入 (M03)."""
        return Ratio.of(self.lost.count, self.inflow.count)

    @property
    def rest(self) -> Amounts:
        """What the identity lacks: deals handed over to (+) or by (−) others, amounts that changed while they stood."""
        came = self.start + self.inflow + self.backflow_in
        went = self.stay + self.outflow + self.lost + self.backflow_out
        return went - came

    def __add__(self, other: StageFlow) -> StageFlow:
        names = (START, *FLOWS, STAY)
        ways = {
            way: self.ways.get(way, Amounts()) + other.ways.get(way, Amounts())
            for way in {*self.ways, *other.ways}
        }
        return StageFlow(
            self.stage, **{name: getattr(self, name) + getattr(other, name) for name in names}, ways=ways
        )


def stage_flow(stage: int, kinds: Mapping[str, Amounts]) -> StageFlow:
    """A stage's flow from what was counted by kind (those of `WAYS`, `start` and `stay`)."""
    named: dict[str, Amounts] = dict.fromkeys((START, *FLOWS, STAY), Amounts())
    for kind, amounts in kinds.items():
        if kind in (START, STAY):
            named[kind] += amounts
        else:
            named[WAYS[kind]] += amounts
    ways = {kind: amounts for kind, amounts in kinds.items() if kind in WAYS}
    return StageFlow(stage, **named, ways=ways)


def passages(history: History, span: Span) -> Iterator[Passage]:
    """Everything one deal contributes to a period's flow: its counted arrivals and departures, and its stocks."""
    if is_void(history, span.known):
        return
    for stay in history.stays:
        yield from _arrival(stay, span)
        yield from _departure(stay, span)
    if span.since is not None and (stand := standing_at(history.stands, span.since)) is not None:
        yield _stock(START, span.since, stand)
    if (stand := standing_at(history.stands, span.until)) is not None:
        yield _stock(STAY, span.until or span.now, stand)


def is_void(history: History, known: datetime | None) -> bool:
    """Whether the deal was invalid as far as known before that instant."""
    stay = history.stays[-1]
    return stay.void_at is not None and (known is None or stay.void_at < known)


def standing_at(stands: Iterable[Stand], instant: datetime | None) -> Stand | None:
    """How a deal stood on the funnel at an instant (None: now); None when it did not."""
    for stand in stands:
        if instant is None:
            found = stand.until is None
        else:
            found = stand.since < instant and (stand.until is None or stand.until >= instant)
        if found and stand.outcome in LIVE:
            return stand
    return None


def _stock(kind: str, at: datetime, stand: Stand) -> Passage:
    return Passage(stand.stage, kind, just_before(at), stand.owner, stand.unit, stand.base_amount)


def _arrival(stay: Stay, span: Span) -> Iterator[Passage]:
    """The first one in the period: the deal had left the stage before it began, if it ever was there."""
    if span.until is not None and stay.entered_at >= span.until:
        return
    before = stay.left_before_at
    if span.since is None:
        counted = before is None
    else:
        counted = stay.entered_at >= span.since and (before is None or before < span.since)
    if counted:
        kind = "in:skip" if stay.jumped and stay.entered_by == "forward" else f"in:{stay.entered_by}"
        yield Passage(stay.stage, kind, stay.entered_at, stay.owner, stay.unit, stay.amount)


def _departure(stay: Stay, span: Span) -> Iterator[Passage]:
    """The last one in the period: the deal came back to the stage after its end, if it ever did."""
    if stay.left_at is None or (span.since is not None and stay.left_at < span.since):
        return
    after = stay.returned_at
    if span.until is None:
        counted = after is None
    else:
        counted = stay.left_at < span.until and (after is None or after >= span.until)
    if counted:
        assert stay.left_owner is not None and stay.left_amount is not None
        yield Passage(
            stay.stage, f"out:{stay.left_by}", stay.left_at, stay.left_owner, stay.left_unit, stay.left_amount
        )


def broken(counts: Sequence[int]) -> list[int]:
    """Places after which more deals stand than before, both at least ten: not a funnel (M01)."""
    return [
        place
        for place, (here, after) in enumerate(itertools.pairwise(counts))
        if here < after and min(here, after) >= FEWEST
    ]
