"""What can happen to activities."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loudou.journal.vocabulary import event, subject, values

subject("fieldwork.activity", _("activity"), "fieldwork:activity")

LOGGED = event("activity.logged", _("recorded {subject}"), "notebook")
IMPORTED = event("activity.imported", _("imported {subject}"), "file-import")
EDITED = event("activity.edited", _("corrected {subject}"), "pencil")
ANNULLED = event("activity.annulled", _("annulled {subject}: {reason}"), "ban")
WITHDRAWN = event("activity.withdrawn", _("withdrew {subject}, which an import had brought"), "arrow-back-up")

CADENCE_SET = event("contact_rules.set", _("set how often customers are to be contacted"), "phone")

CONTACT_PLAN_TAKEN = event(
    "contact_plan.taken", _("took the contact plan of {subject} out: {count} lines"), "file-export"
)

subject("fieldwork.visitplan", _("planned visit"), "fieldwork:visit")

VISIT_PLANNED = event("visit.planned", _("planned {subject}"), "calendar-plus")
VISIT_IMPORTED = event("visit.imported", _("imported {subject}"), "file-import")
VISIT_WITHDRAWN = event(
    "visit.withdrawn", _("withdrew {subject}, which an import had brought"), "arrow-back-up"
)
VISIT_EDITED = event("visit.edited", _("changed the plan of {subject}"), "pencil")
VISIT_SUBMITTED = event("visit.submitted", _("submitted the plan of {subject}"), "send")
VISIT_APPROVED = event("visit.approved", _("signed the plan of {subject}"), "writing-sign")
VISIT_RETURNED = event("visit.returned", _("sent back the plan of {subject}"), "arrow-back-up")
VISIT_STARTED = event("visit.started", _("checked in at {subject}"), "map-pin")
VISIT_BEGUN = event("visit.begun", _("made {subject} without a plan: {reason}"), "bolt")
VISIT_BACKED = event("visit.backed", _("signed {subject} afterwards"), "writing-sign")
VISIT_DISOWNED = event("visit.disowned", _("did not sign {subject} afterwards: it does not count"), "ban")
VISIT_RECORDED = event("visit.recorded", _("recorded what came of {subject}"), "notebook")
VISIT_REVIEWED = event("visit.reviewed", _("went through {subject} with its owner"), "users")
VISIT_PRINTED = event("visit.printed", _("took the interview report of {subject} out"), "file-export")
PLACE_TAKEN = event(
    "visit.place_taken", _("took where {subject} was checked in as the customer's place"), "map-pin"
)
PLACE_SEEN = event("visit.place_seen", _("looked at where {subject} was checked in"), "eye")
VISIT_CANCELLED = event("visit.cancelled", _("called off {subject}: {reason}"), "calendar-off")
VISIT_EXPIRED = event("visit.expired", _("{subject} was never made"), "alarm")

subject("fieldwork.consent", _("consent to positions"), "fieldwork:consent")

CONSENT_GIVEN = event("consent.given", _("agreed that check-ins note the place"), "map-pin-check")
CONSENT_WITHDRAWN = event("consent.withdrawn", _("no longer agrees that check-ins note the place"), "ban")
POSITIONS_FORGOTTEN = event("positions.forgotten", _("{count} positions were forgotten"), "ban")

subject("fieldwork.phonecall", _("phone record"), "fieldwork:call")

CALL_TAKEN = event("call.taken", _("noted {subject}: {matter}"), "phone")
CALL_IMPORTED = event("call.imported", _("imported {subject}"), "file-import")
CALL_PRINTED = event("call.printed", _("took {subject} out"), "file-export")
CALL_ANNULLED = event("call.annulled", _("annulled {subject}: {reason}"), "ban")
CALL_WITHDRAWN = event(
    "call.withdrawn", _("withdrew {subject}, which an import had brought"), "arrow-back-up"
)

VISIT, EMERGENCY, REVIEW = "fieldwork.visit", "fieldwork.emergency", "fieldwork.review"
values(
    "signoff.request",
    "act",
    {VISIT: _("visit plan"), EMERGENCY: _("visit without a plan"), REVIEW: _("visit review")},
)

subject("fieldwork.agendafeed", _("calendar feed"), "fieldwork:agenda")

FEED_OPENED = event("feed.opened", _("opened a calendar feed of the own agenda"), "calendar-event")
FEED_CLOSED = event("feed.closed", _("closed the calendar feed of the own agenda"), "calendar-off")
