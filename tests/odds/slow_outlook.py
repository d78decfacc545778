"""The forecast of a period, slowly: deal by deal from rows and known pasts, all dates and amounts as they are (M20)."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil, sqrt
from typing import Any

from loudou.insight.figures.flow import Span, is_void, standing_at
from loudou.insight.figures.scope import Scope, just_before
from loudou.insight.figures.winrate import LOST, standing_close
from loudou.insight.lens import InsightLens
from loudou.insight.queries.closes import closed
from loudou.insight.queries.conditions import standing
from loudou.insight.queries.courses import known_courses
from loudou.insight.queries.known import Otherwise, known_otherwise
from loudou.insight.queries.scope import which, whose
from loudou.kernel.numbers import ZERO, rounded
from loudou.kernel.periods import midnight
from loudou.odds.figures.outlook import (
    DRAWS,
    ENOUGH,
    HIGH,
    LOOK_BACK,
    LOW,
    ONE_BY_ONE,
    SEED,
    Outlook,
    quantile,
)
from loudou.pipeline.models import Course, State, Visit

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Gone:
    """A closed deal on its way from a stage: which, when it came there, when it closed, whether it was won."""

    stage: int
    reached_at: datetime
    closed_at: datetime
    won: bool


@dataclass(frozen=True)
class Open:
    """An open deal: its stage, since when it counts there, its amount."""

    stage: int
    reached_at: datetime
    amount: Decimal


@dataclass(frozen=True)
class Win:
    """A win: when the deal began, when it was won, at what."""

    began_at: datetime
    won_at: datetime
    amount: Decimal


class SlowWays:
    """Aalen and Johansen, step by step over closed and open deals together."""

    def __init__(self, gone: Iterable[Gone], open_: Iterable[Open], at: datetime) -> None:
        ends: dict[int, list[tuple[timedelta, int]]] = defaultdict(list)
        counted: Counter[int] = Counter()
        for one in gone:
            if at - LOOK_BACK <= one.closed_at < at:
                ends[one.stage].append((one.closed_at - one.reached_at, 0 if one.won else 1))
                counted[one.stage] += 1
        for other in open_:
            ends[other.stage].append((at - other.reached_at, 2))
        self.n = max(counted.values(), default=0)
        self._steps = {stage: _walked(sorted(some)) for stage, some in ends.items()}

    def chance(self, stage: int, age: timedelta, left: timedelta) -> float:
        """The share of those still open after `age` that is won within `left` more."""
        times, still, won = self._steps.get(stage, ([], [1.0], [0.0]))
        now, then = bisect_right(times, age), bisect_right(times, age + left)
        return (won[then] - won[now]) / still[now] if still[now] > 1e-9 else 0.0


def _walked(ends: Sequence[tuple[timedelta, int]]) -> tuple[list[timedelta], list[float], list[float]]:
    still, won = [1.0], [0.0]
    for place, (_taken, how) in enumerate(ends):
        weight = still[-1] / (len(ends) - place)
        still.append(still[-1] - weight if how < 2 else still[-1])
        won.append(won[-1] + weight if how == 0 else won[-1])
    return [taken for taken, _how in ends], still, won


def slow_stretches(wins: Iterable[Win], at: datetime, length: timedelta) -> list[float]:
    """What each stretch of this length, week by week back, brought from deals that began in it."""
    known = [win for win in wins if win.won_at < at]
    if not known or not length:
        return [0.0]
    first = max(min(win.began_at for win in known), at - LOOK_BACK)
    sums = [0.0] * (max(int((at - length - first) / WEEK), 0) + 1)
    for win in known:
        earliest, latest = at - length - win.began_at, at - win.won_at
        for place in range(max(ceil(earliest / WEEK), 0), min(ceil(latest / WEEK), len(sums))):
            sums[place] += float(win.amount)
    return sums


def slow_outlook(
    at: datetime, end: datetime, won: Decimal, here: Sequence[Open], ways: SlowWays, fresh: Sequence[float]
) -> Outlook | None:
    """The forecast at an instant for a period that ends at `end`."""
    if ways.n < ENOUGH:
        return None
    left = max(end - at, timedelta(0))
    each = [
        (ways.chance(one.stage, max(at - one.reached_at, timedelta(0)), left), float(one.amount))
        for one in here
    ]
    bets = sorted((bet for bet in each if bet[0] and bet[1]), key=lambda bet: (-bet[1], -bet[0]))
    sums = sorted(_drawn(float(won), bets, fresh))
    told = [sum(chance * amount for chance, amount in bets), sum(fresh) / len(fresh)]
    told += [quantile(sums, share) for share in (LOW, 0.5, HIGH)]
    open_, unborn, low, middle, high = (rounded(Decimal(str(value))) for value in told)
    return Outlook(won, open_, unborn, low, middle, high, len(here))


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
    share, found = min(max((morning - start) / (end - start), 0.0), 1.0), []
    for place in range(9):
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
        won = brought if place == 0 else _sum(_wins(lens, morning), first, min(last, at))
        here = _open(lens, standing_at_, lens.known if place == 0 else morning)
        here = [one for one in here if lens.instant < end]
        every = [one for one, _ours in _every(lens, at, morning, Scope())]
        ways = SlowWays(_gone(lens, morning), every, at)
        fresh = slow_stretches(_wins(lens, morning), at, max(last - at, timedelta(0)))
        found.append((slow_outlook(counted_at, last, won, here, ways, fresh), brought))
        period = lens.company.fiscal.previous(period)
    return found


def _sum(wins: Iterable[Win], since: datetime, until: datetime) -> Decimal:
    return sum((win.amount for win in wins if since <= win.won_at < until), ZERO)


def _others(lens: InsightLens, known: datetime | None, scope: Scope) -> list[Otherwise]:
    return known_otherwise(known, scope, lens.funnels)


def _keys(lens: InsightLens, known: datetime | None) -> list[int]:
    return [other.deal.pk for other in _others(lens, known, Scope())]


def _open(lens: InsightLens, at: datetime, known: datetime | None) -> list[Open]:
    """The scope's open deals in their stage."""
    return [one for one, here in _every(lens, at, known, lens.scope) if here]


