"""Forecast accuracy (M23): everybody's own locked number against what their own unit won, level by level."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from operator import attrgetter
from typing import Any

from loudou.forecasts import held
from loudou.forecasts.figures.cycle import LEVELS
from loudou.forecasts.figures.error import Accuracy, Held, hides, sandbags
from loudou.forecasts.held import Official, Won
from loudou.forecasts.models import Level
from loudou.insight.figures.scope import Scope
from loudou.insight.figures.winrate import standing_close
from loudou.insight.lens import InsightLens
from loudou.insight.queries.achieved import Achieved
from loudou.insight.queries.achieved.settled import Books
from loudou.insight.queries.known import known_otherwise
from loudou.insight.reports._plain import money, rate, ratio, when
from loudou.kernel.numbers import ZERO, Ratio
from loudou.kernel.periods import Fiscal, Grain, Period, midnight
from loudou.people.access import may
from loudou.people.models import User
from loudou.people.queries import Standing, standings_of
from loudou.pipeline.figures.history import History


@dataclass(frozen=True)
class Verdict:
    """One locked number against what happened."""

    submission: Official
    held: Held
    off_funnel: Decimal
    over: bool  # whether the period had ended at the instant that is asked for

    @property
    def limit(self) -> Decimal:
        """The error the level might make when the number was locked."""
        return self.submission.limit

    @property
    def passed(self) -> bool:
        """Whether the error is within the limit of the level."""
        return self.held.passes(self.limit)


@dataclass(frozen=True)
class Record:
    """What one person forecast over time, in order of the periods, as far as they are judged by it."""

    user: User
    level: str
    verdicts: Sequence[Verdict]

    @cached_property
    def accuracy(self) -> Accuracy:
        """Taken together."""
        return Accuracy([one.held for one in self.verdicts])

    @property
    def passed(self) -> int:
        """How many were within the limit."""
        return sum(one.passed for one in self.verdicts)

    @property
    def off_funnel(self) -> Ratio:
        """The share of what was won that came past the funnel."""
        return Ratio.of(self._off, self._won)

    @property
    def flags(self) -> list[str]:
        """What asks for a review (M23, M24): `biased`, `sandbag`, `hidden`."""
        asked = {
            "biased": self.accuracy.is_biased,
            "sandbag": sandbags(self.accuracy.held),
            "hidden": hides(self._off, self._won),
        }
        return [name for name, so in asked.items() if so]

    @property
    def _off(self) -> Decimal:
        return sum((one.off_funnel for one in self.verdicts), ZERO)

    @property
    def _won(self) -> Decimal:
        return sum((one.held.actual for one in self.verdicts), ZERO)


@dataclass(frozen=True)
class AccuracyReport:
    """The board as one lens sees it. Verdicts stand by period, level and name."""

    lens: InsightLens
    verdicts: Sequence[Verdict]

    def of(self, level: str) -> Sequence[Verdict]:
        """Those of one level."""
        return self._by_level.get(level, [])

    @property
    def levels(self) -> list[str]:
        """The levels there are, the lowest first."""
        return [level for level in LEVELS if level in self._by_level]

    @cached_property
    def _by_level(self) -> Mapping[str, Sequence[Verdict]]:
        found: dict[str, list[Verdict]] = defaultdict(list)
        for one in self.verdicts:
            found[one.submission.level].append(one)
        return dict(found)

    def scored(self, level: str) -> Sequence[Verdict]:
        """Those of one level by which it is judged."""
        return scored(self.of(level))

    def limit(self, level: str) -> Decimal | None:
        """The limit of a level; None where those by which it is judged were locked under different ones."""
        limits = {one.limit for one in self.scored(level)}
        return limits.pop() if len(limits) == 1 else None

    def accuracy(self, level: str) -> Accuracy:
        """A level taken together."""
        return Accuracy([one.held for one in self.scored(level)])

    @cached_property
    def over_time(self) -> dict[Period, dict[str, Accuracy]]:
        """Each level taken together, period by period; a level without a number of a period is left out there.

        A period that still runs is among them, as it stands so far.
        """
        found: dict[Period, dict[str, list[Held]]] = defaultdict(lambda: defaultdict(list))
        for one in self.verdicts:
            found[one.submission.period][one.submission.level].append(one.held)
        return {
            period: {level: Accuracy(found[period][level]) for level in LEVELS if level in found[period]}
            for period in sorted(found)
        }

    @cached_property
    def running(self) -> Collection[Period]:
        """The periods that were not over at the instant."""
        return {one.submission.period for one in self.verdicts if not one.over}

    @property
    def headline(self) -> Accuracy:
        """The lowest level taken together: adding levels up would count a deal several times."""
        return self.accuracy(self.levels[0]) if self.levels else Accuracy([])

    @cached_property
    def records(self) -> list[Record]:
        """By person and level, in the order of the rows; who has none of a period that is over is not judged yet.

        As long as nobody has one, all by theirs as they stand so far.
        """
        found: dict[tuple[int, str], list[Verdict]] = defaultdict(list)
        for one in self.verdicts:
            found[one.submission.user.pk, one.submission.level].append(one)
        ended = any(one.over for one in self.verdicts)
        records = [
            Record(rows[0].submission.user, level, [one for one in rows if one.over or not ended])
            for (_key, level), rows in found.items()
        ]
        return sorted(records, key=lambda one: (LEVELS.index(one.level), one.user.name_key, one.user.pk))

    @cached_property
    def adjusters(self) -> list[Record]:
        """The managers and directors who adjusted the numbers from below, whose adjusting helped most first.

        By periods that are over: of one that runs, a number that is locked late knows what the one from below did not.
        """
        over = [one for one in self.records if all(verdict.over for verdict in one.verdicts)]
        led = [one for one in over if one.level != Level.REP and one.accuracy.adjusted]
        return sorted(led, key=lambda one: -one.accuracy.closer)

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "as_of": when(self.lens.instant),
            "rows": [_row(one, self.lens) for one in self.verdicts],
            **_sums(self.headline),
            "level": self.levels[0] if self.levels else None,
            "levels": [self._level(level) for level in self.levels],
            "over_time": [
                {
                    "period": self.lens.company.fiscal.name(period),
                    "level": level,
                    **_sums(together),
                    **_more(together),
                }
                for period, levels in self.over_time.items()
                for level, together in levels.items()
            ],
            "people": [_record(one) for one in self.records],
        }

    def _level(self, level: str) -> dict[str, Any]:
        rows, together = self.scored(level), self.accuracy(level)
        counts = {"level": level, "n": len(rows), "passed": sum(one.passed for one in rows)}
        return {**counts, **_sums(together), **_more(together)}


def scored(verdicts: Sequence[Verdict]) -> Sequence[Verdict]:
    """Those of periods that are over (C12): half a month's wins say nothing of the forecast of a month.

    As long as none is over, all as they stand so far.
    """
    return [one for one in verdicts if one.over] or verdicts


def forecast_accuracy(lens: InsightLens) -> AccuracyReport:
    """The board of a lens: every official number at its instant whose period lies in the one that is asked for."""
    units = sorted(lens.units) if lens.units is not None else None
    owner = lens.owner.pk if lens.owner is not None else None
    rows = held.submissions(lens.or_this_quarter(), lens.instant, units=units, owner=owner)
    rows = rows.visible_to(lens.user) if may(lens.user, "forecasts.see") else rows.none()
    found = held.officials(rows)
    found.sort(key=lambda one: (one.period.start, one.period.end, LEVELS.index(one.level), one.user.username))
    results = _results(found, lens)
    over = {period: period.instants(lens.company.zone)[1] <= lens.instant for period in _periods(found)}
    verdicts = [
        Verdict(
            one,
            Held(one.submitted, results[one.pk][0], one.base),
            results[one.pk][1],
            over[one.period],
        )
        for one in found
    ]
    return AccuracyReport(lens, verdicts)


def _results(rows: Sequence[Official], lens: InsightLens) -> dict[int, tuple[Decimal, Decimal]]:
    """What each submission is held against: what its owner, or its unit, won, and how much of it past the funnel."""
    if not rows:
        return {}
    standing = standings_of({row.unit.pk for row in rows if row.level != Level.REP and row.unit})
    periods = _periods(rows)
    whole = Period(min(one.start for one in periods), max(one.end for one in periods))
    wins = _wins(whole, rows, standing, lens)
    wins.sort(key=attrgetter("day"))
    days = [one.day for one in wins]
    found = {}
    for period, some in periods.items():
        inside = wins[bisect_left(days, period.start) : bisect_left(days, period.end)]
        found.update(_held_against(some, inside, standing))
    return found


def _held_against(
    rows: Sequence[Official], wins: Sequence[Won], standing: Mapping[int, Sequence[Standing]]
) -> dict[int, tuple[Decimal, Decimal]]:
    """The same of submissions of one period, in which these are all the wins."""
    by_owner: dict[int, list[Won]] = defaultdict(list)
    by_unit: dict[int | None, list[Won]] = defaultdict(list)
    for one in wins:
        by_owner[one.owner].append(one)
        by_unit[one.unit].append(one)
    found = {}
    for row in rows:
        mine = by_owner[row.user.pk]
        if row.level != Level.REP:
            stays = standing.get(row.unit.pk, []) if row.unit is not None else []
            mine = [one for stay in stays for one in by_unit[stay.unit_id] if stay.on(one.day)]
        found[row.pk] = sum((one.amount for one in mine), ZERO), sum((one.off_funnel for one in mine), ZERO)
    return found


def _periods(rows: Iterable[Official]) -> dict[Period, list[Official]]:
    """The submissions by their period."""
    found: dict[Period, list[Official]] = defaultdict(list)
    for row in rows:
        found[row.period].append(row)
    return dict(found)


def _wins(
    whole: Period, rows: Sequence[Official], standing: Mapping[int, Sequence[Standing]], lens: InsightLens
) -> list[Won]:
    """What those asked for, and perhaps others, won, as known at the instant: the few deals known otherwise are taken
    out and put in anew."""
    by_month = _on_firsts(_periods(rows), standing)
    owners = {row.user.pk for row in rows if row.level == Level.REP}
    units = {stay.unit_id for stays in standing.values() for stay in stays}
    wins = held.won(
        whole, lens.company, held.Winners(owners, units), lens.now, known=lens.known, by_month=by_month
    )
    otherwise = known_otherwise(lens.known, Scope())
    for other in otherwise:
        off = other.deal.off_funnel
        wins += _one(other.told, lens, whole, -1, off=off)
        if other.known is not None:
            wins += _one(other.known, lens, whole, 1, off=off)
    books = Books.read(lens.company, lens.known)
    if books.until is None or books.until < whole.start:
        return wins
    days = [part.start for part in Fiscal().split(whole, Grain.MONTH)] if by_month else whole.days()
    edges = [midnight(day, lens.company.zone) for day in [*days, whole.end]]
    settled = books.achieved(["bookings"], edges, lens.span, otherwise)["bookings"]
    return [
        *(_settled(one, lens) for one in settled),
        *(one._replace(amount=ZERO) for one in wins if one.off_funnel),
    ]


def _settled(one: Achieved, lens: InsightLens) -> Won:
    """What was won by the books: as frozen where they are closed, with what came late on the first open day (C20)."""
    assert one.owner is not None
    return Won(one.owner, one.unit, one.since.astimezone(lens.company.zone).date(), one.amount, ZERO)


def _one(history: History, lens: InsightLens, whole: Period, sign: int, *, off: bool) -> list[Won]:
    close = standing_close(history, lens.known)
    if close is None or close.left_by != "won":
        return []
    assert close.left_at is not None and close.left_owner is not None and close.left_amount is not None
    day = close.left_at.astimezone(lens.company.zone).date()
    amount = sign * close.left_amount
    return (
        [Won(close.left_owner, close.left_unit, day, amount, amount if off else ZERO)] if day in whole else []
    )


def _on_firsts(periods: Iterable[Period], standing: Mapping[int, Sequence[Standing]]) -> bool:
    """Whether everything that is asked for begins and ends with a month, so that wins may be summed by months."""
    days = {day for period in periods for day in (period.start, period.end)}
    days |= {day for stays in standing.values() for stay in stays for day in (stay.since, stay.until) if day}
    return all(day.day == 1 for day in days)


def _row(one: Verdict, lens: InsightLens) -> dict[str, Any]:
    row = one.submission
    return {
        "level": row.level,
        "who": row.user.username,
        "name": row.user.name,
        "unit": row.unit.code if row.unit else None,
        "period": lens.company.fiscal.name(row.period),
        "forecast": money(one.held.forecast),
        "actual": money(one.held.actual),
        **ratio("ape", one.held.ape),
        "limit": rate(one.limit),
        "passed": one.passed,
        "base": money(row.base),
        "adjustment": money(row.adjustment),
        "reason": row.reason,
        **ratio("value_added", one.held.value_added),
        "late": row.is_late,
        "locked_at": when(row.locked_at),
        "over": one.over,
    }


def _record(one: Record) -> dict[str, Any]:
    return {
        "who": one.user.username,
        "level": one.level,
        "n": len(one.verdicts),
        "passed": one.passed,
        **_sums(one.accuracy),
        **_more(one.accuracy),
        **ratio("off_funnel_share", one.off_funnel),
        "review": one.flags,
    }


def _sums(together: Accuracy) -> dict[str, Any]:
    return {
        **ratio("wape", together.wape),
        **ratio("mape", together.mape),
        **ratio("bias", together.bias),
    }


def _more(together: Accuracy) -> dict[str, Any]:
    return {
        **ratio("accuracy", together.accuracy),
        **ratio("tracking_signal", together.tracking_signal),
        "biased": together.is_biased,
        **ratio("value_added", together.value_added),
        "closer": money(together.closer),
        "adjusted": together.adjusted,
        "adjusted_better": together.helped,
        "adjusted_worse": together.hurt,
    }
