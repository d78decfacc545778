"""What can happen to days and their logs."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loudou.daylog.words import FIELDS
from loudou.journal.vocabulary import event, subject, values

subject("daylog.daylog", _("day log"), "daylog:log")
subject("daylog.desklog", _("day log of the control desk"))
subject("daylog.item", _("item of a day"))
subject("daylog.expense", _("expense of a day"))
subject("daylog.support", _("call for help"), "daylog:support_request")
subject("daylog.spotcheck", _("spot check"), "daylog:spot_check")
subject("daylog.query", _("query about a day log"), "daylog:query")
subject("daylog.absence", _("absence"))
values("signoff.request", "act", {"daylog.sign": _("day log")})
values("daylog.query", "field", FIELDS)

SUBMITTED = event("daylog.submitted", _("handed in the day log {subject}"), "notebook")
RESUBMITTED = event("daylog.resubmitted", _("handed in the day log {subject} anew"), "notebook")
READ = event("daylog.read", _("read the day log {subject}"), "eye")
SIGNED = event("daylog.signed", _("signed the day log {subject}"), "writing-sign")
RETURNED = event("daylog.returned", _("sent back the day log {subject}"), "arrow-back-up")
ANNULLED = event("daylog.annulled", _("annulled the day log {subject}: {reason}"), "ban")
IMPORTED = event("daylog.imported", _("imported {subject}"), "file-import")
WITHDRAWN = event("daylog.withdrawn", _("withdrew {subject}, which an import had brought"), "arrow-back-up")
PRINTED = event("daylog.printed", _("took {subject} out"), "file-export")
CHECKED_IN = event("daylog.checked_in", _("checked {subject} in the morning: {arrival}"), "phone")
HEARD = event("daylog.heard", _("heard the evening report of {subject}"), "phone")
PLANNED = event("daylog.planned", _("planned {subject} for {due_on}"), "list-check")
CLOSED = event("daylog.closed", _("did {subject}"), "check")
CARRIED = event("daylog.carried", _("carried {subject} to {to}: {cause}"), "arrow-right")
ASKED = event("daylog.asked", _("asked about {field} of {subject}"), "help")
ANSWERED = event("daylog.answered", _("explained {subject}"), "message-circle")
JUDGED = event("daylog.judged", _("judged {subject}: {verdict}"), "scale")
HELP_ASKED = event("daylog.help_asked", _("asked for help: {subject}"), "message-circle")
HELPED = event("daylog.helped", _("answered the call for help {subject}"), "message-circle")
DRAWN = event("daylog.drawn", _("drew the day log {subject} for a spot check"), "refresh")
FOUND = event(
    "daylog.found", _("checked {subject} on the spot: {result}"), "shield-check", page="daylog:logs"
)  # who hears of it wrote the log or manages who did: checks are not theirs to see
AWAY = event("daylog.away", _("noted the absence of {subject}"), "calendar-off")
BACK = event("daylog.back", _("took back the absence of {subject}"), "calendar")
