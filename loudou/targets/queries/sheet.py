"""A sheet of targets: an organisation's branch × the periods of a year, as a person may see it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q, QuerySet

from loudou.kernel.numbers import MILLIONTH, ZERO, rounded
from loudou.kernel.periods import Grain, Period
from loudou.people.access import may, reach, unit_ids
from loudou.people.grants import Reach
from loudou.people.models import Organisation, Unit, User
from loudou.targets.figures.decompose import Timing
from loudou.targets.figures.goals import rate_of
from loudou.targets.figures.progress import RATES
from loudou.targets.figures.sheet import Fault, Line, prove
from loudou.targets.models import IN_MONEY, Target
from loudou.targets.queries.targets import SELLING, Timings, leading, timings
from loudou.targets.queries.waiving import Waiver, waivers_of
from loudou.ui.prepared import read

MOST_ROWS = 3_000
AT_ONCE = 500  # targets taken up from what the database sent
SHORT = 7  # days a week has at most
_NUMBER = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True)
class Column:
    """A period of a sheet, with what it weighs; the last one is the whole."""

    key: str
    period: Period
    weight: Decimal
    closed: bool
    quarter: Period | None = None  # which one a month is of


class Stored(NamedTuple):
    """A target as it is stored; a year of five hundred people has thousands, of which models would take most of the time."""

    pk: int
    unit_id: int
    person_id: int | None
    starts_on: date
    ends_on: date
    metric: str
    amount: Decimal
    base_amount: Decimal
    currency: str
    locked: bool
    version: int
    approved_by_id: int | None
    kind: str
    rate: Decimal | None
    base_value: Decimal | None
    base_starts_on: date | None
    base_ends_on: date | None

    @property
    def base_period(self) -> Period | None:
        """When the base of a growth or a share was reached."""
        if self.base_starts_on is None or self.base_ends_on is None:
            return None
        return Period(self.base_starts_on, self.base_ends_on)

    @property
    def asked_rate(self) -> Decimal | None:
        """The growth or the share its number comes to (R002)."""
        if self.rate is None or self.base_value is None:
            return None
        return rate_of(self.kind, self.base_value, self.base_amount, self.rate)


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell. `fixed` says why it cannot be typed over, empty where it can."""

    target: Stored
    fixed: str = ""

    @property
    def amount(self) -> Decimal:
        """The number, in the base currency."""
        return self.target.base_amount


@dataclass(frozen=True)
class Row:
    """A unit, or a person below it."""

    key: str
    parent: str
    depth: int
    name: str
    unit: Unit
    person: User | None
    editable: bool
    leader: str = ""


@dataclass(frozen=True)
class Sheet:
    """Rows × columns with the cells that have a number.

    `times` are what time weighs for the units on it, `time_of` which of them for a row. `finer` are targets that were set
    for single weeks and days, by row and the period's name; `sums` what the months of a quarter come to, where quarters
    are the columns.
    """

    unit: Unit
    metric: str
    columns: list[Column]
    whole: Column
    rows: list[Row]
    cells: Mapping[tuple[str, str], Cell] = field(default_factory=dict)
    waivers: Mapping[tuple[str, str], Waiver] = field(default_factory=dict)
    times: Sequence[Timing] = ()
    time_of: Mapping[str, int] = field(default_factory=dict)
    finer: Mapping[tuple[str, str], Stored] = field(default_factory=dict)
    sums: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)

    @property
    def every(self) -> list[Column]:
        """The periods and the whole."""
        return [*self.columns, self.whole]

    def faults(self) -> list[Fault]:
        """The checks that fail, proved on what is stored."""
        amounts = {place: cell.amount for place, cell in self.cells.items()}
        return _proved(self.metric, self.rows, self.columns, self.whole, amounts, self.waivers)


def _proved(
    metric: str,
    rows: Iterable[Row],
    columns: Sequence[Column],
    whole: Column,
    amounts: Mapping[tuple[str, str], Decimal],
    waived: Mapping[tuple[str, str], Waiver],
) -> list[Fault]:
    """The checks that fail; who waived the 120 % of a unit with a reason has answered that one. A rate is no sum."""
    if metric in RATES:
        return []
    lines = [Line(row.key, row.parent, row.person is not None) for row in rows]
    closed = [column.key for column in columns if column.closed]
    faults = prove(lines, [column.key for column in columns], whole.key, amounts, closed)
    return [one for one in faults if not _is_waived(one, waived)]


def _is_waived(fault: Fault, waived: Mapping[tuple[str, str], Waiver]) -> bool:
    waiver = waived.get((fault.row, fault.column)) if fault.rule == "over_assignment" else None
    return waiver is not None and waiver.covers(fault.shortfall)


