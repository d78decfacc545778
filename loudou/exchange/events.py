"""What can happen where data comes in and goes out."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loudou.journal.vocabulary import event, subject, values

subject("exchange.import", _("import"), "exchange:import")
subject("exchange.export", _("export"), "exchange:exports")
values("signoff.request", "act", {"exchange.export": _("export")})

EXPORT_ASKED = event("export.asked", _("asked to export {count} rows of {kind}"), "file-export")
EXPORT_CONFIRMED = event("export.confirmed", _("approved the export of {count} rows of {kind}"), "file-check")
EXPORT_REFUSED = event("export.refused", _("did not approve the export of {count} rows of {kind}"), "file-x")
EXPORT_MADE = event("export.made", _("exported {count} rows of {kind}"), "file-export")
EXPORT_FAILED = event("export.failed", _("an export of {kind} failed: {reason}"), "file-x")

IMPORT_BROUGHT = event("import.brought", _("brought the file {subject} for import as {kind}"), "file-import")
IMPORT_MAPPED = event("import.mapped", _("said what the columns of {subject} mean"), "columns")
IMPORT_CHECKED = event(
    "import.checked",
    _("checked {subject}: {new} new, {changed} changed, {unchanged} unchanged, {refused} refused"),
    "checklist",
)
IMPORT_BEGUN = event("import.begun", _("began to import {subject}"), "database-import")
IMPORT_DONE = event(
    "import.done",
    _("imported {subject}: {new} new, {changed} changed, {unchanged} unchanged, {refused} refused"),
    "database-import",
)
IMPORT_STOP_ASKED = event("import.stop_asked", _("asked to stop the import of {subject}"), "hand-stop")
IMPORT_STOPPED = event("import.stopped", _("stopped the import of {subject}"), "hand-stop")
IMPORT_FAILED = event("import.failed", _("the import of {subject} failed: {reason}"), "file-x")
IMPORT_UNDO_ASKED = event(
    "import.undo_asked", _("asked to take the import of {subject} back"), "arrow-back-up"
)
IMPORT_UNDONE = event(
    "import.undone", _("took the import of {subject} back: {taken} of {count} records"), "arrow-back-up"
)
IMPORT_UNDO_FAILED = event(
    "import.undo_failed", _("the import of {subject} could not be taken back: {reason}"), "file-x"
)
SHEET_TAKEN_OUT = event(
    "targets.taken_out", _("took out the targets of {subject}: {metric} {period}"), "download"
)
MAPPING_SAVED = event("mapping.saved", _("saved the mapping {name}"), "columns")
MAPPING_REMOVED = event("mapping.removed", _("removed the mapping {name}"), "columns")
