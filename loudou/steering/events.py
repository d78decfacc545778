"""What can happen to budgets and to how targets are followed up."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from loudou.journal.vocabulary import event, subject

subject("steering.budget", _("budget"), "steering:budget")
subject("steering.cost", _("cost"), "")

BUDGET_SET = event("budget.set", _("set up the budget {subject}"), "calculator")
BUDGET_DESCRIBED = event("budget.described", _("changed the plan of the budget {subject}"), "pencil")
LINE_SET = event(
    "budget.line_set", _("set {category} {month} of the budget {subject}: {amount}"), "calculator"
)
LINE_ADJUSTED = event(
    "budget.line_adjusted",
    _("adjusted {category} {month} of the budget {subject} from {before} to {after}: {reason}"),
    "pencil",
)
LINE_WITHDRAWN = event(
    "budget.line_withdrawn", _("withdrew {category} {month} of the budget {subject}"), "trash"
)
COST_RECORDED = event("cost.recorded", _("recorded the cost {subject}: {amount}"), "receipt")
COST_POSTED = event(
    "cost.posted", _("posted the difference of the cost {subject} in the open month: {amount}"), "receipt"
)
COST_CORRECTED = event("cost.corrected", _("corrected the cost {subject}"), "pencil")
COST_WITHDRAWN = event("cost.withdrawn", _("withdrew the cost {subject}"), "trash")

subject("steering.note", _("evaluation"), "")
ASKED = event(
    "target.asked",
    _("the target {subject} is behind: what are the causes, what will be done by when?"),
    "help",
)
ANSWERED = event("target.answered", _("named the causes why {subject} is behind: {causes}"), "pencil")
MEASURE_TAKEN = event("measure.taken", _("will do for {subject}: {text}, by {due}"), "list-check")
MEASURE_CLOSED = event(
    "measure.closed", _("closed a measure for {subject}: {text} – {result}"), "circle-check"
)
MEASURE_REOPENED = event("measure.reopened", _("took a measure for {subject} up again: {text}"), "refresh")
MEASURE_WITHDRAWN = event("measure.withdrawn", _("withdrew a measure for {subject}: {text}"), "trash")
MEASURE_DUE = event("measure.due", _("a measure for {subject} is overdue: {text}, due {due}"), "bell")
NOTED = event("target.noted", _("evaluated {period}: {subject}"), "notebook")
NOTE_WITHDRAWN = event("note.withdrawn", _("withdrew the evaluation {subject}"), "trash")
LEADERBOARD_SHOWN = event("leaderboard.shown", _("switched the leaderboards of {subject} on"), "trophy")
LEADERBOARD_HIDDEN = event("leaderboard.hidden", _("switched the leaderboards of {subject} off"), "eye-off")
NOTE_DUE = event("target.note_due", _("the evaluation of {period} is due"), "bell", page="steering:following")
