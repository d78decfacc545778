"""What a person may set targets for."""

from __future__ import annotations

from django.db.models import Q

from loudou.people.access import reach, unit_ids
from loudou.people.grants import Reach
from loudou.people.models import Unit, User
from loudou.targets.models import Target

MOST_PEOPLE = 500


def settable_units(user: User) -> list[Unit]:
    """The units whose targets this person may set, as a tree in order."""
    units = Unit.objects.filter(retired_at=None).order_by("path")
    far = reach(user, "targets.set")
    if far is not Reach.ALL:
        units = units.filter(pk__in=unit_ids(user, far) if far >= Reach.TEAM else [])
    return list(units)


def settable_people(user: User, units: list[Unit]) -> list[User]:
    """The people of those units, by name; at most 500."""
    people = User.objects.active().filter(unit__in=[unit.pk for unit in units])
    return list(people.select_related("unit").order_by("name_key")[:MOST_PEOPLE])


def parts_of(target: Target, user: User) -> list[Target]:
    """What stands of the same owner and metric within a target's period, as this person may see it."""
    found = Target.objects.visible_to(user).filter(
        unit=target.unit_id, person=target.person_id, metric=target.metric
    )
    within = found.filter(starts_on__gte=target.starts_on, ends_on__lte=target.ends_on)
    same = within.filter(
        Q(family=target.family, segment=target.segment)
        | Q(starts_on=target.starts_on, ends_on=target.ends_on)
    )
    return list(same.exclude(pk=target.pk).order_by("starts_on", "-ends_on", "family", "segment")[:400])
