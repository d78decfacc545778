"""What can happen at the desk."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loudou.journal.vocabulary import event

CHECK_ASKED = event("journal.check_asked", _("asked for the journal to be verified"), "shield-check")