def sheet_of(
    user: User, unit: Unit, metric: str, period: Period, company: Organisation, *, grain: Grain = Grain.MONTH
) -> Sheet:
    """A unit's branch in the parts of a period, with what this person may see (ten queries)."""
    known = timings(company)
    columns = columns_of(period, grain, company, known.of(unit))
    rows = list(_rows(user, unit, metric, period))
    places, beside = _Places(rows, columns), _Beside(company, columns)
    cells = {}
    for target in _stored(on_sheet(user, unit, metric, period)):
        found = places.of(target.unit_id, target.person_id, target.starts_on, target.ends_on)
        if found is not None:
            row, column = found
            cells[row, column.key] = Cell(target, _fixed(target, column, company))
        elif row_key := places.row(target.unit_id, target.person_id):
            beside.take(row_key, target)
    waivers = _waivers(rows, metric, period, places)
    whole = columns.pop()
    times, time_of = _times(rows, known)
    sums = {} if metric in RATES else beside.sums
    return Sheet(unit, metric, columns, whole, rows, cells, waivers, times, time_of, beside.finer, sums)


def _stored(targets: QuerySet[Target]) -> Iterator[Stored]:
    """Each as it is stored; one query.

    A year of a thousand people is megabytes. So they are taken up a few at a time, days and words, of which there are few,
    are there once, and an amount that is its base amount is no second number.
    """
    once: Any = {}.setdefault
    with connection.cursor() as cursor:
        cursor.execute(*targets.values_list(*Stored._fields).query.sql_with_params())
        while some := cursor.fetchmany(AT_ONCE):
            for (
                pk,
                unit,
                person,
                starts,
                ends,
                metric,
                amount,
                base,
                currency,
                *how,
                kind,
                rate,
                of,
                first,
                last,
            ) in some:
                yield Stored(
                    *(pk, unit, person, once(starts, starts), once(ends, ends), once(metric, metric)),
                    *(base if amount == base else amount, base, once(currency, currency)),
                    *(*how, once(kind, kind), rate, of, first, last),
                )


class _Beside:
    """What is no cell of a sheet: targets of weeks and days, and the months under quarters."""

    def __init__(self, company: Organisation, columns: Sequence[Column]) -> None:
        self._fiscal = company.fiscal
        self._columns = {column.period: column.key for column in columns}
        self.finer: dict[tuple[str, str], Stored] = {}
        self.sums: dict[tuple[str, str], Decimal] = {}

    def take(self, row: str, target: Stored) -> None:
        """Note a target that has no column."""
        period = Period(target.starts_on, target.ends_on)
        if period.length <= SHORT:
            self.finer[row, self._fiscal.name(period)] = target
        elif period == self._fiscal.of(period.start, Grain.MONTH):
            key = self._columns[self._fiscal.of(period.start, Grain.QUARTER)]
            self.sums[row, key] = self.sums.get((row, key), ZERO) + target.base_amount


def _times(rows: Iterable[Row], known: Timings) -> tuple[list[Timing], dict[str, int]]:
    """What time weighs for the units of these rows, each way once, and which one holds for which row."""
    times: list[Timing] = []
    units: dict[int, int] = {}
    found = {}
    for row in rows:
        if row.unit.pk not in units:
            own = known.of(row.unit)
            same = (n for n, one in enumerate(times) if one.calendar is own.calendar)
            place = next(same, len(times))
            if place == len(times):
                times.append(own)
            units[row.unit.pk] = place
        found[row.key] = units[row.unit.pk]
    return times, found


def faults_of(
    user: User, unit: Unit, metric: str, period: Period, company: Organisation, *, grain: Grain = Grain.MONTH
) -> list[Fault]:
    """The checks that fail on a sheet, without making all of it: asked for after every cell that is typed."""
    columns = columns_of(period, grain, company, timings(company).of(unit))
    rows = list(_rows(user, unit, metric, period))
    places = _Places(rows, columns)
    amounts = {}
    stored = on_sheet(user, unit, metric, period)
    read = stored.values_list("unit_id", "person_id", "starts_on", "ends_on", "base_amount")
    for holder, person, start, end, amount in read:
        if (found := places.of(holder, person, start, end)) is not None:
            amounts[found[0], found[1].key] = amount
    waivers = _waivers(rows, metric, period, places)
    whole = columns.pop()
    return _proved(metric, rows, columns, whole, amounts, waivers)


def _waivers(
    rows: Iterable[Row], metric: str, period: Period, places: _Places
) -> dict[tuple[str, str], Waiver]:
    """By cell who waived its 120 % and why (two queries)."""
    units = {row.unit.pk for row in rows if row.person is None}
    found = {}
    for (unit, start, end), waiver in waivers_of(units, metric, period).items():
        place = places.of(unit, None, start, end)
        if place is not None:
            found[place[0], place[1].key] = waiver
    return found


class _Places:
    """Where a target stands in a sheet of these rows and columns."""

    def __init__(self, rows: Sequence[Row], columns: Iterable[Column]) -> None:
        self._units = {row.unit.pk: row.key for row in rows if row.person is None}
        self._people = {row.person.pk: row.key for row in rows if row.person is not None}
        self._columns = {(column.period.start, column.period.end): column for column in columns}

    def of(self, unit: int, person: int | None, start: date, end: date) -> tuple[str, Column] | None:
        """Its row's key and its column, None where it is not on the sheet."""
        row, column = self.row(unit, person), self._columns.get((start, end))
        return (row, column) if row is not None and column is not None else None

    def row(self, unit: int, person: int | None) -> str | None:
        """Its row's key."""
        return self._units.get(unit) if person is None else self._people.get(person)


