"""What happens to reports that go out by themselves."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loudou.journal.vocabulary import event

SUBSCRIBED = event("subscription.made", _("lets {subject} be mailed"), "mail")
CHANGED = event("subscription.changed", _("changed when {subject} is mailed"), "mail")
STOPPED = event("subscription.stopped", _("stopped the mails of {subject}"), "ban")
MAILED = event("subscription.mailed", _("{subject} was mailed with {rows} rows"), "send")
FAILED = event("subscription.failed", _("{subject} could not be mailed: {trouble}"), "alert-triangle")
SHOWN = event("screen.made", _("put up the screen {subject}, until {expires_on}"), "device-tv")
REKEYED = event("screen.rekeyed", _("gave the screen {subject} a new link, until {expires_on}"), "key")
REVOKED = event("screen.revoked", _("took the screen {subject} down"), "ban")
