"""The forecast of a period, slowly: deal by deal from rows and known pasts, all dates and amounts as they are (M20)."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import sqrt
from typing import Any

from scipy import stats

from loudou.insight.figures.flow import Span, is_void, standing_at
from loudou.insight.figures.scope import Scope, just_before
from loudou.insight.figures.winrate import standing_close
from loudou.insight.lens import InsightLens
from loudou.insight.queries.closes import closed
from loudou.insight.queries.conditions import standing
from loudou.insight.queries.known import Otherwise, known_otherwise
from loudou.insight.queries.scope import which, whose
from loudou.kernel.numbers import ZERO, rounded
from loudou.kernel.periods import midnight
from loudou.odds.figures.chances import EDGES, ENOUGH, LANDMARKS, LOOK_BACK
from loudou.odds.figures.outlook import DRAWS, HIGH, LOW, ONE_BY_ONE, SEED, Outlook, quantile
from loudou.pipeline.figures.history import Stand, Stay
from loudou.pipeline.models import Deal, State, Visit

WEEK = timedelta(days=7)
NOTHING = timedelta(0)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Stood:
    """A time in which a deal stood open in a stage, with what became of it; `None` is what has not come."""

    stage: int
    entered_at: datetime
    since: datetime
    until: datetime | None
    won_at: datetime | None


@dataclass(frozen=True)
class Grown:
    """A deal that was won and its stage: when it was, what it was worth when it first came there, what it was won at."""

    stage: int
    won_at: datetime
    came: Decimal
    brought: Decimal


@dataclass(frozen=True)
class Open:
    """An open deal: its stage, when it came there, its amount."""

    stage: int
    entered_at: datetime
    amount: Decimal


@dataclass(frozen=True)
class Win:
    """A win: when the deal began, when it was won, at what, and when it rested or was lost for a while before."""

    began_at: datetime
    won_at: datetime
    amount: Decimal
    rests: Sequence[tuple[datetime, datetime]] = ()

    def shut(self, at: datetime) -> bool:
        """Whether the deal was not open at an instant before the win."""
        return at <= self.began_at or any(since < at <= until for since, until in self.rests)


class SlowWays:
    """What became of deals, landmark by landmark and stay by stay."""

    def __init__(self, stood: Iterable[Stood], grown: Sequence[Grown], at: datetime, left: timedelta) -> None:
        self._at, self._left, self._grown = at, left, grown
        self._stays: dict[int, list[Stood]] = {}
        for one in stood:
            self._stays.setdefault(one.stage, []).append(one)
        self._counted = {stage: [self._passed(stage, age) for age in LANDMARKS] for stage in self._stays}
        self.n = max((n for some in self._counted.values() for n, _won in some), default=0)

    def _passed(self, stage: int, age: int) -> tuple[int, int]:
        """How many stood in a stage at an age, long enough ago, and how many of them were won within the time that was left."""
        n = won = 0
        for one in self._stays[stage]:
            then = one.entered_at + age * MICROSECOND
            last = self._at - self._left
            if one.since <= then < (one.until or then + WEEK) and last - LOOK_BACK <= then < last:
                n += 1
                won += one.won_at is not None and one.won_at < then + self._left
        return n, won

    def chance(self, stage: int, age: timedelta) -> float:
        """The share of those that stood there about as long that was won within the time that is left."""
        counted = self._counted.get(stage, [])
        place = max(place for place, edge in enumerate(EDGES[:-1]) if edge <= age // MICROSECOND)
        near = [
            other
            for other, mark in enumerate(LANDMARKS)
            if LANDMARKS[place] / 1.25 <= mark <= LANDMARKS[place] * 1.25
        ]
        while counted and near[0] and counted[near[0]][0] < ENOUGH:
            near.insert(0, near[0] - 1)
        every = sum(counted[one][0] for one in near) if counted else 0
        return sum(counted[one][1] for one in near) / every if every else 0.0

    def growth(self, stage: int) -> float:
        """What wins of two years brought, for one that their deals were worth when they came to a stage."""
        since = self._at - LOOK_BACK
        wins = [one for one in self._grown if one.stage == stage and since <= one.won_at < self._at]
        came = sum((one.came for one in wins), ZERO)
        if len(wins) < ENOUGH or not came:
            return 1.0
        return float(sum((one.brought for one in wins), ZERO) / came)


def slow_stretches(wins: Iterable[Win], at: datetime, length: timedelta) -> list[float]:
    """What each stretch of this length, week by week back, brought from deals that were not open when it began."""
    known = [win for win in wins if win.won_at < at]
    if not known or not length:
        return [0.0]
    first = max(min(win.began_at for win in known), at - LOOK_BACK)
    number = max(int((at - length - first) / WEEK), 0) + 1
    begins = [at - length - place * WEEK for place in range(number)]
    return [
        float(sum(win.amount for win in known if win.won_at < begin + length and win.shut(begin)))
        for begin in begins
    ]


@dataclass(frozen=True)
class SlowRest:
    """What is still to come: amounts and chances of open deals, what stretches brought."""

    won: Decimal
    bets: Sequence[tuple[float, float]]
    fresh: Sequence[float]
    deals: int

    @property
    def told(self) -> tuple[Decimal, Decimal]:
        """What the open deals and the others bring on average."""
        sums = sum(chance * amount for chance, amount in self.bets), sum(self.fresh) / len(self.fresh)
        return rounded(Decimal(str(sums[0]))), rounded(Decimal(str(sums[1])))

    def miss(self, actual: Decimal) -> float | None:
        """How far what came lay from that, in what the chance of the deals leaves open."""
        mean = sum(self.fresh) / len(self.fresh)
        spread = sum((one - mean) ** 2 for one in self.fresh) / len(self.fresh)
        spread += sum(chance * (1 - chance) * amount**2 for chance, amount in self.bets)
        return float(actual - self.won - sum(self.told)) / sqrt(spread) if spread else None

    def outlook(self, misses: Sequence[float]) -> Outlook:
        """The forecast."""
        known = 2 + len(misses)
        spread = sqrt((2 + sum(miss**2 for miss in misses)) / known)
        wider = max(spread * round(stats.t.ppf(0.9, known), 4) / 1.2816, 1.0)
        sums = sorted(_drawn(float(self.won), self.bets, self.fresh))
        open_, unborn = self.told
        expected = float(self.won + open_ + unborn)
        low, middle, high = (
            max(self.won, rounded(Decimal(str(expected + wider * (quantile(sums, share) - expected)))))
            for share in (LOW, 0.5, HIGH)
        )
        exact = rounded(Decimal(str(wider)), Decimal("0.0001"))
        return Outlook(self.won, open_, unborn, low, middle, high, self.deals, len(misses), exact)


def slow_rest(
    at: datetime, won: Decimal, here: Sequence[Open], ways: SlowWays, fresh: Sequence[float]
) -> SlowRest | None:
    """What is still to come at an instant."""
    if ways.n < ENOUGH:
        return None
    each = [
        (
            ways.chance(one.stage, max(at - one.entered_at, NOTHING)),
            float(one.amount) * ways.growth(one.stage),
        )
        for one in here
    ]
    bets = sorted((bet for bet in each if bet[0] and bet[1]), key=lambda bet: (-bet[1], -bet[0]))
    return SlowRest(won, bets, fresh, len(here))


def _drawn(won: float, bets: Sequence[tuple[float, float]], fresh: Sequence[float]) -> Iterator[float]:
    dice = random.Random(SEED)
    large, rest = bets[:ONE_BY_ONE], bets[ONE_BY_ONE:]
    mean = sum(chance * amount for chance, amount in rest)
    spread = sqrt(sum(chance * (1 - chance) * amount**2 for chance, amount in rest))
    for _draw in range(DRAWS):
        some = sum(amount for chance, amount in large if dice.random() < chance)
        others = max(dice.gauss(mean, spread), 0.0) if rest else 0.0
        yield won + some + others + dice.choice(fresh)


def slow_forecast(lens: InsightLens) -> list[tuple[Outlook | None, Decimal]]:
    """The forecast of a lens' period with what it brought so far, then those of the eight periods before with what they
    brought."""
    zone, period = lens.company.zone, lens.or_this_quarter()
    morning = midnight(lens.instant.astimezone(zone).date(), zone)
    hour = max(lens.instant.replace(minute=0, second=0, microsecond=0), morning)
    start, end = period.instants(zone)
    share = min(max((morning - start) / (end - start), 0.0), 1.0)
    found: list[tuple[SlowRest | None, Decimal, float | None]] = []
    taught, wins = _taught(lens, morning), _wins(lens, morning)
    for place in range(13):
        first, last = period.instants(zone)
        if place == 0:
            at, standing_at_, counted_at = morning, lens.instant, hour
        elif last > lens.instant or lens.instant >= end:
            continue
        else:
            at = midnight((first + (last - first) * share).astimezone(zone).date(), zone)
            standing_at_ = counted_at = at
        until = lens.instant if place == 0 else last
        brought = _sum(_wins(lens, lens.known), first, min(last, until))
        won = brought if place == 0 else _sum(wins, first, min(last, at))
        here = _open(lens, standing_at_, lens.known if place == 0 else morning)
        here = [one for one in here if lens.instant < end]
        left = max(last - at, NOTHING)
        rest = slow_rest(counted_at, won, here, SlowWays(*taught, at, left), slow_stretches(wins, at, left))
        miss = rest.miss(_sum(wins, first, last)) if rest is not None and place else None
        found.append((rest, brought, miss))
        period = lens.company.fiscal.previous(period)
    misses = [miss for _rest, _brought, miss in found]
    return [
        (_told(rest, misses[place + 1 :]), brought) for place, (rest, brought, _miss) in enumerate(found[:9])
    ]


def _told(rest: SlowRest | None, misses: Sequence[float | None]) -> Outlook | None:
    """The forecast, with the last four misses that there are before it."""
    known = [miss for miss in misses if miss is not None][:4]
    return rest.outlook(known) if rest is not None else None


def _sum(wins: Iterable[Win], since: datetime, until: datetime) -> Decimal:
    return sum((win.amount for win in wins if since <= win.won_at < until), ZERO)


def _others(lens: InsightLens, known: datetime | None, scope: Scope) -> list[Otherwise]:
    return known_otherwise(known, scope, lens.funnels)


def _keys(lens: InsightLens, known: datetime | None) -> list[int]:
    return [other.deal.pk for other in _others(lens, known, Scope())]


def _stay(stays: Iterable[Visit | Stay], since: datetime) -> Visit | Stay | None:
    """The stay in which a deal stood since an instant."""
    return next(
        (one for one in stays if one.entered_at <= since and (one.left_at is None or since < one.left_at)),
        None,
    )


def _open(lens: InsightLens, at: datetime, known: datetime | None) -> Iterator[Open]:
    """The scope's open deals in their stage."""
    scope = lens.scope
    rows: Any = State.objects.filter(standing(at, at), whose(scope, at=at), which(scope), outcome="open")
    if lens.funnel is not None:
        rows = rows.filter(funnel=lens.funnel)
    for state in rows.exclude(deal__in=_keys(lens, known)):
        stay = _stay(Visit.objects.filter(deal=state.deal_id, legacy=False), state.since)
        if stay is not None:
            yield Open(state.stage_id or 0, stay.entered_at, state.base_amount)
    for other in _others(lens, known, scope):
        if other.known is None or is_void(other.known, at) or other.deal.legacy:
            continue
        stand = standing_at(other.known.stands, at)
        if (
            stand is not None
            and stand.outcome == "open"
            and scope.takes(stand.owner, stand.unit, just_before(at))
        ):
            stay = _stay(other.known.stays, stand.since)
            assert stay is not None
            yield Open(stand.stage, stay.entered_at, stand.base_amount)


