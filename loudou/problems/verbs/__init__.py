"""What happens to problems (C18) and rules (C14)."""

from loudou.problems.verbs.importing import (
    import_problem,
    import_rule,
    withdraw_problems,
    withdraw_rules,
)
from loudou.problems.verbs.problems import (
    classify,
    close_problem,
    contain,
    find_cause,
    print_rule,
    register,
    send_back,
)
from loudou.problems.verbs.rules import remind_of_reviews, retire_rule, review_rule, write_rule

__all__ = [
    "classify",
    "close_problem",
    "contain",
    "find_cause",
    "import_problem",
    "import_rule",
    "print_rule",
    "register",
    "remind_of_reviews",
    "retire_rule",
    "review_rule",
    "send_back",
    "withdraw_problems",
    "withdraw_rules",
    "write_rule",
]
