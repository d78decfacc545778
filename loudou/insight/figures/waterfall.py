"""What became of the open funnel between two instants (`domain.md` M13): the waterfall, deal by deal.

Two snapshots are compared, each as it was known then. Every deal comes in by one door (`start`, `new`, `reopened`,
`moved_in`, `transfer_in`) and goes out by one (`end`, `won`, `lost`, `moved_out`, `transfer_out`); what its amount
changed in between is an increase or a decrease, what rates changed is `fx`. So the sum balances to the cent:

    start + new + reopened + moved_in + transfer_in + increase + fx
        = end + won + lost + moved_out + transfer_out + decrease

Where several things happened, handing over goes before a close, a close before a moved date, that before the amount.
Who comes in anew, reopened or by a moved date comes in at the amount he goes out with; who is lost or moved out of
the window goes at the amount he stood at; so does who was due in the window and is won on a day outside of it. What
happened between the snapshots and was undone is not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from decimal import Decimal

from loudou.insight.figures.flow import LIVE, Amounts
from loudou.insight.figures.scope import just_before
from loudou.kernel.numbers import CENT, ZERO, rounded
from loudou.kernel.periods import Period
from loudou.pipeline.figures.history import History, Stand

ENTRIES = ("start", "new", "reopened", "moved_in", "transfer_in")
# As the report lists them, from the start to the end.
BUCKETS = (*ENTRIES, "increase", "fx", "won", "lost", "moved_out", "transfer_out", "decrease", "end")
INTO = (*ENTRIES, "increase", "fx")  # what adds to the sum; the rest takes from it


@dataclass(frozen=True)
class Crossing:
    """A deal's way through a waterfall: came + change + fx = went."""

    entry: str
    exit: str
    came: Decimal
    went: Decimal
    change: Decimal = ZERO
    fx: Decimal = ZERO

    def buckets(self) -> dict[str, Decimal]:
        """What it brings to each bucket it touches; all of them positive but `fx`."""
        found = {self.entry: self.came, self.exit: self.went}
        if self.change:
            found["increase" if self.change > 0 else "decrease"] = abs(self.change)
        if self.fx:
            found["fx"] = self.fx
        return found


@dataclass(frozen=True)
class Waterfall:
    """Deals and amounts by bucket."""

    buckets: Mapping[str, Amounts] = field(default_factory=dict)

    def __getitem__(self, bucket: str) -> Amounts:
        return self.buckets.get(bucket, Amounts())

    def __add__(self, other: Waterfall) -> Waterfall:
        return Waterfall({name: self[name] + other[name] for name in {*self.buckets, *other.buckets}})

    @property
    def rest(self) -> Decimal:
        """What does not balance: always nothing."""
        into = sum((self[name].amount for name in INTO), ZERO)
        return into - sum((self[name].amount for name in BUCKETS if name not in INTO), ZERO)


def waterfall(crossings: Iterable[Crossing]) -> Waterfall:
    """The waterfall of these deals."""
    buckets: dict[str, Amounts] = {}
    for crossing in crossings:
        for name, amount in crossing.buckets().items():
            buckets[name] = buckets.get(name, Amounts()) + Amounts(1, amount)
    return Waterfall(buckets)


@dataclass(frozen=True)
class Rates:
    """Units of the base currency for one of another, at the start, at the end, and on the day of an event.

    In the plan-rate view all are the plan rate at the start, and `frozen` is off; in the current-rate view they are
    spot rates, and a win counts with the base amount frozen on its day (B0.3). What is turned into the base currency
    has its smallest `unit`, as the amounts of deals have; an amount in the base currency itself stays what it is.
    """

    start: Mapping[str, Decimal] = field(default_factory=dict)
    end: Mapping[str, Decimal] = field(default_factory=dict)
    on: Callable[[str, datetime], Decimal] | None = None
    frozen: bool = False
    unit: Decimal = CENT

    def at_start(self, amount: Decimal, currency: str) -> Decimal:
        """An amount as the first snapshot values it."""
        return self._turned(amount, self.start.get(currency))

    def at_end(self, amount: Decimal, currency: str) -> Decimal:
        """An amount as the second snapshot values it."""
        return self._turned(amount, self.end.get(currency))

    def at_event(self, amount: Decimal, currency: str, at: datetime) -> Decimal:
        """An amount on the day of an event."""
        if self.on is None:
            return self.at_start(amount, currency)
        return self._turned(amount, self.on(currency, at) if currency in self.start else None)

    def won(self, stand: Stand) -> Decimal:
        """A win's amount."""
        return stand.base_amount if self.frozen else self.at_end(stand.amount, stand.currency)

    def _turned(self, amount: Decimal, rate: Decimal | None) -> Decimal:
        return rounded(amount * rate, self.unit) if rate is not None else rounded(amount)


@dataclass(frozen=True)
class Between:
    """Which two instants, which deals: `takes` says whose count at an instant, `window` when they are expected.

    At `turns` units come to what counts, or leave it, with what they have: deals are handed over that nobody touched.
    """

    since: datetime
    until: datetime
    zone: tzinfo
    takes: Callable[[int, int | None, datetime], bool]
    window: Period | None = None
    rates: Rates = field(default_factory=Rates)
    turns: Sequence[datetime] = ()

    def due(self, stand: Stand) -> bool:
        """Whether a deal that stands so is expected to close in the window."""
        if self.window is None:
            return True
        return stand.expected_on is not None and stand.expected_on in self.window

    def won_within(self, at: datetime) -> bool:
        """Whether a win counts in the window: by its own day, whatever was expected."""
        return self.window is None or at.astimezone(self.zone).date() in self.window

    def mine(self, stand: Stand, at: datetime) -> bool:
        """Whether the deal counted here at an instant at which it stood so."""
        return self.takes(stand.owner, stand.unit, at)


