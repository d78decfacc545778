"""What can happen to a request for a signature."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loudou.journal.vocabulary import event, subject

subject("signoff.request", _("request for a signature"), "signoff:request")

ASKED = event("signoff.asked", _("asked for a signature: {subject}"), "writing-sign")
SIGNED = event("signoff.signed", _("signed {subject}: “{opinion}”"), "writing-sign")
RETURNED = event("signoff.returned", _("sent back {subject}: “{opinion}”"), "arrow-back-up")
WITHDRAWN = event("signoff.withdrawn", _("withdrew the request {subject}"), "x")
READDRESSED = event(
    "signoff.readdressed", _("sent the request {subject} to another signer"), "arrows-exchange"
)
ESCALATED = event("signoff.escalated", _("{subject} is late and goes to {to} as well"), "arrow-up-right")
REMINDED = event("signoff.reminded", _("{count} to sign until {until}, the first one {subject}"), "alarm")