def rows_named(user: User, unit: Unit, metric: str, period: Period, keys: Collection[str]) -> dict[str, Row]:
    """Those rows of a unit's sheet that are asked for by their keys, as far as this person sees them (a few queries)."""
    return {row.key: row for row in _rows(user, unit, metric, period, keys) if row.key in keys}


def columns_of(period: Period, grain: Grain, company: Organisation, times: Timing) -> list[Column]:
    """The parts of a period and, last, the period itself, by what time weighs."""
    parts = [
        _column(part, grain, times.weight(part), company) for part in company.fiscal.split(period, grain)
    ]
    return [*parts, _column(period, Grain.YEAR, times.weight(period), company)]


def _column(part: Period, grain: Grain, weight: Decimal, company: Organisation) -> Column:
    closed = company.closed_through
    over = closed is not None and part.end - timedelta(days=1) <= closed
    quarter = company.fiscal.of(part.start, Grain.QUARTER) if grain is Grain.MONTH else None
    return Column(company.fiscal.name(part), part, rounded(weight, MILLIONTH), over, quarter)


def _fixed(target: Stored, column: Column, company: Organisation) -> str:
    if column.closed:
        return "closed"
    if target.approved_by_id is not None:
        return "approved"
    if target.metric in IN_MONEY and target.currency != company.base_currency:
        return "currency"
    return ""


def on_sheet(user: User, unit: Unit, metric: str, period: Period) -> QuerySet[Target]:
    """The targets of results in a branch and a period that this person sees."""
    found = Target.objects.visible_to(user).undivided().filter(unit__path__startswith=unit.path)
    return found.filter(metric=metric, starts_on__gte=period.start, ends_on__lte=period.end).order_by("pk")


def _rows(
    user: User, root: Unit, metric: str, period: Period, keys: Collection[str] | None = None
) -> Iterator[Row]:
    """Units in the order of the tree, each before its own people; with `keys` those and the units of those people."""
    seen = reach(user, "targets.see")
    mine = unit_ids(user, seen) if Reach.TEAM <= seen < Reach.ALL else frozenset()
    units = Unit.objects.filter(path__startswith=root.path, retired_at=None)
    if seen is not Reach.ALL:
        units = units.filter(pk__in=mine if seen >= Reach.TEAM else [user.unit_id])
    selling = _people(root, metric, period)
    people = read(selling if keys is None else selling.filter(pk__in=_numbers(keys, "p")))
    if keys is not None:
        units = units.filter(pk__in={*_numbers(keys, "u"), *(person.unit_id for person in people)})
    settable = reach(user, "targets.set")
    inside = (
        None if settable is Reach.ALL else unit_ids(user, settable) if settable >= Reach.TEAM else frozenset()
    )
    members: dict[int, list[User]] = {}
    for person in people:
        members.setdefault(person.unit_id or 0, []).append(person)
    leaders = {} if keys is not None else _leaders(root)
    count = 0
    for unit in units.order_by("path"):
        editable = inside is None or unit.pk in inside
        depth = unit.depth - root.depth
        parent = f"u{unit.parent_id}" if unit.pk != root.pk else ""
        yield Row(f"u{unit.pk}", parent, depth, unit.name, unit, None, editable, leaders.get(unit.pk, ""))
        for person in members.get(unit.pk, ()):
            person.unit = unit
            if seen >= Reach.TEAM or may(user, "targets.see", Target(unit=unit, person=person)):
                yield Row(f"p{person.pk}", f"u{unit.pk}", depth + 1, person.name, unit, person, editable)
        count += 1 + len(members.get(unit.pk, ()))
        if count > MOST_ROWS:
            return


def _leaders(root: Unit) -> dict[int, str]:
    """By unit the name of who leads it (one query)."""
    people = leading(root).order_by("unit_id", "-name_key", "-pk")
    return dict(people.values_list("unit_id", "name"))


def _people(root: Unit, metric: str, period: Period) -> QuerySet[User]:
    """Who sells there during the period, and whoever has a target of it."""
    having = Target.objects.undivided().filter(
        metric=metric, starts_on__gte=period.start, ends_on__lte=period.end, person__isnull=False
    )
    selling = Q(roles__contains=[SELLING]) | Q(pk__in=having.values("person"))
    people = User.objects.below(root).filter(selling, is_active=True).exclude(joined_on__gte=period.end)
    return people.exclude(left_on__lt=period.start).order_by("name_key", "pk")


def _numbers(keys: Iterable[str], kind: str) -> set[int]:
    """The numbers in the keys of units (`u`) or people (`p`)."""
    return {int(key[1:]) for key in keys if key[:1] == kind and _NUMBER.fullmatch(key[1:])}
