"""The forecast of a period, and how often such forecasts held what came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Max

from loudou.insight.asked import ALL_TIME
from loudou.insight.lens import InsightLens
from loudou.insight.queries.scope import whose_plain
from loudou.insight.reports._plain import missing, money, ratio, when
from loudou.insight.reports.slippage import kept_target
from loudou.kernel.numbers import Ratio
from loudou.kernel.periods import Grain, Period, midnight
from loudou.odds.figures.chances import Ways, microseconds
from loudou.odds.figures.outlook import DRAWS, MOST_MISSES, SEED, Outlook, Rest, stretches
from loudou.odds.teaching import (
    Source,
    Stretch,
    begun,
    standing_at_each,
    ways_at,
    won_in,
)
from loudou.pipeline import kept
from loudou.pipeline.models import Move

TRIED = 8  # periods before that are foretold once more, as of then
# So that the last of them too has periods before that say how far such forecasts miss.
BEFORE = TRIED + MOST_MISSES
SMALL = 5_000  # deals that were seen in a stage: of fewer, states are looked through at once
LEAST_KEPT = 500  # open deals of the periods before: fewer are read as quickly as found
_ALWAYS = datetime(9000, 1, 1, tzinfo=UTC)  # kept until anything happens at all


@dataclass(frozen=True)
class Tried:
    """A period before: what would have been foretold at the same share of it, and what came."""

    period: Period
    at: datetime
    told: Outlook
    actual: Decimal


@dataclass(frozen=True)
class OutlookReport:
    """The forecast of a lens' period."""

    lens: InsightLens
    period: Period
    told: Outlook | None
    tried: Sequence[Tried]

    @cached_property
    def within(self) -> int:
        """How many of the periods before lay in their interval."""
        return sum(one.told.holds(one.actual) for one in self.tried)

    @cached_property
    def target(self) -> Decimal | None:
        """What is to be booked in exactly this period by whom is looked at (M30), where that is kept."""
        return kept_target(self.lens, self.period)

    @property
    def reached(self) -> Ratio:
        """What is expected ÷ the target."""
        if self.told is None or not self.target:
            return Ratio.missing("small_n" if self.told is None else "no_target")
        return Ratio.of(self.told.expected, self.target)

    @property
    def coverage(self) -> Ratio:
        """Their share: of an interval between the outer tenths it should be 80 %."""
        return Ratio.of(self.within, len(self.tried), reason="small_n")

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        head = {
            "from": when(self.period.start),
            "to": when(self.period.end),
            "as_of": when(self.lens.instant),
            "currency": self.lens.company.base_currency,
        }
        told = _told(self.told) if self.told is not None else missing("expected", "small_n")
        return {
            **head,
            **told,
            "draws": DRAWS,
            "seed": SEED,
            "target": money(self.target) if self.target is not None else None,
            **({"target_reason": "no_target"} if self.target is None else {}),
            **ratio("expected_attainment", self.reached),
            **ratio("coverage", self.coverage),
            "tried": [
                {
                    "from": when(one.period.start),
                    "to": when(one.period.end),
                    "as_of": when(one.at),
                    **_told(one.told),
                    "actual": money(one.actual),
                    "within": one.told.holds(one.actual),
                }
                for one in self.tried
            ],
        }


@dataclass(frozen=True)
class _Asked:
    """What is foretold of a period at the lens' instant, and when of each of the periods before.

    What closed deals teach is of the `morning` of that instant, as known then. How old open ones are, and how much time is
    left, is told at the full hour: so a forecast changes within an hour only by what happens.
    """

    lens: InsightLens
    period: Period
    morning: datetime
    before: Sequence[tuple[Period, datetime]]

    @classmethod
    def of(cls, lens: InsightLens) -> _Asked:
        """One query."""
        period = lens.or_this_quarter()
        if period == ALL_TIME or period.start == ALL_TIME.start or period.end == ALL_TIME.end:
            period = lens.company.fiscal.of(lens.today, Grain.QUARTER)
        morning = _morning(lens)
        return cls(lens, period, morning, list(_before(lens, period, morning)))

    @property
    def at(self) -> datetime:
        """The instant open deals are counted at."""
        return max(self.lens.instant.replace(minute=0, second=0, microsecond=0), self.morning)

    @property
    def over(self) -> bool:
        """Whether the period has ended."""
        return self.lens.instant >= self.end

    @property
    def end(self) -> datetime:
        """The end of the period."""
        return self._edges(self.period)[1]

    @property
    def ats(self) -> list[datetime]:
        """The instants at which deals are counted: the morning, and those of the periods before."""
        return [self.morning, *(at for _period, at in self.before)]

    @property
    def left(self) -> int:
        """The time that is left, in microseconds."""
        return max(microseconds(self.end) - microseconds(self.at), 0)

    @property
    def lefts(self) -> list[int]:
        """The same at each of those instants."""
        ends = [self._edges(one)[1] for one in self.periods]
        left = [microseconds(end) - microseconds(at) for end, at in zip(ends, self.ats, strict=True)]
        return [max(one, 0) for one in left]

    @property
    def periods(self) -> list[Period]:
        """The period, and those before."""
        return [self.period, *(period for period, _at in self.before)]

    def stretches_won(self, *, by_then: bool) -> list[Stretch]:
        """Each period as far as it had come at its instant (`by_then`), or as it came to be."""
        ends = [self.lens.instant, *(at if by_then else _ALWAYS for _period, at in self.before)]
        edges = [self._edges(one) for one in self.periods]
        return [Stretch(first, min(last, end)) for (first, last), end in zip(edges, ends, strict=True)]

    def key(self, name: str, *more: Any) -> str:
        """All that is asked, as one name."""
        scope, lens = self.lens.scope, self.lens
        asked = self.period, self.morning, self.ats, lens.funnels, scope.owner, whose_plain(scope)
        return kept.key_of("outlook", name, *map(str, asked), *more)

    def _edges(self, period: Period) -> tuple[datetime, datetime]:
        return period.instants(self.lens.company.zone)


