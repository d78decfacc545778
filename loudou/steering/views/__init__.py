"""Pages that steer the way to a target."""

from loudou.steering.views.backward import backward
from loudou.steering.views.budgets import add_budget, budget, budgets, describe_budget, set_line, spend
from loudou.steering.views.pace import pace, ring

__all__ = [
    "add_budget",
    "backward",
    "budget",
    "budgets",
    "describe_budget",
    "pace",
    "ring",
    "set_line",
    "spend",
]
