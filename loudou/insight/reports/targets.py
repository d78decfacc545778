"""How far targets are (M30 to M33): one line a unit or person and metric."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from itertools import islice
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from loudou.insight.figures.scope import Scope
from loudou.insight.lens import InsightLens
from loudou.insight.queries.achieved import CLOSES, Ledger, Stay, never_told
from loudou.insight.queries.achieved.families import BY_FAMILY
from loudou.insight.queries.achieved.reached import Standing as Stands
from loudou.insight.queries.achieved.reached import everywhere, standing_by_owner
from loudou.insight.queries.achieved.settled import Books
from loudou.insight.queries.aimed import BY_PRODUCT
from loudou.insight.queries.known import Otherwise, known_otherwise
from loudou.insight.reports._plain import when
from loudou.insight.reports.aiming import aimed, aims_of, targets_between, wanted_period
from loudou.insight.reports.aims import Aim, Line, row_of
from loudou.kernel.numbers import Ratio
from loudou.kernel.periods import Period, midnight
from loudou.kernel.refusals import Refused
from loudou.people.employment import Employment, employment_then
from loudou.people.queries import Standing, standings_of
from loudou.targets.figures.decompose import METRICS, Timing
from loudou.targets.figures.progress import (
    RATES,
    Progress,
    as_targeted,
    employed,
    passed,
    prorated,
)
from loudou.targets.models import Target
from loudou.targets.queries import Timings, timings
from loudou.targets.queries.closing import amounts_then

HUNDRED = Decimal(100)
MEANINGLESS = (
    "funnel",
    "product",
    "source",
    "stage",
    "what",
    "part",
    "kind",
    "compare",
)  # no target knows them


@dataclass(frozen=True)
class TargetProgress:
    """The targets as one lens sees them: units from the top of the tree, each before its people; `stood` is what was
    below these units when."""

    lens: InsightLens
    lines: Sequence[Line]
    closed: Books
    stood: Mapping[int, Sequence[Standing]]

    @cached_property
    def wanted(self) -> Period:
        """The period looked at."""
        return wanted_period(self.lens)

    @cached_property
    def measures(self) -> list[Aim]:
        """One aim of each metric and stage that is told here: what they count is said once (B0.4)."""
        return list({line.aim.counted: line.aim for line in reversed(self.lines)}.values())[::-1]

    def plain(self) -> dict[str, Any]:
        """As JSON (`contract.md`)."""
        return {
            "as_of": when(self.lens.instant),
            "from": when(self.wanted.start),
            "to": when(self.wanted.end),
            "currency": self.lens.company.base_currency,
            "closed_through": when(self.closed.through),
            "measures": [
                {
                    "metric": aim.metric,
                    "stage": aim.stage.code if aim.stage is not None else None,
                    "counted_how": aim.counted_how,
                }
                for aim in self.measures
            ],
            "rows": [row_of(line, self.lens) for line in self.lines],
        }


def target_progress(lens: InsightLens, whose: Q | None = None) -> TargetProgress:
    """How far the targets of a lens are, or `whose`; what targets do not know, such as a funnel, is refused."""
    return progress_of([lens], whose=whose)[0]


def progress_of(
    lenses: Sequence[InsightLens], *, told: Callable[[Aim], bool] = lambda _aim: True, whose: Q | None = None
) -> list[TargetProgress]:
    """How far the targets of lenses are that differ in their periods alone: everything is read once for all of them.

    Whoever tells of some of them says which, or `whose`, and nothing is read for the others.
    """
    lens = lenses[0]
    for name in MEANINGLESS:
        if name in lens.asked:
            raise Refused(_("Targets are not kept by “{name}”.").format(name=name), field=name)
    times, closed = timings(lens.company), Books.read(lens.company, lens.known)
    targets = targets_between(lens, [wanted_period(one) for one in lenses], whose)
    chosen = [
        _as_closed([aim for aim in aims_of(one, targets, times) if told(aim)], closed, times)
        for one in lenses
    ]
    every = [aim for aims in chosen for aim in aims]
    otherwise = known_otherwise(lens.known, Scope())
    stood = _below(every)
    ledgers = _ledgers(lens, every, closed, otherwise, stood)
    frozen = closed.employment({aim.period for aim in every})
    there = employment_then([aim.person for aim in every if aim.person is not None], lens.known)

    def line(aim: Aim) -> Line:
        books, then = ledgers.get((aim.counted, aim.family)), frozen[aim.period]
        return _line(aim, lens, times.of(aim.unit, aim.stage), books, there if then is None else then)

    lines = iter(_beside_stock([line(aim) for aim in every], lens, otherwise, stood))
    return [
        TargetProgress(one, sorted(islice(lines, len(aims)), key=_place), closed, stood)
        for one, aims in zip(lenses, chosen, strict=True)
    ]


@dataclass(frozen=True)
class _Account:
    """What was achieved of one metric, and which units stood below which, as instants.

    A rate is a share of what `base` counts.
    """

    ledger: Ledger
    stays: Mapping[int, Sequence[Stay]]
    base: Ledger | None = None


def _as_closed(aims: Sequence[Aim], closed: Books, times: Timings) -> list[Aim]:
    """Shares of longer targets as they were when their period's books were closed; what was set since is left out."""
    frozen = {
        (aim.target.pk, aim.period): closing
        for aim in aims
        if aim.origin == "share" and aim.target is not None and (closing := closed.of(aim.period)) is not None
    }
    then = amounts_then({key: closing.closed_at for (key, _period), closing in frozen.items()})
    kept = []
    for aim in aims:
        if aim.target is None or (aim.target.pk, aim.period) not in frozen or aim.metric in RATES:
            kept.append(aim)
        elif (amount := then.get(aim.target.pk)) is not None:
            kept.append(
                replace(
                    aim, amount=prorated(amount, aim.period, aim.target.period, times.of(aim.unit, aim.stage))
                )
            )
    return kept


