"""Cohorts and times of several periods, kept as they were when somebody last looked and carried on from there (M02, M15).

The deals of which a fact became known since are taken out as they were known then and put in as they are now; of all
others nothing is known that was not known then (`pipeline.kept`). Both are read by the same statements, over these
deals alone. Of times only those are kept that a quantile may come to be (`figures.narrowed`).
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import chain
from typing import Any

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, Sum, Value

from loudou.insight.figures.conversion import Conversion, conversion_of
from loudou.insight.figures.flow import Amounts, Span
from loudou.insight.figures.narrowed import Lasting, Narrowed, Untold
from loudou.insight.figures.scope import Scope
from loudou.insight.figures.times import times_of
from loudou.insight.queries.by_period import edges_of, hull_of, stretch_of
from loudou.insight.queries.closes import Wins, wins, wins_each
from loudou.insight.queries.courses import (
    cohort,
    conversion_in,
    flag,
    keys_of,
    known_ways,
)
from loudou.insight.queries.known import Otherwise, known_otherwise
from loudou.insight.queries.leaks import late_losses, losses
from loudou.insight.queries.scope import ever, whose_plain
from loudou.insight.queries.times import Packed, first_entries, timed, unpacked
from loudou.kernel import clock
from loudou.kernel.numbers import Ratio
from loudou.pipeline import kept
from loudou.pipeline.figures.courses import MICROSECOND
from loudou.pipeline.models import Move, State
from loudou.ui.prepared import among

MOST_CHANGED = 20_000  # beyond so many deals it is quicker to read all of them
LEAST_KEPT = 5_000  # fewer courses are read as quickly as found
CARRIED_ON = 100  # after so many changed deals it is kept anew, so that the next look has fewer
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Lost = Mapping[int | None, Amounts]  # what was lost, by reason


@dataclass(frozen=True)
class Cohorts:
    """Cohorts of which stages, whose, of which periods; for each the quantiles of the times in them.

    With `losses` also why deals were lost out of the stages during the first of the periods; with `year` also what was won
    in a stretch that moves on with the present.
    """

    stages: Collection[int]
    scope: Scope
    spans: Sequence[Span]
    shares: Sequence[Sequence[Decimal]] = ()
    funnels: Collection[int] | None = None
    losses: bool = False
    year: Span | None = None

    @property
    def now(self) -> int:
        """This instant in microseconds."""
        return _instant(self.spans[0])

    @property
    def key(self) -> str:
        """All that is asked, as one name."""
        spans = [(str(span.since), str(span.until), str(span.known)) for span in self.spans]
        whose = self.scope.owner, whose_plain(self.scope)
        more = self.losses, self.year is not None
        return kept.key_of("carried", sorted(self.stages), *whose, spans, self.shares, *more)


@dataclass(frozen=True)
class Told:
    """The cohort of a stage in a period, the quantiles of the times in it, and what was lost out of it, by reason."""

    conversion: Conversion = field(default_factory=Conversion)
    quantiles: Sequence[Ratio] = ()
    lost: Lost = field(default_factory=dict)


@dataclass(frozen=True)
class _Read:
    """The same as it is read: of all deals, or of some."""

    conversion: Conversion = field(default_factory=Conversion)
    times: Lasting = field(default_factory=Lasting)
    lost: Lost = field(default_factory=dict)

    def __add__(self, other: _Read) -> _Read:
        return _Read(
            self.conversion + other.conversion, self.times + other.times, _with(self.lost, other.lost)
        )


@dataclass(frozen=True)
class _Kept:
    """The same as it is kept."""

    conversion: Conversion
    times: Narrowed
    lost: Lost = field(default_factory=dict)

    def changed(self, before: _Read, after: _Read) -> _Kept:
        lost = _with(_with(self.lost, {why: -amounts for why, amounts in before.lost.items()}), after.lost)
        times = self.times.changed(before.times, after.times)
        return _Kept(self.conversion - before.conversion + after.conversion, times, lost)


def _with(lost: Lost, more: Lost) -> Lost:
    found = dict(lost)
    for why, amounts in more.items():
        found[why] = found.get(why, Amounts()) + amounts
    return {why: amounts for why, amounts in found.items() if amounts != Amounts()}


_Cell = tuple[int, int]  # the place of a period, a stage
_Cells = dict[_Cell, _Kept]


@dataclass(frozen=True)
class _Carried:
    """All that was kept, as known `at` an instant; with what was `won` also since when."""

    at: datetime
    cells: Mapping[_Cell, _Kept]
    won: tuple[Amounts, datetime] | None = None

    @classmethod
    def read(cls, plain: Any) -> _Carried:
        cells = {
            (place, stage): _Kept(
                Conversion(*counts[:5], *(Decimal(one) for one in counts[5:])),
                Narrowed.read(times),
                {why: Amounts(count, Decimal(amount)) for why, count, amount in lost},
            )
            for place, stage, counts, times, lost in plain["cells"]
        }
        won = None
        if "won" in plain:
            count, amount, since = plain["won"]
            won = Amounts(count, Decimal(amount)), datetime.fromisoformat(since)
        return cls(datetime.fromisoformat(plain["at"]), cells, won)


def carried(wanted: Cohorts) -> list[dict[int, Told]]:
    """What is wanted as known now, by period and stage; from what was kept, where something is."""
    return carried_with_wins(wanted)[0]


def carried_with_wins(wanted: Cohorts) -> tuple[list[dict[int, Told]], Amounts]:
    """The same, and what was won in the year that is wanted."""
    if wanted.scope.by_deal:
        return _told(_everything(wanted), wanted), _won(wanted)
    found, seen = kept.look_with(wanted.key, _Carried.read)
    at = clock.now()  # whatever is known by the look was written before
    if wanted.year is not None and wanted.spans[0].until is None:
        wanted = replace(wanted, year=replace(wanted.year, until=at))
    if found is not None:
        try:
            return _carried_on(found, wanted, at, seen)
        except Untold:
            pass
    cells, won = _everything(wanted), _won(wanted)
    told = _told(cells, wanted)
    if sum(cell.conversion.cohort for cell in cells.values()) >= LEAST_KEPT:
        _keep(cells, won, wanted, at, seen)
    return told, won


def _carried_on(
    found: _Carried, wanted: Cohorts, at: datetime, seen: str
) -> tuple[list[dict[int, Told]], Amounts]:
    """What was kept, with the changed deals as they are now and not as they were."""
    cells, then = dict(found.cells), found.at
    changed = changed_since(wanted.scope, then)
    if len(changed) > MOST_CHANGED:
        raise Untold
    otherwise: Sequence[Otherwise] = ()
    if changed:
        otherwise = known_otherwise(then, wanted.scope, wanted.funnels)
        before, after = _around(wanted, changed, then, otherwise)
        nothing = _Kept(Conversion(), Narrowed.of(Lasting(), wanted.now))
        for key in {*before, *after}:
            cells[key] = cells.get(key, nothing).changed(before[key], after[key])
    told, won = _told(cells, wanted), _won_since(found, wanted, changed, otherwise)
    if len(changed) >= CARRIED_ON:
        _keep(cells, won, wanted, at, seen)
    return told, won


def _won(wanted: Cohorts) -> Amounts:
    return wins(wanted.scope, wanted.year, wanted.stages) if wanted.year is not None else Amounts()


def _won_since(
    found: _Carried, wanted: Cohorts, changed: list[int], otherwise: Sequence[Otherwise]
) -> Amounts:
    """What was won in the year, from what was kept: less what fell out of it since, with the changed deals as they are
    now and not as they were; one query."""
    if wanted.year is None or found.won is None:
        return Amounts()
    before, since = found.won
    year, then = wanted.year, found.at
    asked = [Wins(replace(year, since=since, until=year.since), without=changed)]
    if changed:
        was = ended_at(replace(year, since=since), then)
        asked += [Wins(was, changed, otherwise=otherwise), Wins(year, changed)]
    gone, *others = wins_each(wanted.scope, wanted.stages, asked)
    won = before - gone
    return won - others[0] + others[1] if others else won


def _around(
    wanted: Cohorts, changed: list[int], then: datetime, otherwise: Sequence[Otherwise]
) -> list[defaultdict[_Cell, _Read]]:
    """These deals as they were known then, and as they are."""
    spans = [replace(span, now=then, known=then) for span in wanted.spans]
    return _read(wanted, [_Ask(spans, changed, otherwise), _Ask(wanted.spans, changed)])


def _everything(wanted: Cohorts) -> _Cells:
    (cells,) = _read(wanted, [_Ask(wanted.spans)])
    return {
        key: _Kept(cell.conversion, Narrowed.of(cell.times, wanted.now), cell.lost)
        for key, cell in cells.items()
    }


def _told(cells: _Cells, wanted: Cohorts) -> list[dict[int, Told]]:
    nothing = _Kept(Conversion(), Narrowed.of(Lasting(), wanted.now))
    return [
        {stage: _of(cells.get((place, stage), nothing), shares, wanted.now) for stage in wanted.stages}
        for place, shares in enumerate(wanted.shares or [()] * len(wanted.spans))
    ]


def _of(cell: _Kept, shares: Sequence[Decimal], now: int) -> Told:
    return Told(cell.conversion, cell.times.quantiles(shares, now), cell.lost)


def _keep(cells: _Cells, won: Amounts, wanted: Cohorts, at: datetime, seen: str) -> None:
    """Keep it as known at an instant, unless something is known by now that was not known by then."""
    if changed_since(wanted.scope, at):
        return
    rows = []
    for (place, stage), cell in cells.items():
        times = cell.times.narrowed(wanted.shares[place] if wanted.shares else (), wanted.now)
        one = cell.conversion
        amounts = str(one.advanced_amount), str(one.exited_amount)
        counts = [one.cohort, one.advanced, one.exited, one.been, one.backed, *amounts]
        lost = [[why, amounts.count, str(amounts.amount)] for why, amounts in cell.lost.items()]
        rows.append([place, stage, counts, times.plain(), lost])
    sums: dict[str, Any] = {"at": at.isoformat(), "cells": rows}
    if wanted.year is not None:
        assert wanted.year.since is not None
        sums["won"] = [won.count, str(won.amount), wanted.year.since.isoformat()]
    kept.keep(wanted.key, at, sums, seen, alone=True)


def changed_since(scope: Scope, since: datetime) -> list[int]:
    """The scope's deals of which a fact became known since, one too many at most."""
    moves = Move.objects.filter(ever(scope, deal="deal"), known_at__gte=since)
    return list(moves.values_list("deal", flat=True).distinct()[: MOST_CHANGED + 1])


