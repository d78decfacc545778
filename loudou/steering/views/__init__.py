"""Pages that steer the way to a target."""

from loudou.steering.views.backward import backward
from loudou.steering.views.budgets import add_budget, budget, budgets, card, describe_budget, set_line, spend
from loudou.steering.views.choosing import choices
from loudou.steering.views.closing import ask_reopening, close_month, closing, closings
from loudou.steering.views.following import (
    answer,
    close_measure,
    evaluate,
    follow,
    following,
    measure,
    take_measure,
)
from loudou.steering.views.opened import achieved
from loudou.steering.views.pace import pace, ring
from loudou.steering.views.ranking import ranking, show_leaderboard

__all__ = [
    "achieved",
    "add_budget",
    "answer",
    "ask_reopening",
    "backward",
    "budget",
    "budgets",
    "card",
    "choices",
    "close_measure",
    "close_month",
    "closing",
    "closings",
    "describe_budget",
    "evaluate",
    "follow",
    "following",
    "measure",
    "pace",
    "ranking",
    "ring",
    "set_line",
    "show_leaderboard",
    "spend",
    "take_measure",
]
