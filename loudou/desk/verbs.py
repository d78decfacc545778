"""What is done at the desk itself: reading one's notices, having history checked."""

from __future__ import annotations

from collections.abc import Sequence

from loudou.desk import events
from loudou.journal.jobs import later
from loudou.journal.models import Notice
from loudou.journal.record import record, send_mail, verb
from loudou.kernel import clock
from loudou.people.access import require
from loudou.people.models import User


@verb
def mark_read(user: User, *, by: User, only: Sequence[int] | None = None, unread: bool = False) -> int:
    """Mark one's notices read (or unread again): those of `only`, or all. Returns how many changed.

    Reading is no history: it has no entry.
    """
    if by.pk != user.pk:
        return 0
    mine = Notice.objects.filter(recipient=user, read_at__isnull=not unread)
    if only is not None:
        mine = mine.filter(pk__in=only)
    return mine.update(read_at=None if unread else clock.now())


@verb
def mail_notices(user: User, *, subject: str, body: str, notices: Sequence[Notice], by: None) -> None:
    """Send somebody the notices they have not read, in one mail, once. It has no entry: the acts themselves have."""
    send_mail(user.email, subject, body)
    Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(mailed_at=clock.now())


@verb
def ask_verification(*, by: User) -> None:
    """Have the worker walk the journal's chain now; `people.verbs.note_verification` writes down what it found."""
    require(by, "journal.audit")
    later("loudou.desk.tasks.verify_journal", by=by.pk)
    record(events.CHECK_ASKED, by, by=by)
