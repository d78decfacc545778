"""What goes along when somebody comes to another unit. Rooms above say so here; this room knows none of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from loudou.people.models import User

Along = Callable[[User, date], None]

_along: list[Along] = []


def goes_along(act: Along) -> None:
    """Let this be called, inside the act, when the unit of a person has become another from a day on."""
    _along.append(act)


def take_along(user: User, since: date) -> None:
    """Let all that somebody has come along to where they belong since that day."""
    for act in _along:
        act(user, since)