def _every(
    lens: InsightLens, known: datetime
) -> Iterator[tuple[Sequence[State | Stand], Sequence[Visit | Stay], datetime | None, Decimal]]:
    """How the whole organisation's deals stood and stayed, and when each was won, at what."""
    wins = {win.deal_id: win for win in _won(lens, Scope(), known)}
    deals = Deal.objects.filter(legacy=False).exclude(pk__in=_keys(lens, known))
    for deal in deals.filter(funnel=lens.funnel) if lens.funnel is not None else deals:
        win = wins.get(deal.pk)
        end = (win.left_at, win.left_amount or ZERO) if win is not None else (None, ZERO)
        yield list(deal.states.all()), list(deal.visits.all()), *end
    for other in _others(lens, known, Scope()):
        close = standing_close(other.known, known) if other.known is not None else None
        won = close is not None and close.left_by == "won"
        end = (close.left_at, close.left_amount or ZERO) if close is not None and won else (None, ZERO)
        if other.known is not None and not other.deal.legacy:
            yield other.known.stands, other.known.stays, *end


def _taught(lens: InsightLens, known: datetime) -> tuple[list[Stood], list[Grown]]:
    stood, grown = [], []
    for stands, stays, won_at, brought in _every(lens, known):
        for stand in stands:
            stay = _stay(stays, stand.since) if stand.outcome == "open" else None
            if stay is not None:
                stood.append(Stood(_stage(stay), stay.entered_at, stand.since, stand.until, won_at))
        if won_at is not None:
            for stage in {_stage(stay) for stay in stays}:
                first = next(stay for stay in stays if _stage(stay) == stage)
                grown.append(Grown(stage, won_at, first.amount, brought))
    return stood, grown


