"""What usually goes with a time zone: the calendar of its land, and the money."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Land:
    """A land by the code of its calendar, and its currency."""

    calendar: str
    currency: str


_MAINLAND = Land("CN", "CNY")
_LANDS = {"Asia/Taipei": Land("TW", "TWD"), "Asia/Hong_Kong": Land("HK", "HKD")}


def land_of(time_zone: str) -> Land:
    """The land whose time it is, as far as we have its calendar; else the mainland."""
    return _LANDS.get(time_zone, _MAINLAND)