def _ledgers(
    lens: InsightLens,
    aims: Sequence[Aim],
    closed: Books,
    otherwise: Sequence[Otherwise],
    stood: Mapping[int, Sequence[Standing]],
) -> dict[tuple[str, str], _Account]:
    """What was achieved of everything counted that anything is known of, by it and product family: a query each, of a
    rate two. `stood` is what stood below the units of these aims when."""
    asked = {aim.counted for aim in aims}
    metrics = sorted(asked - never_told(asked))
    if not metrics:
        return {}
    stays = {
        key: [Stay(one.unit_id, _midnight(one.since, lens), _midnight(one.until, lens)) for one in standings]
        for key, standings in stood.items()
    }
    edges = _edges(aims, stays, lens)
    if lens.by == BY_PRODUCT:
        parts = closed.achieved_by_family(set(metrics) & set(BY_FAMILY), edges, lens.span)
        wanted = {(aim.counted, aim.family) for aim in aims if aim.counted in BY_FAMILY}
        return {key: _Account(Ledger(parts.get(key, ())), stays) for key in wanted}
    counted = {what for metric in metrics for what in (("deals", CLOSES) if metric in RATES else (metric,))}
    found = closed.achieved(sorted(counted), edges, lens.span, otherwise)
    ledgers = {what: Ledger(some) for what, some in found.items()}
    return {
        (metric, ""): _Account(ledgers["deals"], stays, ledgers[CLOSES])
        if metric in RATES
        else _Account(ledgers[metric], stays)
        for metric in metrics
    }


def _below(aims: Iterable[Aim]) -> Mapping[int, Sequence[Standing]]:
    """What stood below the units that these aims are of, when; one query where there are any."""
    units = {aim.unit.pk for aim in aims if aim.unit is not None and aim.person is None}
    return standings_of(units) if units else {}


def _edges(aims: Iterable[Aim], stays: Mapping[int, Sequence[Stay]], lens: InsightLens) -> list[datetime]:
    """The instants at which something begins or ends: periods, and stays within them."""
    edges = {midnight(day, lens.company.zone) for aim in aims for day in (aim.period.start, aim.period.end)}
    first, last = min(edges), max(edges)
    for some in stays.values():
        for stay in some:
            edges |= {at for at in (stay.since, stay.until) if at is not None and first < at < last}
    return sorted(edges)


