"""What can happen to activities."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loudou.journal.vocabulary import event, subject

subject("fieldwork.activity", _("activity"), "fieldwork:activity")

LOGGED = event("activity.logged", _("recorded {subject}"), "notebook")
IMPORTED = event("activity.imported", _("imported {subject}"), "file-import")
EDITED = event("activity.edited", _("corrected {subject}"), "pencil")
ANNULLED = event("activity.annulled", _("annulled {subject}: {reason}"), "ban")
WITHDRAWN = event("activity.withdrawn", _("withdrew {subject}, which an import had brought"), "arrow-back-up")
