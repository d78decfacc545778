"""Whose deals a figure counts: by owner, and by unit with the times it counted for the one asked for (B0.8)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

MOMENT = timedelta(microseconds=1)  # the least time there is
NO_SOURCE = "none"  # deals whose source nobody named; "" asks for all


def just_before(instant: datetime) -> datetime:
    """The last moment before an instant: whose it is then, is whose is what stood at the instant.

    A fact at the instant, a unit's move at that midnight among them, belongs to the time that starts there (B0.11).
    """
    return instant - MOMENT


@dataclass(frozen=True)
class Belonging:
    """A unit that counts during `[since, until)`; None leaves that side open. `branch` is the part it counts in."""

    unit: int
    since: datetime | None = None
    until: datetime | None = None
    branch: int | None = None

    @property
    def always(self) -> bool:
        """Whether it counts at every instant."""
        return self.since is None and self.until is None

    def at(self, instant: datetime) -> bool:
        """Whether it counts at this instant."""
        return (self.since is None or self.since <= instant) and (self.until is None or instant < self.until)

    def days(self, zone: tzinfo) -> tuple[date, date]:
        """The days on which it counts: the first, and the one on which it no longer does."""
        return (
            self.since.astimezone(zone).date() if self.since is not None else date.min,
            self.until.astimezone(zone).date() if self.until is not None else date.max,
        )


@dataclass(frozen=True)
class Scope:
    """What is counted: everything, or an owner's, some units', a source's, a product's deals."""

    owner: int | None = None
    units: tuple[Belonging, ...] | None = None
    source: str = ""
    product: int | None = None

    @property
    def by_deal(self) -> bool:
        """Whether deals are chosen by what they are, not only by whose they are."""
        return bool(self.source) or self.product is not None

    def takes(self, owner: int, unit: int | None, at: datetime) -> bool:
        """Whether something an owner of a unit did or had at an instant counts."""
        if self.owner is not None and owner != self.owner:
            return False
        return self.units is None or self.belonging(unit, at) is not None

    @property
    def turns(self) -> list[datetime]:
        """The instants at which units come to it or leave it."""
        edges = {edge for one in self.units or () for edge in (one.since, one.until)}
        return sorted(edge for edge in edges if edge is not None)

    def belonging(self, unit: int | None, at: datetime) -> Belonging | None:
        """Through which belonging a unit counts at an instant."""
        return next((one for one in self.units or () if one.unit == unit and one.at(at)), None)


def always(units: Iterable[int], branch: int | None = None) -> tuple[Belonging, ...]:
    """Units that count at every instant."""
    return tuple(Belonging(unit, branch=branch) for unit in sorted(units))
