"""Pages that steer the way to a target."""

from loudou.steering.views.backward import backward
from loudou.steering.views.budgets import add_budget, budget, budgets, describe_budget, set_line, spend
from loudou.steering.views.following import (
    answer,
    close_measure,
    evaluate,
    follow,
    following,
    take_measure,
)
from loudou.steering.views.pace import pace, ring

__all__ = [
    "add_budget",
    "answer",
    "backward",
    "budget",
    "budgets",
    "close_measure",
    "describe_budget",
    "evaluate",
    "follow",
    "following",
    "pace",
    "ring",
    "set_line",
    "spend",
    "take_measure",
]
