"""What can happen to tasks."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loudou.journal.vocabulary import event, subject

subject("tasks.task", _("to-do"), "tasks:task")

SET = event("task.set", _("set {owner} the task “{subject}”"), "checkbox")
EDITED = event("task.edited", _("changed the task “{subject}”"), "pencil")
HANDED_OVER = event("task.handed_over", _("handed the task “{subject}” over to {owner}"), "arrows-exchange")
FINISHED = event(
    "task.finished",
    _("finished the task “{subject}”: {result}"),
    "circle-check",
    bare=_("finished the task “{subject}”"),
)
REOPENED = event("task.reopened", _("took the task “{subject}” up again"), "arrow-back-up")
DROPPED = event("task.dropped", _("dropped the task “{subject}”: {reason}"), "ban")
POSTPONED = event("task.postponed", _("put the task “{subject}” off until {due_on}"), "calendar-event")
IMPORTED = event("task.imported", _("imported the task “{subject}”"), "file-import")
WITHDRAWN = event(
    "task.withdrawn", _("withdrew the task “{subject}”, which an import had brought"), "arrow-back-up"
)
