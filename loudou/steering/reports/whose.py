"""Whose results a lens looks at, and what they achieved of a metric between some days."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from loudou.insight.figures.scope import Scope
from loudou.insight.lens import InsightLens
from loudou.insight.queries.achieved import WINS, Achieved, Ledger, Stay, Whose, never_told
from loudou.insight.queries.achieved.settled import Books
from loudou.insight.queries.known import Otherwise, known_otherwise
from loudou.kernel.periods import Period, midnight
from loudou.people.access import unit_ids
from loudou.people.grants import Reach
from loudou.people.models import Unit, User
from loudou.people.queries import Standing, standings_of
from loudou.targets.models import TOLD
from loudou.targets.queries import members_below, sellers, units_below

ADDED = (*WINS, "visits", *TOLD)  # what adds up over time and people; a rate does not


@dataclass(frozen=True)
class Subject:
    """A unit with all below it, or a person."""

    unit: Unit | None
    person: User | None = None

    @property
    def name(self) -> str:
        """As people call it."""
        return str(self.person.name if self.person is not None else self.unit.name if self.unit else "")

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "unit": self.unit.code if self.unit is not None else None,
            "unit_name": self.unit.name if self.unit is not None else None,
            "owner": self.person.username if self.person is not None else None,
            "person": self.person.name if self.person is not None else None,
        }


def subjects(lens: InsightLens, period: Period) -> list[Subject]:
    """The person or the units looked at; with `by` also what is below: `unit` its units, `owner` its people."""
    if lens.owner is not None:
        return [Subject(lens.owner.unit, lens.owner)] if _may_see(lens, lens.owner) else []
    if lens.user is not None and lens.far <= Reach.OWN:
        return [Subject(lens.user.unit, lens.user)] if lens.far is Reach.OWN else []
    roots = Unit.objects.filter(parent=None, retired_at=None).order_by("position", "code")
    if lens.shown_unit is None and lens.far is not Reach.ALL:
        return []
    tops = [lens.shown_unit] if lens.shown_unit is not None else list(roots)
    found = [Subject(top) for top in tops]
    for top in tops:
        if lens.by == "unit":
            found += [Subject(unit) for unit in units_below(top)]
        elif lens.by == "owner":
            found += [Subject(user.unit, user) for user in sellers(members_below(top, period))]
    return found


def _may_see(lens: InsightLens, owner: User) -> bool:
    if lens.user is None or lens.far is Reach.ALL or owner.pk == lens.user.pk:
        return True
    return lens.far >= Reach.TEAM and owner.unit_id in unit_ids(lens.user, lens.far)


class Results:
    """What subjects achieved of a metric, cut at the midnights of some days.

    Who has read what stood below them when (`stood`) hands it over.
    """

    def __init__(
        self,
        lens: InsightLens,
        whose: Collection[Subject],
        days: Iterable[Any],
        stood: Mapping[int, Sequence[Standing]] | None = None,
    ) -> None:
        self._lens = lens
        self._zone = lens.company.zone
        units = {one.unit.pk for one in whose if one.person is None and one.unit is not None}
        self._stays: Mapping[int, Sequence[Stay]] = {
            key: [Stay(one.unit_id, self._at(one.since), self._at(one.until)) for one in rows]
            for key, rows in _standings(lens, units, stood or {}).items()
        }
        edges = {midnight(day, self._zone) for day in days}
        first, last = min(edges), max(edges)
        inner = {
            at for some in self._stays.values() for stay in some for at in (stay.since, stay.until) if at
        }
        self._edges = sorted(edges | {at for at in inner if first < at < last})
        self._whose = self._named(whose)
        self._ledgers: dict[tuple[str, str], Ledger] = {}

    def of(self, subject: Subject, metric: str, period: Period, family: str = "") -> Decimal:
        """What somebody achieved, of a product family or at all, in a period that begins and ends on one of the days."""
        since, until = period.instants(self._zone)
        ledger = self._ledger(metric, family)
        if subject.person is not None:
            return ledger.of_person(subject.person.pk, since, until)
        assert subject.unit is not None
        return ledger.of_units(self._stays[subject.unit.pk], since, until)

    @cached_property
    def _otherwise(self) -> list[Otherwise]:
        return known_otherwise(self._lens.known, Scope())

    @cached_property
    def _closed(self) -> Books:
        return Books.read(self._lens.company, self._lens.known)

    def stays(self, subject: Subject) -> Sequence[Stay]:
        """Which units counted for a unit when."""
        assert subject.unit is not None
        return self._stays[subject.unit.pk]

    def _ledger(self, metric: str, family: str = "") -> Ledger:
        if (metric, family) not in self._ledgers:
            self._ledgers[metric, family] = Ledger(self._found(metric, family))
        return self._ledgers[metric, family]

    def _found(self, metric: str, family: str) -> Sequence[Achieved]:
        if family:
            some = self._closed.achieved_by_family([metric], self._edges, self._lens.span)
            return some.get((metric, family), [])
        told = self._closed.achieved([metric], self._edges, self._lens.span, self._otherwise, self._whose)
        return told[metric]

    def _named(self, whose: Iterable[Subject]) -> Whose | None:
        """Whose results are asked for; None for everybody's."""
        owners: set[int] = set()
        for one in whose:
            if one.person is not None:
                owners.add(one.person.pk)
            elif one.unit is not None and one.unit.parent_id is None:
                return None
        return Whose(
            frozenset(owners), frozenset(stay.unit for some in self._stays.values() for stay in some)
        )

    def _at(self, day: Any) -> datetime | None:
        return midnight(day, self._zone) if day is not None else None


def _standings(
    lens: InsightLens, units: set[int], stood: Mapping[int, Sequence[Standing]]
) -> Mapping[int, Sequence[Standing]]:
    """What stood below these units when, read only where it was not yet: of the chosen one alone the lens has it."""
    if units <= set(stood):
        return {key: stood[key] for key in units}
    if lens.unit is not None and lens.standings is not None and units == {lens.unit.pk}:
        return {lens.unit.pk: lens.standings}
    return standings_of(units)


def known_metrics(asked: Sequence[str] = ADDED) -> list[str]:
    """Those of the metrics of which anything is known."""
    unknown = never_told(asked)
    return [metric for metric in asked if metric not in unknown]
