"""Switching leaderboards on and off."""

from __future__ import annotations

from loudou.journal.record import lock, record, verb
from loudou.people.access import require
from loudou.people.models import Unit, User
from loudou.people.queries import organisation
from loudou.steering import events
from loudou.steering.models import Leaderboard


@verb
def show_leaderboard(unit: Unit | None, *, shown: bool, by: User | None) -> Leaderboard:
    """Let the people of a unit (None: everybody) stand on leaderboards, or not; off above is off below."""
    require(by, "steering.leaderboard", Leaderboard(unit=unit))
    row, _made = Leaderboard.objects.get_or_create(unit=unit)
    fresh = lock(row)
    if fresh.shown == shown:
        return fresh
    fresh.shown = shown
    fresh.version += 1
    fresh.save(update_fields=["shown", "version"])
    event = events.LEADERBOARD_SHOWN if shown else events.LEADERBOARD_HIDDEN
    record(event, unit or organisation(), by=by)
    return fresh
