"""How many people outside the house somebody took out, by whatever way there is out of it.

Rooms above that have such a way say here how to count it; each asks for the whole, so that no order of ways lets more
out than one of them (`security.md` PR-09).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from loudou.people.models import User

Count = Callable[[User, timedelta], int]
_ways: list[Count] = []


def way_out(count: Count) -> None:
    """Let what leaves by this way count: how many people somebody took out by it within a span until now."""
    _ways.append(count)


def taken_out(user: User, span: timedelta) -> int:
    """How many people somebody took out, or asked for, within a span until now, by all ways together."""
    return sum(count(user, span) for count in _ways)
