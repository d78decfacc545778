"""What can happen to the organisation and its people."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loudou.journal.vocabulary import event, subject

subject("people.user", _("person"), "people:person")
subject("people.unit", _("unit"), "people:unit")
subject("people.organisation", _("organisation"), "people:organisation")
subject("people.calendar", _("calendar"), "people:calendar")
subject("people.rate", _("rate"), "people:rates")
subject("people.token", _("API token"))
subject("people.savedview", _("saved view"))

SIGNED_IN = event("user.signed_in", _("signed in"), "login")
SIGN_IN_FAILED = event("user.sign_in_failed", _("a sign-in as {subject} failed"), "lock-exclamation")
LOCKED_OUT = event("user.locked_out", _("locked {subject} out after {failures} failed sign-ins"), "lock")
UNLOCKED = event("user.unlocked", _("unlocked {subject}"), "lock-open")
SIGNED_OUT = event("user.signed_out", _("signed out"), "logout")
PASSWORD_CHANGED = event("user.password_changed", _("changed the password of {subject}"), "key")
SESSIONS_ENDED = event("user.sessions_ended", _("ended {count} sessions of {subject}"), "logout")
SECOND_FACTOR_ON = event("user.second_factor_on", _("set up a second factor for {subject}"), "shield-check")
SECOND_FACTOR_OFF = event("user.second_factor_off", _("removed the second factor of {subject}"), "shield-off")
RECOVERY_CODES_MADE = event(
    "user.recovery_codes_made", _("made new recovery codes for {subject}"), "shield-check"
)
RECOVERY_CODE_USED = event(
    "user.recovery_code_used", _("signed in with a recovery code; {count} are left"), "shield-exclamation"
)
INVITED = event("user.invited", _("sent {subject} a link to set a password"), "mail")
LINK_ASKED = event("user.link_asked", _("a new password for {subject} was asked for"), "mail")
TOKEN_MADE = event("token.made", _("made the API token {subject}"), "key")
TOKEN_REVOKED = event("token.revoked", _("revoked the API token {subject}"), "key-off")
ADDED = event("user.added", _("added {subject}"), "user-plus")
EDITED = event("user.edited", _("changed the data of {subject}"), "user-edit")
PREFERENCES_SET = event("user.preferences_set", _("changed the preferences of {subject}"), "adjustments")
ROLES_GRANTED = event("user.roles_granted", _("changed the roles of {subject}"), "user-shield")
ARRIVED_IN_UNIT = event(
    "user.arrived_in_unit", _("{subject} came to another unit, as planned"), "arrows-transfer-up"
)
JOINED_UNIT = event("user.joined_unit", _("moved {subject} to another unit"), "arrows-transfer-up")
MEMBERSHIPS_TOLD = event(
    "user.memberships_told", _("told which units {subject} belonged to, and when"), "history"
)
DEACTIVATED = event("user.deactivated", _("closed the account of {subject}"), "user-off")
SUCCEEDED = event("user.succeeded", _("passed what {subject} held on to {heir}"), "arrows-transfer-up")
REACTIVATED = event("user.reactivated", _("opened the account of {subject} again"), "user-check")
VIEW_SAVED = event("view.saved", _("kept the view {subject}"), "device-floppy")
VIEW_EDITED = event("view.edited", _("changed the view {subject}"), "pencil")
VIEW_REMOVED = event("view.removed", _("removed the view {subject}"), "trash")
UNIT_ADDED = event("unit.added", _("added the unit {subject}"), "sitemap")
UNIT_EDITED = event("unit.edited", _("changed the unit {subject}"), "sitemap")
UNIT_MOVED = event("unit.moved", _("moved the unit {subject}"), "sitemap")
UNIT_ARRIVED = event("unit.arrived", _("the unit {subject} came to its new place, as planned"), "sitemap")
PLACES_TOLD = event("unit.places_told", _("told where the unit {subject} stood, and when"), "history")
UNIT_RETIRED = event("unit.retired", _("closed the unit {subject}"), "sitemap")
ORGANISATION_SET = event("organisation.set", _("changed the organisation's settings"), "building")
NARROWED = event("organisation.narrowed", _("narrowed the rights of a role"), "shield")
CALENDAR_ADDED = event("calendar.added", _("added the calendar {subject}"), "calendar-plus")
CALENDAR_EDITED = event("calendar.edited", _("changed the week of the calendar {subject}"), "calendar")
CALENDAR_SET = event("calendar.set", _("changed the calendar {subject}"), "calendar")
RATE_SET = event("rate.set", _("set the rate {subject}"), "currency-yuan")
BACKED_UP = event("organisation.backed_up", _("made a backup and proved it good"), "database-export")
BACKUP_FAILED = event("organisation.backup_failed", _("a backup failed: {reason}"), "alert-triangle")
RESTORED = event(
    "organisation.restored", _("put a backup back: history goes on from {made_at}"), "database-import"
)
JOURNAL_OPENED = event("journal.opened", _("opened the journal"), "history")
JOURNAL_EXPORTED = event("journal.exported", _("took {count} entries out of the journal"), "file-export")
JOURNAL_VERIFIED = event(
    "journal.verified", _("verified the journal: {rows} entries, unbroken"), "shield-check"
)
JOURNAL_BROKEN = event(
    "journal.broken", _("found the journal broken at entry {bad}: {fault}"), "alert-triangle"
)
JOURNAL_TURNED_BACK = event(
    "journal.turned_back",
    _("found that the clock was turned back: after an entry of {last_at}, entry {bad} is of {next_at}"),
    "alert-triangle",
)
