"""What can happen to a request for a signature."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loudou.journal.vocabulary import event, subject, values

PAPER = "signoff.paper"

subject("signoff.request", _("request for a signature"), "signoff:request")
subject("signoff.delegation", _("delegation"), "signoff:delegate")
values("signoff.request", "act", {PAPER: _("record on paper")})

ASKED = event("signoff.asked", _("asked for a signature: {subject}"), "writing-sign")
SIGNED = event(
    "signoff.signed",
    _("signed {subject} for {instead_of}: “{opinion}”"),
    "writing-sign",
    answers=True,
    bare=_("signed {subject}: “{opinion}”"),
)
RETURNED = event(
    "signoff.returned",
    _("sent back {subject} for {instead_of}: “{opinion}”"),
    "arrow-back-up",
    answers=True,
    bare=_("sent back {subject}: “{opinion}”"),
)
WITHDRAWN = event("signoff.withdrawn", _("withdrew the request {subject}"), "x")
READDRESSED = event(
    "signoff.readdressed", _("sent the request {subject} to another signer"), "arrows-exchange"
)
ESCALATED = event("signoff.escalated", _("{subject} is late and goes to {to} as well"), "arrow-up-right")
LATE = event(
    "signoff.late", _("{count} are late and wait for you as well, the first one {subject}"), "arrow-up-right"
)
REMINDED = event("signoff.reminded", _("{count} to sign until {until}, the first one {subject}"), "alarm")
DELEGATED = event("signoff.delegated", _("lets {to} sign from {first} to {last}: {subject}"), "users")
TAKEN_BACK = event("signoff.taken_back", _("signs again themselves: {subject}"), "arrow-back-up")
IMPORTED = event("signoff.imported", _("imported the signature {subject}"), "file-import")
WITHDRAWN_IMPORT = event(
    "signoff.withdrawn_import", _("withdrew {subject}, which an import had brought"), "arrow-back-up"
)
