"""What can happen in the room that only looks: something is taken out of it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loudou.journal.vocabulary import event

TAKEN_OUT = event("report.taken_out", _("took out the report {report} with {count} rows"), "file-export")
