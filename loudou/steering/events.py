"""What can happen to budgets."""

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
COST_CORRECTED = event("cost.corrected", _("corrected the cost {subject}"), "pencil")
COST_WITHDRAWN = event("cost.withdrawn", _("withdrew the cost {subject}"), "trash")
