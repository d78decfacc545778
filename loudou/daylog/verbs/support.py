"""Calls for help from the field, with a clock (F27, R119)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from loudou.daylog import events
from loudou.daylog.models import DayLog, Support
from loudou.daylog.verbs._values import text
from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.signoff.queries import due


@verb
def ask_help(user: User, *, matter: str, by: User | None, log: DayLog | None = None) -> Support:
    """Ask for help; the manager hears of it, an answer is due by the end of the next working day."""
    request = Support(asker=user, unit=user.unit, log=log)
    require(by, "daylog.write", request)
    request.matter = text("matter", matter, _("Say what help is needed."))
    request.asked_at, request.due_at = clock.now(), due(1)
    request.save(force_insert=True)
    record(events.HELP_ASKED, request, by=by, notify=filter(None, [user.manager]))
    return request


@verb
def answer_help(request: Support, *, answer: str, by: User | None, version: int | None = None) -> Support:
    """Answer a call for help: what was done; the clock stops."""
    require(by, "daylog.help", request)
    fresh = lock(request, version=version)
    if fresh.answered_at is not None:
        raise Refused(_("This was answered already."))
    if by is not None and by.pk == fresh.asker_id:
        raise Refused(_("Somebody else answers a call for help."), field="answer")
    fresh.answer = text("answer", answer, _("Say what was done."))
    fresh.answered_at, fresh.answered_by, fresh.version = clock.now(), by, fresh.version + 1
    fresh.save()
    record(events.HELPED, fresh, by=by, notify=[fresh.asker])
    return fresh