def period_forecast(lens: InsightLens) -> OutlookReport:
    """What a lens' period will bring, and what it would have said of the eight before; some fifteen queries, two where it
    was asked before and nothing happened since.

    As of a past instant from what was known then (B0.1).
    """
    asked = _Asked.of(lens)
    told, *tried = _remembered(asked)
    before = [
        Tried(period, at, one, actual)
        for (period, at), (one, actual) in zip(asked.before, tried, strict=False)  # those that are shown
        if one is not None
    ]
    return OutlookReport(lens, asked.period, told[0], before)


_Found = tuple[Outlook | None, Decimal]  # what was foretold of a period, and what it brought as far as known


def _remembered(asked: _Asked) -> list[_Found]:
    """The forecast of the period and those of the periods before, from what was kept, if nothing happened since.

    Not kept is what a deal may be another of tomorrow: its source, its products.
    """
    known = asked.lens.known
    if asked.lens.scope.by_deal:
        return _foretold(asked)
    key, hour = asked.key("with misses", str(known)), str(asked.at)
    found, seen = kept.look(key)
    if found is not None and found[0] == hour:
        return [(_read(one), Decimal(actual)) for one, actual in found[1]]
    told = _foretold(asked)
    # The hour is no part of the key: what the next one tells takes the place of what nobody will ask for again.
    plain = hour, [[_plain(one), str(actual)] for one, actual in told]
    kept.keep(key, known or _ALWAYS, plain, seen, alone=known is None)
    return told


def _foretold(asked: _Asked) -> list[_Found]:
    """The forecast of the period and those of the periods before."""
    lens = asked.lens
    source = Source.of(lens.known, lens.scope, lens.funnels)
    learned = _Learned(asked, source).told()
    won = won_in(source, lens.scope, asked.stretches_won(by_then=False)[: TRIED + 1])
    (standing,) = standing_at_each(source, lens.scope, [lens.instant]) if not asked.over else [{}]
    rest = Rest.of(microseconds(asked.at), won[0], standing, learned.ways, learned.fresh)
    told = rest.outlook(learned.misses) if rest is not None else None
    return list(zip([told, *learned.tried], won, strict=True))


@dataclass(frozen=True)
class _Lessons:
    """What was known in the morning: what becomes of open deals, what stretches of the past brought, how far the forecasts
    of periods before missed, what would have been said of them."""

    ways: Ways
    fresh: Sequence[float]
    misses: Sequence[float]
    tried: Sequence[Outlook | None]


