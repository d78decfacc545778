"""What lists of tasks call things."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loudou.tasks.figures import due

WHEN = {
    due.OVERDUE: _("overdue"),
    due.TODAY: _("today"),
    due.WEEK: _("within seven days"),
    due.LATER: _("later"),
    due.SOMEDAY: _("without a date"),
}
STATES = {
    "open": _("to do"),
    "done": _("done"),
    "dropped": _("dropped"),
    "all": _("all"),
}
STATE_TONES = {"done": "good", "dropped": ""}
