"""Closing accounts, what their owners held passed on, and opening them again."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from loudou.journal.record import lock, record, verb
from loudou.kernel.refusals import Refused
from loudou.people import events
from loudou.people.access import require
from loudou.people.leaving import held_by
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.people.verbs._guarding import end_all_doors, keep_an_administrator


@verb
def deactivate(user: User, *, by: User | None, on: date | None = None, heir: User | None = None) -> User:
    """Close an account: sessions and tokens end at once, the person stays in history.

    What they hold (`people.leaving`) goes to their heir in the same act; without one it stays under their name.
    """
    require(by, "people.manage")
    fresh = lock(user)
    if not fresh.is_active:
        return fresh
    if by is not None and by.pk == fresh.pk:
        raise Refused(_("Nobody closes their own account."))
    if fresh.has("admin"):
        keep_an_administrator(fresh)
    if heir is not None:
        _succeed(fresh, heir, by=by)
    fresh.is_active = False
    fresh.left_on = fresh.left_on or on or organisation().today
    fresh.version += 1
    fresh.save(update_fields=["is_active", "left_on", "version"])
    end_all_doors(fresh)
    record(events.DEACTIVATED, fresh, by=by, left_on=fresh.left_on)
    return fresh


def _succeed(user: User, heir: User, *, by: User | None) -> None:
    """Pass all that somebody holds on to their heir."""
    if not heir.is_active or heir.pk == user.pk:
        raise Refused(_("Choose somebody else, who is still here."), field="heir")
    held = held_by(user)
    try:
        for holding, _count in held:
            holding.pass_on(user, heir, _("{name} has left.").format(name=user.name))
    except Refused as refusal:
        raise Refused(refusal.sentence, field="heir") from refusal
    if held:
        counts = {holding.name: count for holding, count in held}
        record(events.SUCCEEDED, user, by=by, heir=heir, notify=[heir], **counts)


@verb
def reactivate(user: User, *, by: User | None) -> User:
    """Open a closed account again."""
    require(by, "people.manage")
    fresh = lock(user)
    if fresh.is_active:
        return fresh
    fresh.is_active, fresh.left_on = True, None
    fresh.version += 1
    fresh.save(update_fields=["is_active", "left_on", "version"])
    record(events.REACTIVATED, fresh, by=by)
    return fresh
