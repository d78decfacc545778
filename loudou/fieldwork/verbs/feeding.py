"""Opening one's agenda to a calendar program, and closing it."""

from __future__ import annotations

import secrets

from loudou.fieldwork import events
from loudou.fieldwork.models import AgendaFeed
from loudou.journal.record import record, verb
from loudou.kernel import clock
from loudou.people.access import require
from loudou.people.models import User
from loudou.people.verbs.tokens import digest


@verb
def open_feed(*, by: User) -> str:
    """Make a secret address for one's agenda; the one before it leads nowhere any more. Returns the secret, once."""
    require(by, "fieldwork.see")
    secret = secrets.token_urlsafe(32)
    kept = {"digest": digest(secret), "made_at": clock.now()}
    feed, _made = AgendaFeed.objects.update_or_create(user=by, defaults=kept)
    record(events.FEED_OPENED, feed, by=by)
    return secret


@verb
def close_feed(*, by: User) -> None:
    """Let the address lead nowhere."""
    feed = AgendaFeed.objects.select_for_update().filter(user=by).first()
    if feed is not None:
        record(events.FEED_CLOSED, feed, by=by)
        feed.delete()
