"""Everything that can be done to budgets and costs."""

from loudou.steering.verbs.budgets import WORDS, describe_budget, set_budget, set_line, withdraw_lines
from loudou.steering.verbs.costs import CostRow, correct_cost, record_costs, spend, withdraw_costs

__all__ = [
    "WORDS",
    "CostRow",
    "correct_cost",
    "describe_budget",
    "record_costs",
    "set_budget",
    "set_line",
    "spend",
    "withdraw_costs",
    "withdraw_lines",
]
