"""A sheet of targets: an organisation's branch × the periods of a year, as a person may see it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from django.db.models import Q

from loudou.kernel.numbers import MILLIONTH, rounded
from loudou.kernel.periods import Grain, Period
from loudou.people.access import may, reach, unit_ids
from loudou.people.grants import Reach
from loudou.people.models import Organisation, Unit, User
from loudou.targets.figures.sheet import Fault, Line, prove
from loudou.targets.models import IN_MONEY, Target
from loudou.targets.queries.targets import SELLING, timing

MOST_ROWS = 3_000


@dataclass(frozen=True)
class Column:
    """A period of a sheet, with what it weighs; the last one is the whole."""

    key: str
    period: Period
    weight: Decimal
    closed: bool


@dataclass(frozen=True)
class Cell:
    """What stands in a cell. `fixed` says why it cannot be typed over, empty where it can."""

    target: Target
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


@dataclass(frozen=True)
class Sheet:
    """Rows × columns with the cells that have a number."""

    unit: Unit
    metric: str
    columns: list[Column]
    whole: Column
    rows: list[Row]
    cells: Mapping[tuple[str, str], Cell] = field(default_factory=dict)

    @property
    def every(self) -> list[Column]:
        """The periods and the whole."""
        return [*self.columns, self.whole]

    def faults(self) -> list[Fault]:
        """The checks that fail, proved on what is stored."""
        lines = [Line(row.key, row.parent, row.person is not None) for row in self.rows]
        amounts = {place: cell.amount for place, cell in self.cells.items()}
        return prove(lines, [column.key for column in self.columns], self.whole.key, amounts)


def sheet_of(
    user: User, unit: Unit, metric: str, period: Period, company: Organisation, *, grain: Grain = Grain.MONTH
) -> Sheet:
    """A unit's branch in the parts of a period, with what this person may see (seven queries)."""
    columns = columns_of(period, grain, company, unit)
    whole = columns.pop()
    rows = list(_rows(user, unit, metric, period))
    place = {("p", row.person.pk) if row.person else ("u", row.unit.pk): row.key for row in rows}
    by_period = {(column.period.start, column.period.end): column for column in [*columns, whole]}
    cells = {}
    for target in _targets(user, unit, metric, period):
        column = by_period.get((target.starts_on, target.ends_on))
        owner = ("p", target.person_id) if target.person_id else ("u", target.unit_id)
        if column is not None and owner in place:
            cells[place[owner], column.key] = Cell(target, _fixed(target, column, company))
    return Sheet(unit, metric, columns, whole, rows, cells)


def columns_of(period: Period, grain: Grain, company: Organisation, unit: Unit | None = None) -> list[Column]:
    """The parts of a period and, last, the period itself."""
    times = timing(company, unit=unit)
    parts = company.fiscal.split(period, grain)
    return [_column(part, times.weight(part), company) for part in [*parts, period]]


def _column(part: Period, weight: Decimal, company: Organisation) -> Column:
    closed = company.closed_through
    over = closed is not None and part.end - timedelta(days=1) <= closed
    return Column(company.fiscal.name(part), part, rounded(weight, MILLIONTH), over)


def _fixed(target: Target, column: Column, company: Organisation) -> str:
    if column.closed:
        return "closed"
    if target.approved_by_id is not None:
        return "approved"
    if target.metric in IN_MONEY and target.currency != company.base_currency:
        return "currency"
    return ""


def _targets(user: User, unit: Unit, metric: str, period: Period) -> Iterator[Target]:
    found = (
        Target.objects.visible_to(user)
        .undivided()
        .filter(
            metric=metric,
            starts_on__gte=period.start,
            ends_on__lte=period.end,
            unit__path__startswith=unit.path,
        )
    )
    yield from found.order_by("pk")


def _rows(user: User, root: Unit, metric: str, period: Period) -> Iterator[Row]:
    """Units in the order of the tree, each before its own people."""
    seen = reach(user, "targets.see")
    units = Unit.objects.filter(path__startswith=root.path, retired_at=None)
    if seen is not Reach.ALL:
        units = units.filter(pk__in=unit_ids(user, seen) if seen >= Reach.TEAM else [user.unit_id])
    people = _people(root, metric, period)
    settable = reach(user, "targets.set")
    inside = (
        None if settable is Reach.ALL else unit_ids(user, settable) if settable >= Reach.TEAM else frozenset()
    )
    members: dict[int, list[User]] = {}
    for person in people:
        members.setdefault(person.unit_id or 0, []).append(person)
    count = 0
    for unit in units.order_by("path"):
        editable = inside is None or unit.pk in inside
        depth = unit.depth - root.depth
        parent = f"u{unit.parent_id}" if unit.pk != root.pk else ""
        yield Row(f"u{unit.pk}", parent, depth, unit.name, unit, None, editable)
        for person in members.get(unit.pk, ()):
            if may(user, "targets.see", Target(unit=unit, person=person)):
                yield Row(f"p{person.pk}", f"u{unit.pk}", depth + 1, person.name, unit, person, editable)
        count += 1 + len(members.get(unit.pk, ()))
        if count > MOST_ROWS:
            return


def _people(root: Unit, metric: str, period: Period) -> list[User]:
    """Who sells there during the period, and whoever has a target of it."""
    having = Target.objects.undivided().filter(
        metric=metric, starts_on__gte=period.start, ends_on__lte=period.end, person__isnull=False
    )
    selling = Q(roles__contains=[SELLING]) | Q(pk__in=having.values("person"))
    people = User.objects.below(root).filter(selling, is_active=True).exclude(joined_on__gte=period.end)
    return list(people.exclude(left_on__lt=period.start).select_related("unit").order_by("name_key", "pk"))
