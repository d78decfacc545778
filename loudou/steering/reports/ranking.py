"""Leaderboards of people: by how far they are and by how much better they got, in shares, never in amounts.

Somebody sees their own unit, who leads sees what is below them. Where the organisation or a unit has leaderboards off,
nobody of it is ranked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from loudou.insight.lens import InsightLens
from loudou.insight.reports._plain import missing, ratio, when
from loudou.insight.reports.aiming import wanted_period
from loudou.insight.reports.aims import Aim, Line
from loudou.insight.reports.targets import progress_of
from loudou.kernel.periods import Period
from loudou.people.access import unit_ids
from loudou.people.grants import Reach
from loudou.people.models import Unit, User
from loudou.steering.figures.ranking import Standing, ranks
from loudou.steering.queries.ranking import hidden_paths, is_shown
from loudou.targets.figures.decompose import METRICS


@dataclass(frozen=True)
class Place:
    """Somebody's places in a metric: by pace, and by how much better they got."""

    person: User
    unit: Unit | None
    metric: str
    standing: Standing
    rank: int | None
    improvement_rank: int | None


@dataclass(frozen=True)
class Board:
    """The leaderboards of a unit (None: of everybody), metric by metric, best first, who has no rank last."""

    lens: InsightLens
    unit: Unit | None
    period: Period
    shown: bool
    places: Sequence[Place]

    def by_improvement(self) -> list[Place]:
        """Who got better most goes first."""
        last = len(self.places) + 1
        return sorted(self.places, key=lambda one: (one.improvement_rank or last, one.person.pk))

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "as_of": when(self.lens.instant),
            "from": when(self.period.start),
            "to": when(self.period.end),
            "unit": self.unit.code if self.unit is not None else None,
            "shown": self.shown,
            "rows": [_plain(place) for place in self.places],
        }


def leaderboard(lens: InsightLens, metrics: Sequence[str] = METRICS) -> Board:
    """Who stands where in a period, of the metrics they have targets of."""
    period, hidden = wanted_period(lens), hidden_paths()
    unit = ranked_unit(lens)
    shown = is_shown(unit, hidden)
    if not shown or (unit is None and lens.user is not None and lens.far is not Reach.ALL):
        return Board(lens, unit, period, shown, [])
    now, before = _lines(lens, unit, metrics, period, lens.company.fiscal.previous(period))
    places: list[Place] = []
    for metric in metrics:
        found = [
            (line, Standing(line.progress, was.progress if (was := before.get(key)) is not None else None))
            for key, line in now.items()
            if line.aim.counted == metric and is_shown(line.aim.unit, hidden)
        ]
        places += _placed(found)
    return Board(lens, unit, period, shown, places)


def ranked_unit(lens: InsightLens) -> Unit | None:
    """The unit looked at, if it is within reach; else the person's own; who sees everything may look at everybody."""
    user = lens.user
    if user is None or lens.far is Reach.ALL:
        return lens.unit
    if lens.unit is not None and lens.far >= Reach.TEAM and lens.unit.pk in unit_ids(user, lens.far):
        return lens.unit
    return user.unit


def _lines(
    lens: InsightLens, unit: Unit | None, metrics: Sequence[str], *periods: Period
) -> list[dict[tuple[int, str], Line]]:
    """How far each person is in each period, whoever asks: what is told of colleagues is shares alone."""
    asked = {"as_of": lens.asked["as_of"]} if "as_of" in lens.asked else {}
    everybody = replace(InsightLens.read(asked, None), unit=unit)

    def told(aim: Aim) -> bool:
        return aim.person is not None and aim.counted in metrics

    reports = progress_of([replace(everybody, period=period) for period in periods], told=told)
    return [_by_person(report.lines) for report in reports]


def _by_person(lines: Iterable[Line]) -> dict[tuple[int, str], Line]:
    return {
        (line.aim.person.pk, line.aim.metric): line
        for line in lines
        if line.aim.person is not None and line.counted is not None and line.aim.stage is None
    }


def _placed(found: Sequence[tuple[Line, Standing]]) -> list[Place]:
    """The places of one metric."""
    by_pace = ranks([standing.pace for _line, standing in found])
    by_improvement = ranks([standing.improvement for _line, standing in found])
    places = [
        Place(line.aim.person, line.aim.unit, line.aim.metric, standing, rank, improved)
        for (line, standing), rank, improved in zip(found, by_pace, by_improvement, strict=True)
        if line.aim.person is not None
    ]
    return sorted(places, key=lambda one: (one.rank or len(places) + 1, one.person.pk))


def _rank(name: str, rank: int | None, reason: str | None) -> dict[str, Any]:
    return {name: rank} if rank is not None else missing(name, reason or "no_base")


def _plain(place: Place) -> dict[str, Any]:
    standing = place.standing
    return {
        "metric": place.metric,
        **_rank("rank", place.rank, standing.pace.reason),
        "owner": place.person.username,
        "person": place.person.name,
        "unit": place.unit.code if place.unit is not None else None,
        **ratio("attainment", standing.now.attainment),
        **ratio("pace", standing.pace),
        **_rank("improvement_rank", place.improvement_rank, standing.improvement.reason),
        **ratio("improvement", standing.improvement),
    }