def crossing(then: History | None, now: History | None, between: Between) -> Crossing | None:
    """A deal's way from how it was known before the one instant to how it was known before the other, if it has one."""
    if now is None:
        return None
    first = then.now if then is not None else None
    stood = first is not None and first.outcome in LIVE
    path = _turning(_path(first, now, between), between.turns)
    mine = [between.mine(stand, at) for at, stand in path]
    if not any(mine):
        return None
    if not mine[0]:
        return _came_over(path, mine, between, fresh=not stood) if mine[-1] else None
    entry = "" if stood else "new" if first is None else "reopened"
    if not mine[-1]:
        return _went_over(path, mine, between, entry=entry)
    if entry:
        return _through(entry, path[-1], between)
    return _stayed(path, between)


Path = Sequence[tuple[datetime, Stand]]


def _path(first: Stand | None, now: History, between: Between) -> Path:
    """How it stood, each with since when: as the first snapshot has it, then up to the second or to its close.

    Nothing for a deal that was closed all the time.
    """
    tail = [
        (max(stand.since, between.since), stand)
        for stand in now.stands
        if stand is now.now or stand.until is None or stand.until > between.since
    ]
    if first is not None and first.outcome in LIVE:
        path = [
            (just_before(between.since), first),
            *tail[tail[0][1].since < between.since and len(tail) > 1 :],
        ]
    elif first is not None:
        live = [place for place, (_at, stand) in enumerate(tail) if stand.outcome in LIVE]
        late_win = now.now.outcome == "won" and first.outcome != "won"
        path = tail[live[0] :] if live else tail[-1:] if late_win else []
    else:
        path = tail
    if path and now.now.outcome in LIVE:
        return [*path, (just_before(between.until), now.now)]
    # What happens to a deal once it is closed moves nothing: whose it was and when is that of the close.
    while len(path) > 1 and path[-2][1].outcome == now.now.outcome:
        path.pop()
    return path


def _turning(path: Path, turns: Sequence[datetime]) -> Path:
    """The path, with how it stood when units came or went."""
    stood = [(turn, [stand for at, stand in path[:-1] if at <= turn]) for turn in turns]
    added = [(turn, stands[-1]) for turn, stands in stood if stands and turn < path[-1][0]]
    return sorted([*path, *added], key=lambda step: step[0]) if added else path


def _stayed(path: Path, between: Between) -> Crossing | None:
    """Here at both ends."""
    first, (at, last) = path[0][1], path[-1]
    rates = between.rates
    came = rates.at_start(first.amount, first.currency)
    if not between.due(first):
        return _through("moved_in", path[-1], between)
    if _is_lost(last):
        return Crossing("start", "lost", came, came)
    if not _counts(at, last, between):
        return Crossing("start", "moved_out", came, came)
    return _changed("start", came, last, rates)


def _through(entry: str, end: tuple[datetime, Stand], between: Between) -> Crossing | None:
    """In and out at one amount, the one it stands at in the end; what came in only to turn out invalid is nothing."""
    at, last = end
    if last.outcome == "invalid" or not _counts(at, last, between):
        return None
    exit, went = _gone(last, between.rates)
    return Crossing(entry, exit, went, went)


def _came_over(path: Path, mine: Sequence[bool], between: Between, *, fresh: bool) -> Crossing | None:
    """Handed over to here, for good."""
    at, taken = path[max(place for place, here in enumerate(mine) if not here) + 1]
    last_at, last = path[-1]
    if not _counts(last_at, last, between) or (fresh and last.outcome == "invalid"):
        return None
    rates = between.rates
    came = rates.at_event(taken.amount, taken.currency, at)
    if _is_lost(last):
        return Crossing("transfer_in", "lost", came, came)
    return _changed("transfer_in", came, last, rates, since=at)


def _went_over(path: Path, mine: Sequence[bool], between: Between, *, entry: str) -> Crossing | None:
    """Handed over to others, for good: at the amount then, whatever happens later.

    What was made here since and turned out invalid there is nothing here either: nobody got it.
    """
    at, given = path[max(place for place, here in enumerate(mine) if here) + 1]
    first, rates = path[0][1], between.rates
    went = rates.at_event(given.amount, given.currency, at)
    if not entry and between.due(first):
        came = rates.at_start(first.amount, first.currency)
        unmoved = rates.at_start(given.amount, given.currency)
        return Crossing("start", "transfer_out", came, went, unmoved - came, went - unmoved)
    if not between.due(given) or (entry and path[-1][1].outcome == "invalid"):
        return None
    return Crossing(entry or "moved_in", "transfer_out", went, went)


def _is_lost(stand: Stand) -> bool:
    return stand.outcome not in LIVE and stand.outcome != "won"


def _counts(at: datetime, last: Stand, between: Between) -> bool:
    """Whether it goes out in the window: a win by its day, all else by when it was expected."""
    return between.won_within(at) if last.outcome == "won" else between.due(last)


def _gone(last: Stand, rates: Rates) -> tuple[str, Decimal]:
    if last.outcome == "won":
        return "won", rates.won(last)
    return ("end" if last.outcome in LIVE else "lost"), rates.at_end(last.amount, last.currency)


def _changed(
    entry: str, came: Decimal, last: Stand, rates: Rates, *, since: datetime | None = None
) -> Crossing:
    """The change of the amount is valued at the rate it came in with; what is left is the rates' doing."""
    exit, went = _gone(last, rates)
    if since is not None:
        unmoved = rates.at_event(last.amount, last.currency, since)
    else:
        unmoved = rates.at_start(last.amount, last.currency)
    return Crossing(entry, exit, came, went, unmoved - came, went - unmoved)
