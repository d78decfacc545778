"""Where leaderboards are off."""

from __future__ import annotations

from collections.abc import Iterable

from loudou.people.models import Unit
from loudou.steering.models import Leaderboard


def hidden_paths() -> list[str]:
    """The paths of the units below which nobody is ranked; the organisation's own is "" (one query)."""
    rows = Leaderboard.objects.filter(shown=False).values_list("unit__path", flat=True)
    return [path or "" for path in rows]


def is_shown(unit: Unit | None, hidden: Iterable[str]) -> bool:
    """Whether the people of a unit are ranked; without one, whether anybody is."""
    path = unit.path if unit is not None else ""
    return not any(path.startswith(one) for one in hidden)
