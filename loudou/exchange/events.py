"""What can happen where data comes in and goes out."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loudou.journal.vocabulary import event, subject

subject("exchange.export", _("export"), "exchange:exports")

EXPORT_ASKED = event("export.asked", _("asked to export {count} rows of {kind}"), "file-export")
EXPORT_CONFIRMED = event("export.confirmed", _("approved the export of {count} rows of {kind}"), "file-check")
EXPORT_REFUSED = event("export.refused", _("did not approve the export of {count} rows of {kind}"), "file-x")
EXPORT_MADE = event("export.made", _("exported {count} rows of {kind}"), "file-export")
EXPORT_FAILED = event("export.failed", _("an export of {kind} failed"), "file-x")
