"""Taking back a step just made: within a minute, by who made it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from loudou.journal.record import verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.models import User
from loudou.pipeline.models import Deal, Visit
from loudou.pipeline.queries.acting import undoable
from loudou.pipeline.queries.funnels import spec_of
from loudou.pipeline.verbs._taking import take
from loudou.pipeline.verbs.moving import step_back


@verb
def undo(deal: Deal, *, by: User) -> Deal:
    """Take back the step forward one made within the last minute: a step back like any other, on record as both."""
    fresh = take(deal, "pipeline.move", by=by)
    before = Visit.objects.filter(deal=fresh).exclude(left_at=None).order_by("-seq").first()
    target = spec_of(fresh.funnel_version_id, before.stage_id) if before is not None else None
    if target is None or not undoable(fresh, by, clock.now()):
        raise Refused(_("It is too late to undo this; move the deal back with a reason."))
    return step_back(fresh, to=target, by=by, reason=_("Undone at once: moved by mistake."))
