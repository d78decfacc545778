"""The weeks or working days of some months of a sheet, and its neighbouring years: read, never typed into."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from loudou.kernel.periods import Fiscal, Grain, Period
from loudou.people.models import Organisation, User
from loudou.targets.figures.decompose import Piece, Timing
from loudou.targets.figures.progress import RATES
from loudou.targets.figures.slices import Week, sliced
from loudou.targets.models import Target
from loudou.targets.queries.sheet import Sheet

YEARS_BESIDE = 4


@dataclass(frozen=True)
class Slice:
    """A week or a working day: the key of the month it is of, and of a day that of its week."""

    key: str
    period: Period
    month: str
    week: str = ""


class Slices:
    """What the rows of a sheet have in the weeks or days of a stretch of it.

    Every row by its unit's selling days, else by the working days; a day on which nobody of them works is left out.
    """

    def __init__(self, found: Sheet, within: Period, grain: Grain, fiscal: Fiscal, step: Decimal) -> None:
        self.found, self.step, self.fiscal, self.is_rate = found, step, fiscal, found.metric in RATES
        self.months = [
            one
            for one in found.columns
            if within.start <= one.period.start < within.end and one.quarter is not None
        ]
        self.weeks = [
            self._slice(week, month.key)
            for month in self.months
            for week in fiscal.split(month.period, Grain.WEEK)
        ]
        self.days = list(self._days()) if grain is Grain.DAY else []
        self.shown = self.days if grain is Grain.DAY else self.weeks

    def _slice(self, period: Period, month: str, week: str = "") -> Slice:
        return Slice(self.fiscal.name(period), period, month, week)

    def _days(self) -> Iterator[Slice]:
        for week in self.weeks:
            for day in self.fiscal.split(week.period, Grain.DAY):
                if any(time.calendar.works(day.start) for time in self.found.times):
                    yield self._slice(day, week.month, week.key)

    def weigh(self, slices: Sequence[Slice], time: Timing) -> list[Decimal]:
        """What each weighs on these selling or working days."""
        return [time.weight(one.period) for one in slices]

    @cached_property
    def amounts(self) -> Mapping[tuple[str, str], Decimal]:
        """By row and key what every week and day has."""
        found: dict[tuple[str, str], Decimal] = {}
        bare = [self._bare(time) for time in self.found.times]
        for row in self.found.rows:
            weeks = bare[self.found.time_of[row.key]]
            for month in self.months:
                cell = self.found.cells.get((row.key, month.key))
                own = [self._set(row.key, week) for week in weeks[month.key]]
                told = sliced(cell.amount if cell is not None else None, own, self.step, is_rate=self.is_rate)
                found |= {(row.key, key): amount for key, amount in told.items()}
        return found

    def _bare(self, time: Timing) -> dict[str, list[Week]]:
        """By month its weeks with their days, as they weigh where nobody set anything."""
        days: dict[str, list[Piece]] = {}
        for day in self.days:
            days.setdefault(day.week, []).append(Piece(day.key, time.weight(day.period)))
        found: dict[str, list[Week]] = {}
        for week in self.weeks:
            piece = Piece(week.key, time.weight(week.period))
            found.setdefault(week.month, []).append(Week(piece, days.get(week.key, ())))
        return found

    def _set(self, row: str, week: Week) -> Week:
        """A week with what was set for it and its days."""
        finer = self.found.finer
        if not finer:
            return week

        def own(piece: Piece) -> Piece:
            stored = finer.get((row, piece.key))
            return piece if stored is None else piece._replace(locked=stored.base_amount)

        return Week(own(week.piece), [own(day) for day in week.days])


@dataclass(frozen=True)
class View:
    """A sheet as it is looked at: the keys of its columns in order, and what rows have in those nobody types into."""

    keys: Sequence[str]
    follows: Mapping[tuple[str, str], Decimal]


def view_of(
    user: User, found: Sheet, company: Organisation, grain: Grain, within: Period | None, step: Decimal
) -> View:
    """A sheet in years, quarters, months, or in the weeks or days of a stretch of it."""
    whole = found.whole.key
    if grain is Grain.YEAR:
        years = years_beside(user, found, company)
        follows = {(row, year): amount for year, rows in years.items() for row, amount in rows.items()}
        return View([whole, *years], follows)
    if within is None:
        return View([whole, *(column.key for column in found.columns)], {})
    slices = Slices(found, within, grain, company.fiscal, step)
    keys = [whole]
    for month in slices.months:
        keys += [month.key, *(one.key for one in slices.shown if one.month == month.key)]
    return View(keys, slices.amounts)


def years_beside(user: User, found: Sheet, company: Organisation) -> dict[str, dict[str, Decimal]]:
    """By year, the newest first, and row what its whole is in the years around this one that have any (one query)."""
    fiscal, year = company.fiscal, found.whole.period
    wholes: dict[Period, str] = {}
    before, after = fiscal.previous(year), fiscal.of(year.end, Grain.YEAR)
    for _step in range(YEARS_BESIDE):
        wholes |= {before: fiscal.name(before), after: fiscal.name(after)}
        before, after = fiscal.previous(before), fiscal.of(after.end, Grain.YEAR)
    rows = Target.objects.visible_to(user).undivided().filter(metric=found.metric)
    rows = rows.filter(
        starts_on__in=[one.start for one in wholes], unit__path__startswith=found.unit.path
    ).order_by("-starts_on", "pk")
    units = {row.unit.pk: row.key for row in found.rows if row.person is None}
    people = {row.person.pk: row.key for row in found.rows if row.person is not None}
    told: dict[str, dict[str, Decimal]] = {}
    for unit, person, start, end, amount in rows.values_list(
        "unit_id", "person_id", "starts_on", "ends_on", "base_amount"
    ):
        key = units.get(unit) if person is None else people.get(person)
        name = wholes.get(Period(start, end))
        if key is not None and name is not None:
            told.setdefault(name, {})[key] = amount
    return told
