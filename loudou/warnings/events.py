"""What can happen to early warnings. They are told in the history of their deals."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loudou.journal.vocabulary import event, subject, values
from loudou.pipeline.words import FLAGS

_FLAGS = ("overdue", "over_stay", "near_limit", "due_soon", "no_next_step", "pushed", "no_evidence", "owed")
# What the signs of `figures.signs` are called, and the ways warnings end.
SIGNS = {
    **{sign: FLAGS[sign] for sign in _FLAGS},
    "stuck": _("far longer in the stage than others"),
    "silent": _("no contact"),
}
HOW = {
    "prevented": _("prevented"),
    "occurred": _("occurred"),
    "void": _("neither prevented nor occurred"),
}

subject("warnings.earlywarning", _("early warning"), "warnings:warning")
values("pipeline.deal", "sign", SIGNS)
values("pipeline.deal", "how", HOW)
values("signoff.request", "act", {"warnings.dispute": _("disputed warning")})

RAISED = event("warning.raised", _("warned of {subject}: {sign}"), "alert-triangle")
ENDED = event("warning.ended", _("the warning of {subject} ended ({sign}): {how}"), "circle-check")
DONE = event("warning.done", _("sees to {subject} ({sign})"), "check")
SNOOZED = event(
    "warning.snoozed", _("put the warning of {subject} off until {until} ({sign}): {reason}"), "zzz"
)
DISPUTED = event(
    "warning.disputed", _("disputed the warning of {subject} ({sign}): {reason}"), "message-circle"
)
DISMISSED = event(
    "warning.dismissed", _("accepted that the warning of {subject} does not hold ({sign})"), "circle-check"
)
UPHELD = event("warning.upheld", _("upheld the warning of {subject} ({sign}): {opinion}"), "alert-triangle")
ASKED_AGAIN = event("warning.asked_again", _("asked again about the warning of {subject} ({sign})"), "bell")
ESCALATED = event(
    "warning.escalated",
    _("{count} warnings of {owner} wait for an answer longer than they may, the largest of them: {subject}"),
    "alarm",
)
TAKEN_OVER = event("warning.imported", _("imported the warning of {subject} ({sign})"), "history")
GIVEN_BACK = event(
    "warning.withdrawn",
    _("withdrew the warning of {subject} that an import had brought ({sign})"),
    "arrow-back-up",
)
TOLD = tuple(
    one.name for one in (RAISED, ENDED, DONE, SNOOZED, DISPUTED, DISMISSED, UPHELD, ASKED_AGAIN)
)  # in the history of a deal