def _stage(stay: Visit | Stay) -> int:
    return stay.stage_id if isinstance(stay, Visit) else stay.stage


def _won(lens: InsightLens, scope: Scope, known: datetime | None) -> Any:
    rows = Visit.objects.filter(
        closed(scope, Span(lens.now, None, known, known), lens.funnels), left_by="won"
    )
    return rows.exclude(deal__in=_keys(lens, known)).select_related("deal")


def _rests(stands: Iterable[State | Stand]) -> list[tuple[datetime, datetime]]:
    return [
        (one.since, one.until)
        for one in stands
        if one.outcome not in ("open", "won") and one.until is not None
    ]


def _wins(lens: InsightLens, known: datetime | None) -> list[Win]:
    """The scope's wins."""
    found = [
        Win(
            visit.deal.created_at or visit.left_at,
            visit.left_at,
            visit.left_amount,
            _rests(visit.deal.states.all()),
        )
        for visit in _won(lens, lens.scope, known)
        if visit.left_at is not None and visit.left_amount is not None
    ]
    for other in _others(lens, known, lens.scope):
        close = standing_close(other.known, known) if other.known is not None else None
        if other.known is not None and close is not None and close.left_by == "won":
            assert close.left_at and close.left_owner and close.left_amount is not None
            if lens.scope.takes(close.left_owner, close.left_unit, close.left_at):
                began = other.deal.created_at or close.left_at
                found.append(Win(began, close.left_at, close.left_amount, _rests(other.known.stands)))
    return found
