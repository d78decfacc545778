"""What can happen to forms and to what is handed in on them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loudou.journal.vocabulary import event, subject, values

APPROVE_OWNER, APPROVE_COUNCIL, SIGN = "forms.owner", "forms.council", "forms.record"

subject("forms.form", _("form"), "forms:form")
subject("forms.formversion", _("version of a form"), "forms:version")
subject("forms.formrecord", _("filled-in form"), "forms:record")
subject("forms.review", _("review of a form"), "forms:review")
values(
    "signoff.request",
    "act",
    {
        APPROVE_OWNER: _("form for sales operations"),
        APPROVE_COUNCIL: _("form for the managers' council"),
        SIGN: _("filled-in form"),
    },
)

FURNISHED = event("form.furnished", _("furnished the form {subject}"), "clipboard-list")
PROPOSED = event("form.proposed", _("proposed the form {subject}"), "clipboard-list")
EDITED = event("form.edited", _("changed the proposal of {subject}"), "pencil")
JUSTIFIED = event("form.justified", _("justified {subject}: {minutes} minutes, {times} times"), "scale")
ASKED = event("form.asked", _("handed {subject} in for approval"), "send")
APPROVED = event("form.approved", _("approved the form {subject}"), "circle-check")
RETURNED = event("form.returned", _("sent the form {subject} back: “{opinion}”"), "arrow-back-up")
ISSUED = event("form.issued", _("issued the form {subject}, version {number}"), "speakerphone")
DROPPED = event("form.dropped", _("dropped the proposal of {subject}: {reason}"), "trash")
RETIRED = event("form.retired", _("retired the form {subject}: {reason}"), "archive")
OWNED = event("form.owned", _("gave the form {subject} to {to}"), "user-edit")
REVIEW_OPENED = event("form.review_opened", _("the form {subject} is due for review"), "calendar-due")
REVIEWED = event("form.reviewed", _("reviewed the form {subject}: {outcome}"), "clipboard-check")

FILLED = event("form.filled", _("filled in {subject}"), "clipboard-text")
CORRECTED = event("form.corrected", _("corrected {subject}: {reason}"), "pencil")
READ = event("form.read", _("read {subject}"), "eye")
USED = event("form.used", _("used {subject}: {note}"), "bolt")
DOUBTED = event("form.doubted", _("could not verify {subject}: {reason}"), "alert-triangle")
SIGNED = event("form.signed", _("signed the filled-in form {subject}"), "writing-sign")
SENT_BACK = event("form.sent_back", _("sent back the filled-in form {subject}"), "arrow-back-up")
PRINTED = event("form.printed", _("took {subject} out"), "file-export")
TAKEN_OUT = event("form.taken_out", _("took {count} records of {subject} out"), "file-export")
IMPORTED = event("form.imported", _("imported {subject}"), "file-import")
WITHDRAWN = event("form.withdrawn", _("withdrew {subject}, which an import had brought"), "arrow-back-up")
