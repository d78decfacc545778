"""Taking over from another house what targets were before, and what stood when its books were closed."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from loudou.catalog.models import Product
from loudou.journal.record import lock, record, verb
from loudou.kernel.periods import Period
from loudou.kernel.refusals import Refused
from loudou.people import verbs as people
from loudou.people.access import require
from loudou.people.models import Unit, User
from loudou.people.queries import organisation
from loudou.targets import events
from loudou.targets.models import Actual, Closing, Edition, Fact, Target
from loudou.targets.queries import editions
from loudou.targets.queries.closing import last_closing
from loudou.targets.verbs._rules import refuse_closed
from loudou.targets.verbs.closing import BATCH
from loudou.ui.fields import EARLIEST_YEAR


@dataclass(frozen=True)
class EditionRow:
    """What a target was from an instant on, who set it so and why."""

    amount: Decimal
    set_at: datetime
    currency: str = ""
    cause: str = ""
    reason: str = ""
    effective_on: date | None = None
    set_by: User | None = None

    @classmethod
    def of(cls, edition: Edition) -> EditionRow:
        """An edition as it could be told."""
        names = ("amount", "set_at", "currency", "cause", "reason", "effective_on", "set_by")
        return cls(**{name: getattr(edition, name) for name in names})

    @property
    def told(self) -> tuple[Any, ...]:
        """What an edition is compared by."""
        by = self.set_by.pk if self.set_by is not None else None
        return self.amount, self.currency, self.cause, self.reason, self.effective_on, self.set_at, by


@dataclass(frozen=True)
class ClosingRow:
    """Books that were closed elsewhere, and perhaps opened again."""

    period: Period
    closed_at: datetime
    closed_by: User | None = None
    note: str = ""
    reopened_at: datetime | None = None
    reopened_by: User | None = None
    reason: str = ""


@dataclass(frozen=True)
class FactRow:
    """What somebody achieved of a metric on a day of closed months, as it was frozen."""

    metric: str
    day: date
    amount: Decimal
    person: User | None = None
    unit: Unit | None = None
    family: str = ""


@dataclass
class Frozen:
    """All that was frozen when books were closed: what was achieved, who had joined or left, what was in which family."""

    facts: list[FactRow] = field(default_factory=list)
    employed: dict[User, tuple[date | None, date | None]] = field(default_factory=dict)
    families: dict[Product, str] = field(default_factory=dict)


@verb
def tell_editions(target: Target, *, told: Sequence[EditionRow], by: User | None) -> bool:
    """Give a target all its former numbers, the one it has now last; whether that is otherwise than what stood."""
    require(by, "exchange.import_history")
    fresh = lock(target)
    if not told or (told[-1].amount, told[-1].currency or fresh.currency) != (fresh.amount, fresh.currency):
        raise Refused(_("The last edition is not the number that the target has now."), field="amount")
    if any(later.set_at < earlier.set_at for earlier, later in itertools.pairwise(told)):
        raise Refused(_("An edition is set after the one before it."), field="set_at")
    if [row.told for row in told] == [EditionRow.of(row).told for row in reversed(editions(fresh))]:
        return False
    refuse_closed(fresh.period, organisation())
    fresh.editions.all().delete()
    Edition.objects.bulk_create(
        Edition(target=fresh, number=number, **vars(row)) for number, row in enumerate(told, 1)
    )
    fresh.set_at = told[-1].set_at
    fresh.version += 1
    fresh.save(update_fields=["set_at", "version"])
    record(events.EDITIONS_TOLD, fresh, by=by, count=len(told))
    return True


@verb
def import_closing(row: ClosingRow, *, by: User | None) -> Closing | None:
    """Take over that books were closed, or were and are open again; None when it is known.

    Those that still are close ours, and follow upon the ones before them. What was achieved in them comes by `freeze`:
    nothing else may be brought for their months afterwards.
    """
    require(by, "exchange.import_history")
    require(by, "people.close_books")
    starts_on, ends_on = row.period.start, row.period.end
    if ends_on.day != 1 or starts_on.day != 1 or starts_on.year < EARLIEST_YEAR:
        raise Refused(_("Books are closed by the month: 2026-04."), field="through")
    known = Closing.objects.filter(starts_on=starts_on, ends_on=ends_on, closed_at=row.closed_at).first()
    if known is not None and known.reopened_at == row.reopened_at:
        return None
    if known is not None:
        raise Refused(_("These books are closed here already, and stand otherwise."), field="reopened_at")
    if row.reopened_at is None:
        last = last_closing()
        if starts_on != (last.ends_on if last is not None else date(EARLIEST_YEAR, 1, 1)):
            raise Refused(_("Books follow upon those closed before them."), field="from")
        people.close_books(ends_on - timedelta(days=1), by=by)
    elif row.reopened_at < row.closed_at:
        raise Refused(_("They were reopened before they were closed."), field="reopened_at")
    told = {name: value for name, value in vars(row).items() if name != "period"}
    made = Closing.objects.create(starts_on=starts_on, ends_on=ends_on, **told)
    if row.reopened_at is None:
        told_late = Actual.objects.filter(relates_to=None, counts_on__gte=ends_on)
        told_late.filter(day__gte=starts_on, day__lt=ends_on).update(relates_to=made)
    record(events.CLOSING_IMPORTED, made, by=by)
    return made


@verb
def freeze(closing: Closing, frozen: Frozen, *, by: User | None) -> bool:
    """Give books that were closed elsewhere what was frozen in them; whether that is news. It never changes afterwards."""
    require(by, "exchange.import_history")
    fresh = lock(closing)
    employed = {
        str(user.pk): [day.isoformat() if day else None for day in days]
        for user, days in frozen.employed.items()
    }
    families = {str(product.pk): family for product, family in frozen.families.items()}
    there = sorted(map(_said, Fact.objects.filter(closing=fresh)))
    told = [Fact(closing=fresh, **vars(row)) for row in frozen.facts]
    if (there, fresh.employed, fresh.families) == (sorted(map(_said, told)), employed, families):
        return False
    if there or fresh.employed or fresh.families:
        raise Refused(_("What was frozen in these books stands otherwise already; it does not change."))
    if any(row.day not in fresh.period for row in frozen.facts):
        raise Refused(_("This day lies outside these books."), field="day")
    Fact.objects.bulk_create(told, batch_size=BATCH)
    fresh.employed, fresh.families = employed, families
    fresh.version += 1
    fresh.save(update_fields=["employed", "families", "version"])
    record(events.FACTS_IMPORTED, fresh, by=by, facts=len(told))
    return True


def _said(fact: Fact) -> tuple[Any, ...]:
    whose = fact.person_id or 0, fact.unit_id or 0
    return fact.metric, fact.day, *whose, fact.family, fact.amount.normalize()


@verb
def withdraw_closings(keys: Collection[int], *, by: User | None) -> int:
    """Take books back that an import closed, the last first; nothing may be closed after them. Returns how many."""
    require(by, "exchange.import_history")
    rows = list(Closing.objects.filter(pk__in=keys).order_by("-starts_on", "-pk"))
    for row in rows:
        if row.reopened_at is None:
            if last_closing() != row:
                raise Refused(_("Only the books that were closed last are opened again."))
            first = row.starts_on
            through = first - timedelta(days=1) if first.year > EARLIEST_YEAR else None
            people.reopen_books(through, by=by)
        record(events.CLOSING_WITHDRAWN, row, by=by)
        row.delete()
    return len(rows)


@verb
def thaw(closing: Closing, *, by: User | None) -> Closing:
    """Take back what an import froze in books; they stand closed without it."""
    require(by, "exchange.import_history")
    fresh = lock(closing)
    Fact.objects.filter(closing=fresh).delete()
    fresh.employed, fresh.families = {}, {}
    fresh.version += 1
    fresh.save(update_fields=["employed", "families", "version"])
    record(events.FACTS_WITHDRAWN, fresh, by=by)
    return fresh