def _midnight(day: Any, lens: InsightLens) -> datetime | None:
    return midnight(day, lens.company.zone) if day is not None else None


def _line(
    aim: Aim, lens: InsightLens, times: Timing, books: _Account | None, there: Mapping[int, Employment]
) -> Line:
    counted: Period | None = aim.period
    if aim.person is not None:
        counted = employed(aim.period, *there.get(aim.person.pk, (None, None)))
    is_rate = aim.metric in RATES
    amount = aim.amount if is_rate else prorated(aim.amount, counted, aim.period, times)
    today = lens.instant.astimezone(lens.company.zone).date()
    time = passed(counted, today, times)
    actual = _actual(aim, lens, books) if books is not None else Ratio.missing("not_recorded")
    return Line(aim, counted, Progress(amount, actual.value, time, actual.reason, is_rate))


def _actual(aim: Aim, lens: InsightLens, books: _Account) -> Ratio:
    done = _counted(aim, lens, books.stays, books.ledger)
    if books.base is None:
        return Ratio(done)
    return as_targeted(Ratio.of(done, _counted(aim, lens, books.stays, books.base)), aim.amount)


def _counted(aim: Aim, lens: InsightLens, stays: Mapping[int, Sequence[Stay]], ledger: Ledger) -> Decimal:
    since, until = aim.period.instants(lens.company.zone)
    if aim.person is not None:
        return ledger.of_person(aim.person.pk, since, until)
    assert aim.unit is not None
    return ledger.of_units(stays[aim.unit.pk], since, until)


def _place(line: Line) -> tuple[Any, ...]:
    aim = line.aim
    person = (aim.person.name_key, aim.person.pk) if aim.person is not None else ("", 0)
    stage = aim.stage.pk if aim.stage is not None else 0
    return (
        aim.unit.path if aim.unit else "",
        aim.person is not None,
        person,
        stage,
        METRICS.index(aim.metric),
        aim.family,
    )


def _beside_stock(
    lines: Sequence[Line],
    lens: InsightLens,
    otherwise: Sequence[Otherwise],
    stood: Mapping[int, Sequence[Standing]],
) -> list[Line]:
    """Lines of single stages with what stands there: whose the deals are, units by the tree of that instant (B0.8)."""
    stages = {line.aim.stage.pk for line in lines if line.aim.stage is not None}
    if not stages:
        return list(lines)
    found = standing_by_owner(stages, everywhere(lens.known, lens.now, lens.today), otherwise)
    day = lens.today
    below = {
        key: {one.unit_id for one in some if day in Period(one.since or date.min, one.until or date.max)}
        for key, some in stood.items()
    }
    return [replace(line, standing=_stock(line.aim, found, below)) for line in lines]


def _stock(
    aim: Aim, found: Mapping[tuple[int, int | None, int], Stands], below: Mapping[int, set[int]]
) -> Stands | None:
    if aim.stage is None:
        return None
    if aim.person is not None:
        mine = (
            one for (owner, _unit, at), one in found.items() if (owner, at) == (aim.person.pk, aim.stage.pk)
        )
        return sum(mine, Stands())
    assert aim.unit is not None
    units = below.get(aim.unit.pk, set())
    theirs = (one for (_owner, unit, at), one in found.items() if at == aim.stage.pk and unit in units)
    return sum(theirs, Stands())


def reached_in(target: Target, period: Period) -> Ratio:
    """What a target's owner reached of its metric in a period that is over, a rate in per cent: what a base is frozen at."""
    lens = InsightLens.read({"by": BY_PRODUCT} if target.family else {}, None)
    aim = aimed(target, period, HUNDRED, None, "set")
    closed = Books.read(lens.company, lens.known)
    books = _ledgers(lens, [aim], closed, [], _below([aim])).get((aim.counted, aim.family))
    return _actual(aim, lens, books) if books is not None else Ratio.missing("not_recorded")