@dataclass(frozen=True)
class _Ask:
    """Periods as known at one instant, of some deals (None: of all); these were known otherwise than their rows tell."""

    spans: Sequence[Span]
    only: list[int] | None = None
    otherwise: Sequence[Otherwise] = ()


def _read(wanted: Cohorts, asks: Sequence[_Ask]) -> list[defaultdict[_Cell, _Read]]:
    """What they come to; three queries, one less without times, and without losses."""
    found: list[defaultdict[_Cell, _Read]] = [defaultdict(_Read) for _ask in asks]
    parts = [
        _cohorts(wanted, asks),
        _times(wanted, asks) if wanted.shares else (),
        _losses(wanted, asks) if wanted.losses else (),
    ]
    for number, key, cell in chain.from_iterable(parts):
        found[number][key] += cell
    for number, ask in enumerate(asks):
        for _other, way in known_ways(ask.otherwise, wanted.stages):
            for place, span in enumerate(ask.spans):
                one = times_of(way, span, wanted.scope)
                running = [_instant(span) - took for took in one.waiting if way.since is not None]
                times = Lasting(one.ended, running, one.waiting if way.since is None else ())
                found[number][place, way.stage] += _Read(conversion_of(way, span, wanted.scope), times)
    return found


def _cohorts(wanted: Cohorts, asks: Sequence[_Ask]) -> Iterator[tuple[int, _Cell, _Read]]:
    arms = []
    edges, places = edges_of(wanted.spans)
    for number, ask in enumerate(asks):
        rows = _only(cohort(wanted.stages, wanted.scope, hull_of(ask.spans)), ask)
        rows = rows.annotate(ask=Value(number, IntegerField()), stretch=stretch_of("reached_at", edges))
        told = rows.values(
            "ask", "stretch", "stage", "advanced", "exited", been=F("was_in"), back=F("went_back")
        )
        arms.append(told.annotate(n=Count("*"), total=Sum("amount")))
    for row in arms[0].union(*arms[1:], all=True):
        if row["stretch"] in places:
            key = places[row["stretch"]], row["stage"]
            yield row["ask"], key, _Read(conversion_in(row))


