"""Who hands in below whom: the tree of people whose numbers are rolled up (C12, M22)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q

from loudou.forecasts.models import Level, level_of
from loudou.people.models import User
from loudou.ui.prepared import ANY, Prepared

SUBMITTING = ("rep", "manager", "director", "gm")


@dataclass(frozen=True)
class Branch:
    """The people whose numbers somebody rolls up, and everybody below those: who stands below whom, by key."""

    people: Sequence[User]
    above: Mapping[int, int]  # whose number the number of somebody further down goes into

    @cached_property
    def under(self) -> Mapping[int, Sequence[int]]:
        """Those right below each."""
        found: dict[int, list[int]] = defaultdict(list)
        for key, leader in self.above.items():
            found[leader].append(key)
        return found

    def all_under(self, key: int) -> list[int]:
        """Somebody and everybody below them: whose deals they answer for."""
        found = [key]
        for one in found:
            found += self.under.get(one, ())
        return found

    @cached_property
    def keys(self) -> frozenset[int]:
        """Everybody in it."""
        return frozenset((*(user.pk for user in self.people), *self.above))


def whose(user: User) -> dict[str, str]:
    """Whose deals a number is about, as figures are asked: a person's own, or those of a leader's unit."""
    if level_of(user) == Level.REP or user.unit is None:
        return {"owner": user.username}
    return {"unit": user.unit.code}


def below(user: User) -> list[User]:
    """The people whose numbers somebody rolls up: those they manage, and of their units whom nobody manages.

    Whom a leader among these rolls up already, being of that leader's unit, is not counted again.
    """
    people, held = _reports(user)
    return [one for one in people if one.pk not in held]


def branch(user: User) -> Branch:
    """Everybody below somebody; at most two queries, however many levels there are."""
    people, held = _reports(user)
    first = [one for one in people if one.pk not in held]
    above, seen = dict(held), {one.pk for one in people} | {user.pk}
    edge = [one.pk for one in people if level_of(one) != Level.REP]
    managed: dict[int, list[int]] = defaultdict(list)
    for key, leader in _MANAGED.tuples(0) if edge else ():
        managed[leader].append(key)
    for leader in edge:  # grows with those found below them
        fresh = [key for key in managed[leader] if key not in seen]
        above |= dict.fromkeys(fresh, leader)
        seen.update(fresh)
        edge += fresh
    return Branch(first, above)


def owners_below(user: User) -> set[int]:
    """Whose deals somebody answers for: their own and those of everybody below."""
    return {*branch(user).keys, user.pk}


def _reports(user: User) -> tuple[list[User], dict[int, int]]:
    """Everybody somebody manages or who stands unmanaged in their units; of the latter, whom a leader among them leads."""
    if level_of(user) == Level.REP:
        return [], {}
    mine = Q(manager=user)
    if user.unit is not None:
        mine |= Q(manager=None, unit__path__startswith=user.unit.path)
    rows = User.objects.active().filter(mine, roles__overlap=list(SUBMITTING)).exclude(pk=user.pk)
    people = list(rows.select_related("unit").order_by("name_key", "pk"))
    leaders = [(one, one.unit.path) for one in people if one.unit is not None and level_of(one) != Level.REP]
    held = {}
    for one in people:
        if one.manager_id is None and one.unit is not None:
            nearer = [
                (len(path), leader.pk)
                for leader, path in leaders
                if leader != one
                and one.unit.path.startswith(path)
                and (path != one.unit.path or _is_rep(one))
            ]
            if nearer:
                held[one.pk] = max(nearer)[1]
    return people, held


def _is_rep(user: User) -> bool:
    return level_of(user) == Level.REP


_MANAGED = Prepared(lambda least: User.objects.filter(manager__gt=least).values_list("pk", "manager"), ANY)
