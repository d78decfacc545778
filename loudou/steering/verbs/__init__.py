"""Everything that can be done to budgets and costs, and to follow targets up."""

from loudou.steering.verbs.bringing import (
    MeasureRow,
    bring_measure,
    reopen_measure,
    restore_note,
    withdraw_measures,
    withdraw_notes,
)
from loudou.steering.verbs.budgets import WORDS, describe_budget, set_budget, set_line, withdraw_lines
from loudou.steering.verbs.closing import close_month, take_closing
from loudou.steering.verbs.costs import CostRow, correct_cost, record_costs, spend, withdraw_costs
from loudou.steering.verbs.following import (
    answer,
    ask_for_causes,
    close_measure,
    evaluate,
    remind_of_measures,
    remind_of_notes,
    take_measure,
)
from loudou.steering.verbs.ranking import show_leaderboard

__all__ = [
    "WORDS",
    "CostRow",
    "MeasureRow",
    "answer",
    "ask_for_causes",
    "bring_measure",
    "close_measure",
    "close_month",
    "correct_cost",
    "describe_budget",
    "evaluate",
    "record_costs",
    "remind_of_measures",
    "remind_of_notes",
    "reopen_measure",
    "restore_note",
    "set_budget",
    "set_line",
    "show_leaderboard",
    "spend",
    "take_closing",
    "take_measure",
    "withdraw_costs",
    "withdraw_lines",
    "withdraw_measures",
    "withdraw_notes",
]