def _every(
    lens: InsightLens, at: datetime, known: datetime | None, scope: Scope
) -> Iterator[tuple[Open, bool]]:
    """A scope's open deals in every stage they have reached, and whether they are there."""
    rows: Any = State.objects.filter(standing(at, at), whose(scope, at=at), which(scope), outcome="open")
    if lens.funnel is not None:
        rows = rows.filter(funnel=lens.funnel)
    for state in rows.exclude(deal__in=_keys(lens, known)):
        for course in Course.objects.filter(deal=state.deal_id, reached_at__lt=at):
            yield (
                Open(course.stage_id, course.reached_at, state.base_amount),
                state.stage_id == course.stage_id,
            )
    for other in _others(lens, known, scope):
        if other.known is None or is_void(other.known, at):
            continue
        stand = standing_at(other.known.stands, at)
        if (
            stand is not None
            and stand.outcome == "open"
            and scope.takes(stand.owner, stand.unit, just_before(at))
        ):
            for way in known_courses(other):
                if way.reached_at < at:
                    yield Open(way.stage, way.reached_at, stand.base_amount), way.stage == stand.stage


def _gone(lens: InsightLens, known: datetime) -> Iterator[Gone]:
    """The ways of the whole organisation's closed deals."""
    rows = Visit.objects.filter(closed(Scope(), Span(lens.now, None, known, known), lens.funnels))
    for visit in rows.exclude(deal__in=_keys(lens, known)):
        assert visit.left_at is not None
        for course in Course.objects.filter(deal=visit.deal_id, reached_at__lte=visit.left_at):
            yield Gone(course.stage_id, course.reached_at, visit.left_at, visit.left_by == "won")
    for other in _others(lens, known, Scope()):
        close = standing_close(other.known, known) if other.known is not None else None
        if close is not None and close.left_by in ("won", *LOST) and close.left_at is not None:
            for way in known_courses(other):
                if way.reached_at <= close.left_at:
                    yield Gone(way.stage, way.reached_at, close.left_at, close.left_by == "won")


def _wins(lens: InsightLens, known: datetime | None) -> list[Win]:
    """The scope's wins."""
    rows = Visit.objects.filter(
        closed(lens.scope, Span(lens.now, None, known, known), lens.funnels), left_by="won"
    )
    found = [
        Win(visit.deal.created_at or visit.left_at, visit.left_at, visit.left_amount)
        for visit in rows.exclude(deal__in=_keys(lens, known)).select_related("deal")
        if visit.left_at is not None and visit.left_amount is not None
    ]
    for other in _others(lens, known, lens.scope):
        close = standing_close(other.known, known) if other.known is not None else None
        if close is not None and close.left_by == "won" and close.left_at and close.left_owner:
            assert close.left_amount is not None
            if lens.scope.takes(close.left_owner, close.left_unit, close.left_at):
                found.append(Win(other.deal.created_at or close.left_at, close.left_at, close.left_amount))
    return found