@dataclass(frozen=True)
class _Learned:
    """What was known in the morning, and how it is read."""

    asked: _Asked
    now: Source  # as known at the instant, the morning's where that is the same

    @cached_property
    def source(self) -> Source:
        """As known in the morning."""
        lens = self.asked.lens
        if lens.known == self.asked.morning:
            return self.now
        return Source.of(self.asked.morning, lens.scope, lens.funnels)

    def told(self) -> _Lessons:
        """All of it, from what was kept."""
        asked = self.asked
        key = asked.key("misses")
        found, seen = kept.look(key) if not asked.lens.scope.by_deal else (None, "")
        ways = self._ways()
        if found is not None:
            fresh, misses, tried = found
            return _Lessons(ways[0], fresh, misses, [_read(one) for one in tried])
        each_fresh, by_then, by_end = self._wins()
        rests = self._rests(ways, each_fresh, by_then)
        misses = [
            rest.miss(won) if rest is not None else None for rest, won in zip(rests, by_end[1:], strict=True)
        ]
        tried = [
            rest.outlook(_last(misses[place:])) if rest is not None else None
            for place, rest in enumerate(rests[:TRIED], start=1)
        ]
        if seen and sum(rest.deals for rest in rests if rest is not None) >= LEAST_KEPT:
            plain = [each_fresh[0], _last(misses), [_plain(one) for one in tried]]
            kept.keep(key, asked.morning, plain, seen)
        return _Lessons(ways[0], each_fresh[0], _last(misses), tried)

    def _ways(self) -> Sequence[Ways]:
        """What closed deals taught at each instant; they are the whole organisation's, and kept for everybody."""
        asked = self.asked
        key = kept.key_of("outlook chances", asked.lens.funnels, *map(str, asked.ats), *asked.lefts)
        found, seen = kept.look_with(key, lambda plain: [Ways.read(one) for one in plain])
        if found is None:
            found = ways_at(self.source, asked.ats, asked.lefts)
            kept.keep(key, asked.morning, [one.plain for one in found], seen)
        return found

    def _wins(self) -> tuple[list[list[float]], Sequence[Decimal], Sequence[Decimal]]:
        """What stretches of the past brought, for each instant, what was won of each period by then, and by its end."""
        asked = self.asked
        longest = timedelta(microseconds=max(asked.lefts))
        by_then, by_end = (asked.stretches_won(by_then=one) for one in (True, False))
        found = begun(self.source, asked.lens.scope, asked.ats, longest, [*by_then, *by_end])
        each = zip(found.firsts, asked.ats, asked.lefts, strict=True)
        fresh = [stretches(found.wins, first, microseconds(at), left) for first, at, left in each]
        return fresh, found.sums[: len(by_then)], found.sums[len(by_then) :]

    def _rests(
        self, ways: Sequence[Ways], fresh: Sequence[Sequence[float]], won: Sequence[Decimal]
    ) -> list[Rest | None]:
        """What was still to come in each of the periods before."""
        asked, scope = self.asked, self.asked.lens.scope
        if not asked.before:
            return []
        small = ways[0].n < SMALL
        standing = standing_at_each(self.source, scope, asked.ats[1:], small=small)
        each = zip(asked.ats[1:], won[1:], standing, ways[1:], fresh[1:], strict=True)
        return [
            Rest.of(microseconds(at), by_then, here, taught, brought)
            for at, by_then, here, taught, brought in each
        ]


def _last(misses: Sequence[float | None]) -> list[float]:
    """The last misses that there are."""
    return [miss for miss in misses if miss is not None][:MOST_MISSES]


def _morning(lens: InsightLens) -> datetime:
    """The midnight before the lens' instant, or the last change of a funnel since: from then on its stages are others."""
    zone = lens.company.zone
    first = midnight(lens.instant.astimezone(zone).date(), zone)
    moves = Move.objects.filter(kind="migrate", at__gte=first, at__lt=lens.instant)
    changed = moves.aggregate(at=Max("at"))["at"]
    return changed + timedelta(microseconds=1) if changed is not None else first


def _before(lens: InsightLens, period: Period, morning: datetime) -> Iterator[tuple[Period, datetime]]:
    """The periods before, each with the midnight at which the same share of it was over as is of this one."""
    zone = lens.company.zone
    start, end = period.instants(zone)
    share = min(max((morning - start) / (end - start), 0.0), 1.0)
    before = period
    for _number in range(BEFORE):
        before = lens.company.fiscal.previous(before)
        first, last = before.instants(zone)
        if last <= lens.instant < end:
            then = first + (last - first) * share
            yield before, midnight(then.astimezone(zone).date(), zone)


def _plain(one: Outlook | None) -> Any:
    return [value if isinstance(value, int) else str(value) for value in astuple(one)] if one else None


def _read(plain: Any) -> Outlook | None:
    if plain is None:
        return None
    *amounts, deals, misses, widened = plain
    won, open_, unborn, low, middle, high = map(Decimal, amounts)
    return Outlook(won, open_, unborn, low, middle, high, deals, misses, Decimal(widened))


def _told(one: Outlook) -> dict[str, Any]:
    return {
        "won": money(one.won),
        "open": money(one.open),
        "not_yet_created": money(one.unborn),
        "expected": money(one.expected),
        "low": money(one.low),
        "middle": money(one.middle),
        "high": money(one.high),
        "deals": one.deals,
        "misses": one.misses,
        "widened": str(one.widened),
    }
