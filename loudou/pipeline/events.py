"""What can happen to deals and funnels."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loudou.journal.vocabulary import event, subject, values

subject("pipeline.deal", _("deal"), "pipeline:deal")
subject("pipeline.funnel", _("funnel"), "pipeline:funnel")
subject("pipeline.reason", _("reason"), "pipeline:reasons")

values("pipeline.deal", "to_stage", {"won": _("won")})
values(
    "signoff.request",
    "act",
    {
        "pipeline.promotion": _("confirmation of a promotion"),
        "pipeline.skip": _("skipping a gate"),
        "pipeline.amount": _("change of amount"),
        "pipeline.probability": _("success rate"),
        "pipeline.win": _("win"),
        "pipeline.close_check": _("check of an ended deal"),
        "pipeline.reopen": _("reopening"),
    },
)

OPENED = event("deal.opened", _("opened {subject}"), "plus")
EDITED = event("deal.edited", _("changed {subject}"), "pencil")
LINES_SET = event("deal.lines_set", _("changed the lines of {subject}"), "list-details")
DELIVERIES_SET = event("deal.deliveries_set", _("changed the delivery plan of {subject}"), "truck-delivery")
DELIVERIES_REMOVED = event(
    "deal.deliveries_removed", _("removed the delivery plan of {subject}"), "truck-delivery"
)
DELIVERIES_FOLLOWED = event(
    "deal.deliveries_followed",
    _("changed the amount of {subject}; its deliveries follow in proportion"),
    "truck-delivery",
)
CONTACTS_SET = event("deal.contacts_set", _("changed the decision chain of {subject}"), "users")
TEAM_SET = event("deal.team_set", _("changed the team of {subject}"), "users-group")
COMPETITOR_SET = event("deal.competitor_set", _("noted the competitor {name} on {subject}"), "flag")
COMPETITOR_REMOVED = event(
    "deal.competitor_removed", _("removed the competitor {name} from {subject}"), "flag"
)
NOTED = event("deal.noted", _("wrote on {subject}: {text}"), "message")
FILE_ADDED = event("deal.file_added", _("attached {name} to {subject}"), "paperclip")
FILE_REMOVED = event("deal.file_removed", _("removed {name} from {subject}"), "trash")
FOLLOWED = event("deal.followed", _("follows {subject}"), "eye")
UNFOLLOWED = event("deal.unfollowed", _("no longer follows {subject}"), "eye-off")

MOVED = event("deal.moved", _("moved {subject} from {from_stage} to {to_stage}"), "arrow-up-right")
MOVED_BACK = event(
    "deal.moved_back", _("moved {subject} back from {from_stage} to {to_stage}: {reason}"), "arrow-back-up"
)
SKIPPED = event(
    "deal.skipped", _("let {subject} skip from {from_stage} to {to_stage}: {reason}"), "corner-up-right"
)
GATE_REFUSED = event(
    "deal.gate_refused",
    _("ran into the gate to {to_stage} with {subject}, for want of {missing}"),
    "hand-stop",
    bare=_("ran into the gate to {to_stage} with {subject}"),
)
EVIDENCE_GIVEN = event("deal.evidence_given", _("showed “{kind}” for {subject}"), "circle-check")
EVIDENCE_WITHDRAWN = event(
    "deal.evidence_withdrawn", _("withdrew “{kind}” from {subject}: {reason}"), "circle-x"
)
CONTACTED = event("deal.contacted", _("was in contact about {subject}"), "message-circle")
TASK_DONE = event("deal.task_done", _("did “{task}” for {subject}"), "checkbox")

WON = event("deal.won", _("won {subject} for {amount}"), "trophy")
LOST = event("deal.lost", _("lost {subject}: {reason}"), "thumb-down")
CANCELLED = event("deal.cancelled", _("noted that the customer cancelled {subject}: {reason}"), "ban")
INVALIDATED = event("deal.invalidated", _("declared {subject} invalid: {reason}"), "trash")
CLOSE_VERIFIED = event("deal.close_verified", _("verified how {subject} ended"), "shield-check")
REOPENED = event("deal.reopened", _("reopened {subject}: {reason}"), "refresh")
HELD = event("deal.held", _("put {subject} on hold until {wake_on}: {reason}"), "clock-pause")
RESUMED = event("deal.resumed", _("took {subject} up again"), "player-play")
HANDED_OVER = event(
    "deal.handed_over", _("handed {subject} over from {former} to {owner}: {reason}"), "arrows-exchange"
)
MIGRATED = event("deal.migrated", _("moved {subject} to version {number} of its funnel"), "versions")
WITHDRAWN = event("deal.withdrawn", _("withdrew {subject}, which an import had brought"), "arrow-back-up")
HISTORY_WITHDRAWN = event(
    "deal.history_withdrawn", _("withdrew imported history of {subject}"), "arrow-back-up"
)
HISTORY_IMPORTED = event("deal.history_imported", _("imported the history of {subject}"), "history")

THRESHOLDS_SET = event("thresholds.set", _("changed from when on something is odd"), "adjustments")
THRESHOLDS_FOLLOWED = event(
    "thresholds.followed",
    _("{count} deals are told otherwise since the thresholds were changed"),
    "adjustments",
)
FUNNEL_ADDED = event("funnel.added", _("added the funnel {subject}"), "filter")
FUNNEL_EDITED = event("funnel.edited", _("changed the draft of {subject}"), "pencil")
FUNNEL_PUBLISHED = event("funnel.published", _("published version {number} of {subject}"), "versions")
DRAFT_DISCARDED = event("funnel.draft_discarded", _("discarded the draft of {subject}"), "trash")
MIGRATION_BEGUN = event(
    "funnel.migration_begun", _("began to move {deals} deals of {subject} to version {number}"), "versions"
)
MIGRATION_ENDED = event(
    "funnel.migration_ended", _("moved {deals} deals of {subject} to version {number}"), "versions"
)
FUNNEL_RETIRED = event("funnel.retired", _("retired the funnel {subject}"), "archive")
REASON_SET = event("reason.set", _("changed the reason {subject}"), "tag")
