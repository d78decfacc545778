"""Letting somebody else sign for a while."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils.translation import gettext as _

from loudou.journal.record import lock, record, verb
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.access import may, require
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.signoff import events
from loudou.signoff.models import Delegation

_MOST_DAYS = 92


@verb
def delegate(
    signer: User, *, to: User, first: date, last: date, by: User | None, reason: str = ""
) -> Delegation:
    """Let somebody with the right to sign do so for another from one day to another, both included.

    One delegate at a time; nobody signs through it what they asked for or own (`sign` knows).
    """
    made = Delegation(signer=signer, unit=signer.unit, delegate=to, first=first, last=last)
    if by is not None and by.pk != signer.pk:
        raise Forbidden(_("Only the signer delegates."))
    require(by, "signoff.sign")
    if to.pk == signer.pk or not to.is_active or not may(to, "signoff.sign"):
        raise Refused(_("Choose somebody else who may sign."), field="to")
    if last < first or last < organisation().today:
        raise Refused(_("The last day lies before the first, or is over."), field="last")
    if (last - first).days >= _MOST_DAYS:
        raise Refused(_("At most {n} days at once.").format(n=_MOST_DAYS), field="last")
    lock(signer)
    if Delegation.objects.filter(signer=signer, first__lte=last, last__gte=first).exists():
        raise Refused(_("Some of these days are delegated already."), field="first")
    made.reason = " ".join(reason.split())[:200]
    made.save(force_insert=True)
    record(events.DELEGATED, made, by=by, to=to, first=first, last=last, reason=made.reason, notify=[to])
    return made


@verb
def end_delegation(delegation: Delegation, *, by: User | None) -> None:
    """Sign oneself again from today; what was signed meanwhile stands."""
    fresh = lock(delegation)
    if by is not None and by.pk != fresh.signer_id:
        raise Forbidden(_("Only the signer ends it."))
    record(events.TAKEN_BACK, fresh, by=by, notify=[fresh.delegate])
    yesterday = organisation().today - timedelta(days=1)
    if fresh.first > yesterday:
        fresh.delete()
        return
    fresh.last, fresh.version = min(fresh.last, yesterday), fresh.version + 1
    fresh.save(update_fields=["last", "version"])
