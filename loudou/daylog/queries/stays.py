"""Where people belonged, day by day: what a person did counts for a unit while they belonged to it (B0.8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, tzinfo

from loudou.insight.figures.scope import Scope
from loudou.people.models import Membership, User

Stay = tuple[date, date]  # from the first day until the one on which it was over


def stays(people: Mapping[int, User], scope: Scope, zone: tzinfo) -> dict[int, list[Stay]]:
    """By person, of those who had any, the days within the units of a scope while they were employed; one query."""
    return within(people, memberships(people), scope, zone)


def within(
    people: Mapping[int, User], members: Iterable[Membership], scope: Scope, zone: tzinfo
) -> dict[int, list[Stay]]:
    """The same of memberships that were read already."""
    found: dict[int, list[Stay]] = defaultdict(list)
    for member in members:
        user = people[member.user_id]
        first = max(member.since, user.joined_on or date.min)
        last = min(member.until or date.max, user.employed_until)
        for since, until in _counting(scope, member.unit_id, zone):
            if max(first, since) < min(last, until):
                found[user.pk].append((max(first, since), min(last, until)))
    return found


def is_within(day: date, some: Collection[Stay]) -> bool:
    """Whether a day is one of such stays."""
    return any(since <= day < until for since, until in some)


def _counting(scope: Scope, unit: int, zone: tzinfo) -> Iterator[Stay]:
    """The days on which a unit counts."""
    if scope.units is None:
        yield date.min, date.max
    for one in scope.units or ():
        if one.unit == unit:
            yield one.days(zone)


def memberships(people: Mapping[int, User]) -> list[Membership]:
    """Their memberships in order; the first of each begins whenever they joined."""
    rows = list(Membership.objects.filter(user__in=list(people)).order_by("user_id", "since"))
    known: set[int] = set()
    for row in rows:
        if row.user_id not in known:
            row.since = date.min
            known.add(row.user_id)
    return rows
