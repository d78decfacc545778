"""A deal changes hands."""

from __future__ import annotations

from django.utils.translation import gettext as _

from loudou.journal.record import record, verb
from loudou.kernel.refusals import Refused
from loudou.people.models import User
from loudou.pipeline import events
from loudou.pipeline.models import Deal
from loudou.pipeline.verbs._history import add_move, business_time
from loudou.pipeline.verbs._taking import refuse_overtaken, refuse_owner, take
from loudou.signoff.verbs import readdress


@verb
def hand_over(deal: Deal, *, owner: User, by: User | None, reason: str, version: int | None = None) -> Deal:
    """Give a deal to another owner, whose unit it joins; what was done before stays with who did it."""
    fresh = take(deal, "pipeline.hand_over", by=by)
    refuse_overtaken(fresh, version, owner=(fresh.owner.name, owner.name))
    if fresh.owner_id == owner.pk:
        return fresh
    refuse_owner(owner, by)
    if not reason.strip():
        raise Refused(_("Say why the deal changes hands."), field="reason")
    former = fresh.owner
    when = business_time(fresh, None, by)
    add_move(fresh, "owner", by=by, when=when, owner=owner, unit=owner.unit, reason=reason.strip()[:500])
    fresh.team_members.filter(user=owner).delete()
    readdress(fresh, to=owner, by=by)
    record(
        events.HANDED_OVER,
        fresh,
        by=by,
        former=former,
        owner=owner,
        reason=reason.strip(),
        notify=[owner, former],
    )
    return fresh
