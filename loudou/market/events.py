"""What can happen to market walks."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loudou.journal.vocabulary import event, subject

subject("market.walk", _("market walk"), "market:walk")

RECORDED = event("walk.recorded", _("recorded the market walk {subject}"), "route")
ANNULLED = event("walk.annulled", _("annulled the market walk {subject}: {reason}"), "ban")
IMPORTED = event("walk.imported", _("imported the market walk {subject}"), "file-import")
WITHDRAWN = event("walk.withdrawn", _("withdrew {subject}, which an import had brought"), "arrow-back-up")
