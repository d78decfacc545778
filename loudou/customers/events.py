"""What can happen to customers and the people there."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loudou.journal.vocabulary import event, subject

subject("customers.customer", _("customer"), "customers:customer")
subject("customers.contact", _("contact"))

ADDED = event("customer.added", _("added {subject}"), "plus")
EDITED = event("customer.edited", _("changed {subject}"), "pencil")
HANDED_OVER = event(
    "customer.handed_over", _("handed {subject} over from {former} to {owner}: {reason}"), "arrows-exchange"
)
SHARED = event("customer.shared", _("shared {subject} with {who}"), "share")
UNSHARED = event("customer.unshared", _("no longer shares {subject} with {who}"), "eye-off")
TAGGED = event("customer.tagged", _("changed the tags of {subject}"), "tags")
PHONE_VERIFIED = event("customer.phone_verified", _("verified the phone of {subject}"), "phone-check")
PHONE_REVEALED = event("customer.phone_revealed", _("looked at a phone of {subject}"), "eye")
REVEALS_EXHAUSTED = event(
    "customer.reveals_exhausted",
    _("wanted to look at more than {count} phones in a day"),
    "shield-exclamation",
)
PROBED = event(
    "customer.probed",
    _("noticed that {subject} asked {count} times in vain whether a customer exists"),
    "shield-exclamation",
)
SIGHTED = event(
    "customer.sighted",
    _("noticed that {subject} was shown the phones of {count} people within a month"),
    "shield-exclamation",
)
MERGED = event("customer.merged", _("merged {merged} into {subject}"), "git-branch")
UNMERGED = event("customer.unmerged", _("parted {merged} from {subject} again"), "git-branch")
NOTED = event("customer.noted", _("wrote on {subject}: {text}"), "message")
FILE_ADDED = event("customer.file_added", _("attached {name} to {subject}"), "paperclip")
FILE_REMOVED = event("customer.file_removed", _("removed {name} from {subject}"), "trash")
CONTACT_ADDED = event("contact.added", _("added {subject} at {customer}"), "user-plus")
WITHDRAWN = event("customer.withdrawn", _("withdrew {subject}, which an import had brought"), "arrow-back-up")
CONTACT_WITHDRAWN = event(
    "contact.withdrawn", _("withdrew {subject}, which an import had brought"), "arrow-back-up"
)
CONTACT_EDITED = event("contact.edited", _("changed {subject} at {customer}"), "user-edit")
CHAIN_PRINTED = event("customer.chain_printed", _("took the decision chain of {subject} out"), "file-export")
CONTACT_LEFT = event("contact.left", _("noted that {subject} has left {customer}"), "user-off")
CONTACT_BACK = event("contact.back", _("noted that {subject} is back at {customer}"), "user-check")

# What a customer's timeline can be narrowed to, by the names of events.
KINDS: dict[str, tuple[str, ...]] = {
    "notes": tuple(one.name for one in (NOTED, FILE_ADDED, FILE_REMOVED)),
    "people": tuple(one.name for one in (CONTACT_ADDED, CONTACT_EDITED, CONTACT_LEFT, CONTACT_BACK)),
    "changes": tuple(
        one.name
        for one in (ADDED, EDITED, HANDED_OVER, SHARED, UNSHARED, TAGGED, PHONE_VERIFIED, MERGED, UNMERGED)
    ),
}
