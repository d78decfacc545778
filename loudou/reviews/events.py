"""What can happen to packs of periods and to meetings."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loudou.journal.vocabulary import event, subject, values

subject("reviews.pack", _("report of a period"), "reviews:pack")
subject("reviews.meeting", _("meeting"), "reviews:meeting")
values("signoff.request", "act", {"reviews.pack": _("report of a period")})

OPENED = event("pack.opened", _("opened {subject}"), "report")
ASSEMBLED = event("pack.assembled", _("assembled {subject} from the records anew"), "refresh")
WRITTEN = event("pack.written", _("wrote on {subject}"), "pencil")
HANDED_IN = event("pack.handed_in", _("handed in {subject}"), "send")
READ = event("pack.read", _("read {subject}: {opinion}"), "writing-sign")
RETURNED = event("pack.returned", _("sent back {subject}: {opinion}"), "arrow-back-up")
PRINTED = event("pack.printed", _("took out {subject} as PDF"), "printer")
PLANNED = event("meeting.planned", _("called the meeting {subject}"), "calendar-plus")
REFRESHED = event("meeting.refreshed", _("assembled the agenda of {subject} anew"), "refresh")
HELD = event("meeting.held", _("wrote the minutes of {subject}"), "notes")
CANCELLED = event("meeting.cancelled", _("called off {subject}: {reason}"), "ban")
MINUTES_PRINTED = event("meeting.printed", _("took out the minutes of {subject} as PDF"), "printer")
