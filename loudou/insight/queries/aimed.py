"""Whose targets are: a page of the board reads those of its own owners, with all that a line of it says."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import F, Q

from loudou.targets.models.target import Targets

BY_PRODUCT = "product"
# Of a thousand people with four targets each, what only signing in and settings ask for is most of the reading.
_OF_SIGNING_IN = (
    *("password", "last_login", "email", "phone", "language", "theme", "landing", "full_amounts"),
    *("mail_notices", "must_change_password", "password_changed_at", "totp_secret", "totp_last_step"),
    "recovery_codes",
)


@dataclass(frozen=True)
class Owner:
    """Who has targets: a unit, or a person."""

    unit: int | None
    person: int | None

    @property
    def key(self) -> str:
        """Its name in links."""
        return f"p{self.person}" if self.person is not None else f"u{self.unit}"


def to_be_told(found: Targets) -> Targets:
    """The same with all that a line of the board says, those that begin first before others."""
    return (
        found.select_related("unit", "person__unit", "stage__funnel")
        .defer(*(f"person__{name}" for name in _OF_SIGNING_IN))
        .prefetch_related("stage__specs")
        .order_by("starts_on", "-ends_on")
    )


def owners_of(found: Targets) -> list[Owner]:
    """Whose these are, as the board has them: down the tree, each unit before its people; one query."""
    rows = found.order_by(
        F("unit__path").asc(nulls_first=True),
        F("person__name_key").asc(nulls_first=True),
        F("person").asc(nulls_first=True),
    ).distinct()
    owners = (
        Owner(None, person) if person is not None else Owner(unit, None)
        for unit, person in rows.values_list("unit", "person")
    )
    return list(dict.fromkeys(owners))  # a person's targets keep the units they were set for


def belonging_to(owners: list[Owner]) -> Q:
    """Targets of these owners."""
    people = [one.person for one in owners if one.person is not None]
    units = [one.unit for one in owners if one.person is None]
    homeless = Q(unit=None) if None in units else Q(pk__in=[])
    return Q(person__in=people) | Q(person=None) & (Q(unit__in=[one for one in units if one]) | homeless)
