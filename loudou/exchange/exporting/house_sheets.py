"""Exports of the house itself: its units and people, and where each belonged from when to when."""

from __future__ import annotations

from datetime import tzinfo

from django.utils.translation import gettext_lazy

from loudou.exchange.exporting.cells import Cell, instant
from loudou.exchange.exporting.sheet import Filters, Rows, Sheet
from loudou.exchange.queries import visible_people
from loudou.people.models import Membership, Placing, Unit, User


def _units(user: User | None, filters: Filters) -> Rows:
    """Closed ones too: people belonged to them, and what they sold there is theirs."""
    return Unit.objects.select_related("parent").order_by("path")


def _unit(unit: Unit, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    above = unit.parent.code if unit.parent else None
    return unit.code, unit.name, above, unit.kind, str(unit.position), instant(unit.retired_at, zone)


def _places(user: User | None, filters: Filters) -> Rows:
    return Placing.objects.select_related("unit", "parent").order_by("unit__path", "since")


def _place(placing: Placing, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    above = placing.parent.code if placing.parent else None
    return placing.unit.code, above, placing.since, placing.until


def _people(user: User | None, filters: Filters) -> Rows:
    return visible_people(user).select_related("unit", "manager").order_by("id")


def _superiors_first(people: list[User]) -> list[User]:
    """Everybody after their manager, so that a file can be imported from top to bottom."""
    below: dict[int | None, list[User]] = {}
    known = {user.pk for user in people}
    for user in people:
        below.setdefault(user.manager_id if user.manager_id in known else None, []).append(user)
    ordered = list(below.get(None, []))
    for user in ordered:
        ordered += below.get(user.pk, [])
    return ordered


def _person(person: User, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    return (
        person.username,
        person.name,
        person.unit.code if person.unit else None,
        ",".join(person.roles),
        person.manager.username if person.manager else None,
        person.joined_on,
        person.left_on,
    )


def _memberships(user: User | None, filters: Filters) -> Rows:
    rows = Membership.objects.filter(user__in=visible_people(user)).select_related("user", "unit")
    return rows.order_by("user__username", "since")


def _membership(stay: Membership, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    return stay.user.username, stay.unit.code, stay.since, stay.until


HOUSE_SHEETS = (
    Sheet(
        "units",
        gettext_lazy("Units"),
        ("code", "name", "parent_code", "kind", "position", "retired_at"),
        "people.see",
        _units,
        _unit,
    ),
    Sheet(
        "unit-places",
        gettext_lazy("Where units stood, and when"),
        ("unit_code", "parent_code", "from", "until"),
        "people.see",
        _places,
        _place,
    ),
    Sheet(
        "people",
        gettext_lazy("People"),
        ("username", "name", "unit_code", "roles", "manager_username", "joined_on", "left_on"),
        "people.see",
        _people,
        _person,
        arrange=_superiors_first,
    ),
    Sheet(
        "memberships",
        gettext_lazy("Who belonged where, and when"),
        ("username", "unit_code", "from", "until"),
        "people.see",
        _memberships,
        _membership,
    ),
)