def _times(wanted: Cohorts, asks: Sequence[_Ask]) -> Iterator[tuple[int, _Cell, _Read]]:
    arms = []
    edges, places = edges_of(wanted.spans)
    for number, ask in enumerate(asks):
        hull = hull_of(ask.spans)
        rows = _only(first_entries(wanted.stages, wanted.scope, hull), ask)
        rows = timed(rows, hull).annotate(
            ask=Value(number, IntegerField()),
            stretch=stretch_of("entered_at", edges),
            rests=flag(_rests(ask.spans[0].known)),
        )
        arms.append(rows.values("ask", "stretch", "stage", "here", "rests").annotate(each=Packed("took")))
    for row in arms[0].union(*arms[1:], all=True):
        if row["stretch"] in places:
            now, each = _instant(asks[row["ask"]].spans[0]), unpacked(row["each"])
            times = Lasting(ended=each)
            if row["here"]:
                since = array("q", (now - one for one in each))
                times = Lasting(resting=each) if row["rests"] else Lasting(running=since)
            yield row["ask"], (places[row["stretch"]], row["stage"]), _Read(times=times)


def _losses(wanted: Cohorts, asks: Sequence[_Ask]) -> Iterator[tuple[int, _Cell, _Read]]:
    """Why deals were lost out of the stages, in the first of the periods."""
    arms = []
    for number, ask in enumerate(asks):
        rows = _only(losses(wanted.stages, wanted.scope, _of_losses(ask)), ask)
        told = rows.annotate(ask=Value(number, IntegerField())).values_list("ask", "stage", "why")
        arms.append(told.annotate(n=Count("*"), total=Sum("left_amount")))
    for number, stage, why, count, amount in arms[0].union(*arms[1:], all=True):
        yield number, (0, stage), _Read(lost={why: Amounts(count, amount)})
    for number, ask in enumerate(asks):
        for other in ask.otherwise:
            for stage, why, amount in late_losses(other, wanted.scope, _of_losses(ask)):
                if stage in wanted.stages:
                    yield number, (0, stage), _Read(lost={why: Amounts(1, amount)})


def _of_losses(ask: _Ask) -> Span:
    first = ask.spans[0]
    return first if first.known is None else ended_at(first, first.known)


def ended_at(span: Span, instant: datetime) -> Span:
    """A period as known at an instant: it goes no further."""
    until = instant if span.until is None else min(span.until, instant)
    return replace(span, now=instant, known=instant, until=until)


def _instant(span: Span) -> int:
    """When a period is told of, in microseconds."""
    return ((span.known or span.now) - _EPOCH) // MICROSECOND


def _rests(known: datetime | None) -> Q:
    """Whether a course's deal rested in its stage at an instant; of one that is not there it says nothing."""
    if known is None:
        return Q(is_here=True, since=None)
    held = State.objects.filter(
        Q(until=None) | Q(until__gte=known),
        deal=OuterRef("deal"),
        stage=OuterRef("stage"),
        outcome="on_hold",
        since__lt=known,
    )
    return Q(is_odd=True) & Q(Exists(held))


def _only(rows: Any, ask: _Ask) -> Any:
    rows = rows.exclude(deal__in=keys_of(ask.otherwise)).order_by()
    return rows if ask.only is None else rows.filter(among(ask.only, "deal"))
