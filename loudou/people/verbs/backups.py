"""What the organisation's history keeps of backups: made, failed, put back."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from loudou.journal.record import record, send_mail, verb, withhold_deliveries
from loudou.kernel import clock
from loudou.people import events
from loudou.people.models import Session, Token, User
from loudou.people.queries import organisation


@verb
def note_backup(*, file: str, size: int, rows: int, by: User | None) -> None:
    """Note that a backup was made and proved good."""
    record(events.BACKED_UP, organisation(), by=by, file=file, size=size, rows=rows)


@verb
def note_failed_backup(*, reason: str, by: User | None) -> None:
    """Note that a backup failed; every administrator hears of it, in the program and by mail."""
    administrators = list(User.objects.active().filter(roles__contains=["admin"]))
    record(events.BACKUP_FAILED, organisation(), by=by, reason=reason, notify=administrators)
    for user in administrators:
        if user.email:
            send_mail(user.email, _("The backup failed"), reason)


@verb
def resume_after_restore(*, made_at: datetime, by: User | None, send_pending: bool = False) -> int:
    """Make a restored copy safe to open: nobody is signed in, no token opens, nothing is sent twice.

    Sessions and tokens may have been ended after the backup was made, so all of them end now. Messages that waited
    then may have left since: they are withheld unless `send_pending`. Returns how many.
    """
    Session.objects.all().delete()
    Token.objects.filter(revoked_at=None).update(revoked_at=clock.now())
    withheld = 0 if send_pending else withhold_deliveries("withheld: restored from a backup")
    record(events.RESTORED, organisation(), by=by, made_at=made_at, withheld=withheld)
    return withheld
