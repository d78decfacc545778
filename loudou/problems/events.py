"""What can happen to problems and to the rules written against them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loudou.journal.vocabulary import event, subject

subject("problems.problem", _("problem"), "problems:problem")
subject("problems.rule", _("rule"), "problems:rule")

REGISTERED = event("problem.registered", _("registered the problem {subject}"), "flag")
CONTAINED = event("problem.contained", _("contained the problem {subject}"), "shield")
CAUSE_FOUND = event("problem.cause_found", _("found the cause of {subject}: {cause}"), "search")
RECURRED = event("problem.recurred", _("“{cause}” came {count} times in 90 days: {subject}"), "repeat")
CLASSIFIED = event("problem.classified", _("classed {subject} as {kind}"), "scale")
SENT_BACK = event("problem.sent_back", _("sent {subject} back: {reason}"), "arrow-back-up")
CLOSED = event("problem.closed", _("closed {subject}: {finding}"), "circle-check")
IMPORTED = event("problem.imported", _("imported the problem {subject}"), "file-import")
WITHDRAWN = event("problem.withdrawn", _("withdrew {subject}, which an import had brought"), "arrow-back-up")
RULE_WRITTEN = event("rule.written", _("wrote the rule {subject}, edition {edition}"), "gavel")
RULE_REVIEWED = event("rule.reviewed", _("reviewed the rule {subject}: {finding}"), "refresh")
RULE_RETIRED = event("rule.retired", _("retired the rule {subject}: {reason}"), "archive")
RULE_DUE = event("rule.due", _("the rule {subject} is due for review"), "calendar-due")
PRINTED = event("rule.printed", _("printed the rule {subject}"), "printer")
