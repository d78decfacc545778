"""Everything that can be done to targets and seasons."""

from loudou.targets.verbs.actuals import ActualRow, correct_actual, record_actuals, withdraw_actuals
from loudou.targets.verbs.seasons import learn_seasons, set_season, set_seasons, withdraw_seasons
from loudou.targets.verbs.setting import WORDS, adjust_target, describe_target, set_target, withdraw_targets
from loudou.targets.verbs.sheet import CellInput, CellOutcome, set_cells
from loudou.targets.verbs.taking_over import take_over

__all__ = [
    "WORDS",
    "ActualRow",
    "CellInput",
    "CellOutcome",
    "adjust_target",
    "correct_actual",
    "describe_target",
    "learn_seasons",
    "record_actuals",
    "set_cells",
    "set_season",
    "set_seasons",
    "set_target",
    "take_over",
    "withdraw_actuals",
    "withdraw_seasons",
    "withdraw_targets",
]
