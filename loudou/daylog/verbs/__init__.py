"""Everything that can be done to days."""

from loudou.daylog.verbs._values import MOST_EXPENSES, BadStop, Spent, Stop
from loudou.daylog.verbs.absences import cancel_absence, note_absence
from loudou.daylog.verbs.checks import draw_checks, target_check, tell_finding
from loudou.daylog.verbs.desk import answer_query, ask_about, check_arrival, hear_report, judge_query
from loudou.daylog.verbs.importing import (
    import_check,
    import_desk_log,
    import_expense,
    import_item,
    import_log,
    import_support,
    withdraw_days,
)
from loudou.daylog.verbs.items import carry_item, close_item, plan_item, plan_items
from loudou.daylog.verbs.logs import Done, annul_log, confirm, print_log, read_log, refuse, submit_log
from loudou.daylog.verbs.support import answer_help, ask_help

__all__ = [
    "MOST_EXPENSES",
    "BadStop",
    "Done",
    "Spent",
    "Stop",
    "annul_log",
    "answer_help",
    "answer_query",
    "ask_about",
    "ask_help",
    "cancel_absence",
    "carry_item",
    "check_arrival",
    "close_item",
    "confirm",
    "draw_checks",
    "hear_report",
    "import_check",
    "import_desk_log",
    "import_expense",
    "import_item",
    "import_log",
    "import_support",
    "judge_query",
    "note_absence",
    "plan_item",
    "plan_items",
    "print_log",
    "read_log",
    "refuse",
    "submit_log",
    "target_check",
    "tell_finding",
    "withdraw_days",
]
