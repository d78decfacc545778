"""Noting who does not work on which days, so that nothing is due of them."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from loudou.daylog import events
from loudou.daylog.models import Absence
from loudou.daylog.verbs._values import text
from loudou.journal.record import lock, record, verb
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User

LONGEST_DAYS = 366


@verb
def note_absence(
    user: User,
    *,
    first: date,
    last: date,
    by: User | None,
    kind: str = Absence.Kind.LEAVE,
    note: str = "",
) -> Absence:
    """Note that somebody is away from one day to another, both included; two absences never overlap.

    On such days nothing is due of them, so nobody notes their own.
    """
    absence = Absence(user=user, unit=user.unit, first=first, last=last, kind=kind, note=text("note", note))
    require(by, "daylog.absences", absence)
    if by is not None and by.pk == user.pk:
        raise Refused(_("Somebody else notes when you are away."), field="user")
    if kind not in Absence.Kind.values:
        raise Refused(_("Choose the kind."), field="kind")
    if last < first:
        raise Refused(_("The last day lies before the first."), field="last")
    if (last - first).days > LONGEST_DAYS:
        raise Refused(_("At most a year at once."), field="last")
    lock(user)
    if Absence.objects.filter(user=user, first__lte=last, last__gte=first).exists():
        raise Refused(_("Some of these days are noted already."), field="first")
    absence.save(force_insert=True)
    record(events.AWAY, absence, by=by, first=first, last=last, kind=kind, notify=[user])
    return absence


@verb
def cancel_absence(absence: Absence, *, by: User | None) -> None:
    """Take an absence back that does not take place."""
    require(by, "daylog.absences", absence)
    fresh = lock(absence)
    record(events.BACK, fresh, by=by, first=fresh.first, last=fresh.last)
    fresh.delete()
