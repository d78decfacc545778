"""Typing into a sheet of targets: many cells at once, each with its own version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Max, Q
from django.utils.translation import gettext as _

from loudou.journal.record import record, record_each, verb
from loudou.kernel import clock
from loudou.kernel.numbers import CENT
from loudou.kernel.periods import Period
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people.access import may
from loudou.people.models import Organisation, Unit, User
from loudou.people.queries import organisation
from loudou.targets import events
from loudou.targets.models import IN_MONEY, Edition, Metric, Target
from loudou.targets.verbs._rules import check_amount, check_period, refuse_approved, refuse_gone

MOST_CELLS = 40_000


@dataclass(frozen=True)
class CellInput:
    """What somebody typed into a cell; no `amount` empties it.

    `version` is that of what they saw, 0 where it was empty; without one the last word wins. `locked` closes or opens
    the cell and leaves its amount when nothing else is said (`amount` equal to what stands).
    """

    unit: Unit
    person: User | None
    period: Period
    amount: Decimal | None
    version: int | None = None
    locked: bool | None = None


@dataclass(frozen=True)
class CellOutcome:
    """What became of it: the target as it stands now (None: empty), or why not."""

    said: CellInput
    target: Target | None = None
    refusal: Refused | None = None


@verb
def set_cells(
    said: Sequence[CellInput], *, metric: str, by: User | None, signed: bool = False
) -> list[CellOutcome]:
    """Set, change and empty many targets in the base currency; what became of each, in their order.

    A cell that somebody else changed in the meantime is refused as `Stale` with both values; the others are written.
    What was `signed` needs no right besides: who signs for one who is away need not have one to these targets.
    """
    if metric not in Metric.values:
        raise Refused(_("There is no metric “{metric}”.").format(metric=metric), field="metric")
    if len(said) > MOST_CELLS:
        raise Refused(_("Too many cells at once."), field="cells")
    pad = _Pad(metric, organisation(), by, signed=signed)
    stored = _stored(said, metric)
    outcomes = []
    for cell in said:
        former = stored.get(_place(cell.unit, cell.person, cell.period))
        try:
            target = pad.write(cell, former)
        except Refused as refusal:
            outcomes.append(CellOutcome(cell, former, refusal))
            continue
        stored[_place(cell.unit, cell.person, cell.period)] = target
        outcomes.append(CellOutcome(cell, target))
    pad.finish()
    return outcomes


Place = tuple[int | None, int | None, object, object]


def _place(unit: Unit, person: User | None, period: Period) -> Place:
    return (None if person else unit.pk, person.pk if person else None, period.start, period.end)


def _stored(said: Iterable[CellInput], metric: str) -> dict[Place, Target | None]:
    """The targets of these cells, locked until the act ends."""
    cells = list(said)
    people = {cell.person.pk for cell in cells if cell.person is not None}
    units = {cell.unit.pk for cell in cells if cell.person is None}
    found = Target.objects.undivided().filter(
        Q(person__in=people) | Q(unit__in=units, person=None),
        metric=metric,
        starts_on__in={cell.period.start for cell in cells},
        ends_on__in={cell.period.end for cell in cells},
    )
    rows = found.select_for_update(no_key=True, of=("self",)).select_related("unit", "person").order_by("pk")
    return {
        (None if row.person_id else row.unit_id, row.person_id, row.starts_on, row.ends_on): row
        for row in rows
    }


class _Pad:
    """Collects what a sheet changes, to be written in a few statements."""

    def __init__(self, metric: str, company: Organisation, by: User | None, *, signed: bool) -> None:
        self.metric, self.company, self.by = metric, company, by
        self.asked = by if not signed else None
        self.made: list[Target] = []
        self.changed: dict[int, tuple[Target, Decimal]] = {}
        self.emptied: list[Target] = []
        self.rights: dict[tuple[int, int | None], bool] = {}
        self.now = clock.now()

    def write(self, cell: CellInput, former: Target | None) -> Target | None:
        """Judge a cell and note what it comes to."""
        self._require(cell)
        stands = former.version if former is not None else 0
        if cell.version is not None and cell.version != stands:
            raise _stale(cell, former)
        check_period(cell.period, self.company)
        if former is None:
            return self._make(cell)
        refuse_approved(former)
        if former.metric in IN_MONEY and former.currency != self.company.base_currency:
            raise Refused(_("This target is in another currency; change it on its own page."), field="amount")
        if cell.amount is None:
            self._open(former, cell)
            self.emptied.append(former)
            return None
        return self._change(cell, former)

    def _make(self, cell: CellInput) -> Target | None:
        if cell.amount is None:
            return None
        refuse_gone(cell.person, cell.period)
        check_amount(cell.amount, self.metric)
        target = Target(
            unit=cell.unit,
            person=cell.person,
            metric=self.metric,
            starts_on=cell.period.start,
            ends_on=cell.period.end,
            amount=cell.amount.quantize(CENT),
            base_amount=cell.amount.quantize(CENT),
            currency=self.company.base_currency if self.metric in IN_MONEY else "",
            locked=bool(cell.locked),
            set_at=self.now,
        )
        self.made.append(target)
        return target

    def _change(self, cell: CellInput, former: Target) -> Target:
        assert cell.amount is not None
        check_amount(cell.amount, self.metric)
        lock = former.locked if cell.locked is None else cell.locked
        if (cell.amount, lock) == (former.amount, former.locked):
            return former
        if cell.amount != former.amount:
            self._open(former, cell)
        before = self.changed[former.pk][1] if former.pk in self.changed else former.amount
        former.amount = former.base_amount = cell.amount.quantize(CENT)
        former.locked = lock
        former.version += 1
        former.set_at = self.now
        self.changed[former.pk] = (former, before)
        return former

    def _open(self, former: Target, cell: CellInput) -> None:
        if former.locked and cell.locked is not False:
            raise Refused(_("This cell is locked; open it first."), field="amount")

    def _require(self, cell: CellInput) -> None:
        key = (cell.unit.pk, cell.person.pk if cell.person else None)
        if key not in self.rights:
            own = Target(unit=cell.unit, person=cell.person, metric=self.metric)
            led = Target(unit=cell.unit, metric=self.metric)
            self.rights[key] = may(self.asked, "targets.set", own) and may(self.asked, "targets.set", led)
        if not self.rights[key]:
            raise Forbidden(_("You do not have the right to do this."))

    def finish(self) -> None:
        """Write it all, with its history; each person hears once."""
        Target.objects.bulk_create(self.made)
        changed = [(target, before) for target, before in self.changed.values() if target not in self.emptied]
        rows = [target for target, _before in changed]
        Target.objects.bulk_update(
            rows, ["amount", "base_amount", "locked", "version", "set_at"], batch_size=500
        )
        kept = Edition.objects.filter(target__in=rows).values_list("target").annotate(n=Max("number"))
        numbers = {key: number + 1 for key, number in kept.order_by()}
        Edition.objects.bulk_create(
            [
                Edition(
                    target=target,
                    number=numbers.get(target.pk, 1),
                    amount=target.amount,
                    currency=target.currency,
                    set_at=self.now,
                    set_by=self.by,
                )
                for target in [*self.made, *rows]
            ]
        )
        record_each(events.SET, ((target, {"amount": target.amount}) for target in self.made), by=self.by)
        told = ((target, {"changes": {"amount": [before, target.amount]}}) for target, before in changed)
        record_each(events.ADJUSTED, told, by=self.by)
        record_each(events.WITHDRAWN, ((row, {"amount": row.amount}) for row in self.emptied), by=self.by)
        Target.objects.filter(pk__in=[row.pk for row in self.emptied]).delete()
        self._tell([*self.made, *rows])

    def _tell(self, written: Sequence[Target]) -> None:
        firsts: dict[int, Target] = {}
        counts: dict[int, int] = {}
        for target in written:
            if target.person_id is not None:
                firsts.setdefault(target.person_id, target)
                counts[target.person_id] = counts.get(target.person_id, 0) + 1
        for person, target in firsts.items():
            assert target.person is not None
            record(events.TYPED, target, by=self.by, count=counts[person], notify=[target.person])


def _stale(cell: CellInput, former: Target | None) -> Stale:
    stands = former.amount if former is not None else None
    differences: Mapping[str, tuple[Decimal | None, Decimal | None]] = {"amount": (stands, cell.amount)}
    return Stale(
        _("Somebody else has changed this in the meantime; look at both values and decide."),
        version=former.version if former is not None else 0,
        differences=dict(differences),
    )
