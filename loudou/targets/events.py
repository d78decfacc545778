"""What can happen to targets."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loudou.journal.vocabulary import event, subject, values

subject("targets.target", _("target"), "targets:target")
subject("targets.negotiation", _("negotiation"), "targets:negotiation")
subject("targets.seasonalindex", _("seasonal index"), "")
subject("targets.sellingcalendar", _("selling days"), "")
subject("targets.actual", _("result"), "")
subject("targets.closing", _("closed books"), "steering:closing")
values(
    "signoff.request",
    "act",
    {
        "targets.approval": _("approval of a target"),
        "targets.adjustment": _("adjustment of a target"),
        "targets.reopening": _("reopening of closed books"),
    },
)

SET = event("target.set", _("set the target {subject}: {amount}"), "target")
ADJUSTED = event("target.adjusted", _("adjusted the target {subject}"), "pencil")
TYPED = event("target.typed", _("set {count} targets of {subject} in the sheet"), "table")
DESCRIBED = event("target.described", _("changed what the target {subject} says"), "pencil")
WITHDRAWN = event("target.withdrawn", _("withdrew the target {subject}"), "trash")
WAIVED = event("target.waived", _("waived the 120 % of {subject}: {reason}"), "shield-check")
SEASON_SET = event("season.set", _("set the seasonal index {subject}"), "calendar")
SEASON_WITHDRAWN = event("season.withdrawn", _("withdrew the seasonal index {subject}"), "trash")
SELLING_SET = event("selling.set", _("set the selling days of {subject}"), "calendar")
SELLING_WITHDRAWN = event("selling.withdrawn", _("withdrew the selling days of {subject}"), "trash")
ACTUAL_RECORDED = event("actual.recorded", _("recorded the result {subject}: {amount}"), "receipt")
ACTUAL_POSTED = event(
    "actual.posted", _("posted the difference of {subject} in the open month: {amount}"), "receipt"
)
ACTUAL_CORRECTED = event("actual.corrected", _("corrected the result {subject}"), "pencil")
ACTUAL_WITHDRAWN = event("actual.withdrawn", _("withdrew the result {subject}"), "trash")

NEGOTIATION_OPENED = event("negotiation.opened", _("set the envelope of {subject}: {amount}"), "message")
NEGOTIATION_PROPOSED = event("negotiation.proposed", _("proposed for {subject}: {amount}"), "message")
NEGOTIATION_ANSWERED = event("negotiation.answered", _("answered about {subject}: {amount}"), "message")
NEGOTIATION_SAID = event("negotiation.said", _("wrote about {subject}"), "message")
NEGOTIATION_SUBMITTED = event("negotiation.submitted", _("submitted {subject}: {amount}"), "writing-sign")
NEGOTIATION_RETURNED = event("negotiation.returned", _("sent {subject} back: {reason}"), "arrow-back-up")
# Most who hear of it are those who carry a part: they see their targets, not what was negotiated.
NEGOTIATION_APPROVED = event(
    "negotiation.approved", _("approved {subject}: {amount}"), "target", page="insight:target_progress"
)
NEGOTIATION_WITHDRAWN = event("negotiation.withdrawn", _("withdrew the negotiation {subject}"), "trash")
NEGOTIATION_DROPPED = event("negotiation.dropped", _("ended the negotiation {subject}"), "x")

BOOKS_CLOSED = event("books.closed", _("closed the books of {subject}: {facts} facts are frozen"), "lock")
BOOKS_REOPENED = event("books.reopened", _("reopened the books of {subject}: {reason}"), "lock-open")
EDITIONS_TOLD = event(
    "target.editions_told", _("imported {count} editions of the target {subject}"), "history"
)
CLOSING_IMPORTED = event("books.imported", _("imported that the books of {subject} were closed"), "history")
FACTS_IMPORTED = event(
    "books.facts_imported", _("imported what was frozen in {subject}: {facts} facts"), "history"
)
CLOSING_WITHDRAWN = event(
    "books.withdrawn", _("withdrew the closing of {subject}, which an import had brought"), "arrow-back-up"
)
FACTS_WITHDRAWN = event(
    "books.facts_withdrawn", _("withdrew what an import had frozen in {subject}"), "arrow-back-up"
)
