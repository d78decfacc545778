"""Putting up screens, giving them a new link, taking them down."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.utils.translation import gettext as _

from loudou.broadcasts import events
from loudou.broadcasts.boards import BOARDS
from loudou.broadcasts.models import Screen
from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.access import require
from loudou.people.models import Unit, User
from loudou.people.verbs.tokens import digest

MOST = 20
LONGEST_DAYS = 365
_SEEN_STEP = timedelta(minutes=5)  # how exactly it is kept when a screen was last looked at


@verb
def make_screen(
    *,
    name: str,
    unit: Unit | None,
    boards: Sequence[str],
    names: str,
    seconds: int,
    days: int,
    by: User,
    is_dark: bool = True,
) -> tuple[Screen, str]:
    """Put up a screen; returns it with the secret of its link, which is told this once.

    It shows the unit, as far as who put it up may see it at that moment; without one all that they may see.
    """
    require(by, "broadcasts.show")
    _check(boards, days)
    if not name.strip():
        raise Refused(_("It needs a name."), field="name")
    if Screen.objects.filter(owner=by, revoked_at=None, expires_at__gt=clock.now()).count() >= MOST:
        raise Refused(_("{n} screens of yours are up already; take one down first.").format(n=MOST))
    secret = _secret()
    made = Screen.objects.create(
        owner=by,
        name=name.strip()[:60],
        unit=unit,
        boards=[board for board in BOARDS if board in boards],
        names=names,
        seconds=seconds,
        is_dark=is_dark,
        digest=digest(secret),
        made_at=clock.now(),
        expires_at=clock.now() + timedelta(days=days),
    )
    record(events.SHOWN, made, by=by, boards=made.boards, unit=unit, expires_on=made.expires_at.date())
    return made, secret


@verb
def renew_screen(screen: Screen, *, days: int, by: User) -> tuple[Screen, str]:
    """Give a screen a new link for so many days; the old one is dead at once."""
    fresh = _own(screen, by)
    require(by, "broadcasts.show")
    _check(fresh.boards, days)
    secret = _secret()
    fresh.digest, fresh.revoked_at = digest(secret), None
    fresh.expires_at = clock.now() + timedelta(days=days)
    fresh.version += 1
    fresh.save(update_fields=["digest", "revoked_at", "expires_at", "version"])
    record(events.REKEYED, fresh, by=by, expires_on=fresh.expires_at.date())
    return fresh, secret


@verb
def revoke_screen(screen: Screen, *, by: User) -> Screen:
    """Take a screen down: its link shows nothing from now on."""
    fresh = _own(screen, by)
    if fresh.revoked_at is None:
        fresh.revoked_at = clock.now()
        fresh.version += 1
        fresh.save(update_fields=["revoked_at", "version"])
        record(events.REVOKED, fresh, by=by)
    return fresh


@verb
def note_seen(screen: Screen, *, by: User | None) -> None:
    """Note that a screen is looked at."""
    if screen.seen_at is None or clock.now() - screen.seen_at > _SEEN_STEP:
        screen.seen_at = clock.now()
        screen.save(update_fields=["seen_at"])


def _own(screen: Screen, by: User) -> Screen:
    """The screen, locked, of who put it up."""
    fresh = lock(screen)
    if fresh.owner_id != by.pk:
        raise Forbidden(_("This screen is somebody else's."))
    return fresh


def _check(boards: Sequence[str], days: int) -> None:
    if not boards or not set(boards) <= set(BOARDS):
        raise Refused(_("Choose at least one board."), field="boards")
    if not 1 <= days <= LONGEST_DAYS:
        raise Refused(_("A link lives from 1 to {days} days.").format(days=LONGEST_DAYS), field="days")


def _secret() -> str:
    return secrets.token_urlsafe(24)
