"""Who waived the 120 % of a unit's people and why (R006): in a negotiation, or when a target was taken apart."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from loudou.journal.queries import told_of
from loudou.kernel.periods import Period
from loudou.people.models import Unit, User
from loudou.targets import events
from loudou.targets.models import Negotiation

Place = tuple[int, date, date]


@dataclass(frozen=True)
class Waiver:
    """A shortfall that somebody with the right to it let pass; with `most`, no greater one."""

    by: User | None
    why: str
    most: Decimal | None = None

    def covers(self, shortfall: Decimal) -> bool:
        """Whether this shortfall is the one that was let pass."""
        return self.most is None or shortfall <= self.most


def waivers_of(units: Collection[int], metric: str, period: Period) -> dict[Place, Waiver]:
    """What was waived, by unit and period: the last word of each counts, and agreeing anew is one (two queries)."""
    found: dict[Place, tuple[datetime, Waiver | None]] = {}
    for place, at, waiver in [*_taken_apart(units, metric, period), *_agreed(units, metric, period)]:
        if place not in found or found[place][0] <= at:
            found[place] = at, waiver
    return {place: waiver for place, (_at, waiver) in found.items() if waiver is not None}


def _agreed(
    units: Collection[int], metric: str, period: Period
) -> Iterator[tuple[Place, datetime, Waiver | None]]:
    rows = Negotiation.objects.filter(state=Negotiation.State.APPROVED, metric=metric, unit__in=units)
    rows = rows.filter(starts_on__gte=period.start, ends_on__lte=period.end)
    for one in rows.select_related("waived_by").order_by("pk"):
        waiver = Waiver(one.waived_by, one.waiver) if one.waiver else None
        yield (one.unit_id, one.starts_on, one.ends_on), one.opened_at, waiver


def _taken_apart(
    units: Collection[int], metric: str, period: Period
) -> Iterator[tuple[Place, datetime, Waiver | None]]:
    """A waiver given when a target was taken apart stands in history alone, with its period."""
    for entry in told_of(Unit, units, events.WAIVED):
        said = entry.particulars
        if said.get("metric") != metric or not said.get("starts_on"):
            continue
        start, end = date.fromisoformat(said["starts_on"]), date.fromisoformat(said["ends_on"])
        if entry.subject_id is not None and period.start <= start and end <= period.end:
            waiver = Waiver(entry.actor, said["reason"], Decimal(said["missing"]))
            yield (entry.subject_id, start, end), entry.at, waiver
