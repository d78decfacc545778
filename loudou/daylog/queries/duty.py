"""Who is on duty on which days: those who sell, on working days, while they belong to a unit and are not away (C4)."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from django.db.models import Min

from loudou.daylog.models import Absence, DayLog, DeskLog
from loudou.kernel.periods import Period
from loudou.kernel.workdays import WorkCalendar
from loudou.people.models import Membership, User

ROLE = "rep"


@dataclass
class Duty:
    """The days one person is on duty within a period, as places in the list of its working days."""

    user: User
    unit_id: int | None
    days: Sequence[date]
    stretches: list[tuple[int, int]] = field(default_factory=list)
    away: set[int] = field(default_factory=set)

    @cached_property
    def places(self) -> list[int]:
        """Those places in order."""
        found = {place for first, last in self.stretches for place in range(first, last)}
        return sorted(found - self.away)

    @property
    def count(self) -> int:
        """How many days."""
        return len(self.places)

    def until(self, day: date) -> int:
        """How many of them lie before a day."""
        return bisect_left(self.places, bisect_left(self.days, day))

    def has(self, day: date) -> bool:
        """Whether a day is one of them."""
        place = bisect_left(self.days, day)
        return place < len(self.days) and self.days[place] == day and place in set(self.places)


def first_day() -> date | None:
    """The day with which the logs of the house begin: nothing is due before it."""
    found = [model._default_manager.aggregate(first=Min("day"))["first"] for model in (DayLog, DeskLog)]
    return min((day for day in found if day is not None), default=None)


def working_days(period: Period, today: date, calendar: WorkCalendar) -> list[date]:
    """The working days of a period up to today, from the day with which the logs begin."""
    first = first_day()
    start, end = max(period.start, first or date.max), min(period.end, today + timedelta(days=1))
    return calendar.days(Period(start, end)) if start < end else []


def duties(
    days: Sequence[date], *, units: Collection[int] | None = None, owner: int | None = None
) -> list[Duty]:
    """Everybody of the units (of all, with None) who is on duty on some of these days, by name; three queries.

    Somebody who changed units is on duty in each for the days they stood in it, and listed with the last one.
    """
    if not days:
        return []
    people = (
        User.objects.filter(roles__contains=[ROLE])
        .exclude(left_on__lt=days[0])
        .exclude(joined_on__gt=days[-1])
    )
    if owner is not None:
        people = people.filter(pk=owner)
    found = {
        user.pk: Duty(user, user.unit_id, days)
        for user in people.select_related("unit").order_by("name_key", "pk")
    }
    for member in _stays(found):
        _add(found[member.user_id], member, units)
    for absence in Absence.objects.filter(user__in=found, first__lte=days[-1], last__gte=days[0]):
        places = range(bisect_left(days, absence.first), bisect_left(days, absence.last + timedelta(days=1)))
        found[absence.user_id].away |= set(places)
    return [duty for duty in found.values() if duty.count]


def _stays(people: Iterable[int]) -> list[Membership]:
    """Their memberships in order; the first of each begins whenever they joined."""
    rows = list(Membership.objects.filter(user__in=list(people)).order_by("user_id", "since"))
    known: dict[int, Membership] = defaultdict()
    for row in rows:
        if row.user_id not in known:
            row.since = date.min
        known[row.user_id] = row
    return rows


def _add(duty: Duty, member: Membership, units: Collection[int] | None) -> None:
    if units is not None and member.unit_id not in units:
        return
    first = max(member.since, duty.user.joined_on or date.min)
    last = min(member.until or date.max, duty.user.employed_until)
    stretch = bisect_left(duty.days, first), bisect_left(duty.days, last)
    if stretch[0] < stretch[1]:
        duty.stretches.append(stretch)
        duty.unit_id = member.unit_id
