"""Who is on duty on which days: those who sell, on working days, while they belong to a unit and are not away (C4)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta, tzinfo
from functools import cached_property

from django.db.models import Min

from loudou.daylog.models import Absence, DayLog, DeskLog
from loudou.daylog.queries.stays import Stay, memberships, within
from loudou.insight.figures.scope import Scope
from loudou.kernel.periods import Period
from loudou.kernel.workdays import WorkCalendar
from loudou.people.models import User

ROLE = "rep"


@dataclass
class Duty:
    """The days one person is on duty within a period, as places in the list of its working days."""

    user: User
    days: Sequence[date]
    within: set[int] = field(default_factory=set)  # where a scope's units have them, days of leave included
    employed: set[int] = field(default_factory=set)  # where any unit has them
    absent: set[int] = field(default_factory=set)

    @cached_property
    def places(self) -> list[int]:
        """The places of the days on duty, in order."""
        return sorted(self.within - self.absent)

    @property
    def count(self) -> int:
        """How many days."""
        return len(self.places)

    @property
    def away(self) -> int:
        """How many days more it would be, were it not for leave."""
        return len(self.within & self.absent)

    def owes(self, part: Period) -> bool:
        """Whether they owe here what a part of the period asks for: on duty in it, and here when it ended for them."""
        first, end = bisect_left(self.days, part.start), bisect_left(self.days, part.end)
        last = max((place for place in range(first, end) if place in self.employed), default=None)
        return last in self.within and any(first <= place < end for place in self.places)


def first_day() -> date | None:
    """The day with which the logs of the house begin: nothing is due before it."""
    found = [model._default_manager.aggregate(first=Min("day"))["first"] for model in (DayLog, DeskLog)]
    return min((day for day in found if day is not None), default=None)


def working_days(period: Period, today: date, calendar: WorkCalendar) -> list[date]:
    """The working days of a period up to today, from the day with which the logs begin."""
    first = first_day()
    start, end = max(period.start, first or date.max), min(period.end, today + timedelta(days=1))
    return calendar.days(Period(start, end)) if start < end else []


def duties(days: Sequence[date], scope: Scope, zone: tzinfo) -> list[Duty]:
    """Whoever of a scope is on duty on some of these days, by name; three queries.

    Somebody who changed units, or whose unit moved, is on duty in each place for the days they stood in it.
    """
    if not days:
        return []
    people = (
        User.objects.filter(roles__contains=[ROLE])
        .exclude(left_on__lt=days[0])
        .exclude(joined_on__gt=days[-1])
    )
    if scope.owner is not None:
        people = people.filter(pk=scope.owner)
    users = {user.pk: user for user in people.select_related("unit").order_by("name_key", "pk")}
    members, found = memberships(users), {key: Duty(user, days) for key, user in users.items()}
    for key, some in within(users, members, scope, zone).items():
        found[key].within = _places(days, some)
    everywhere = within(users, members, Scope(), zone) if scope.units is not None else {}
    for key, duty in found.items():
        duty.employed = _places(days, everywhere.get(key, [])) if everywhere else duty.within
    for absence in Absence.objects.filter(user__in=found, first__lte=days[-1], last__gte=days[0]):
        found[absence.user_id].absent |= _places(days, [(absence.first, absence.last + timedelta(days=1))])
    return [duty for duty in found.values() if duty.count]


def _places(days: Sequence[date], some: Iterable[Stay]) -> set[int]:
    """The places of those days that lie in such stays."""
    return set().union(*(range(bisect_left(days, since), bisect_left(days, until)) for since, until in some))
