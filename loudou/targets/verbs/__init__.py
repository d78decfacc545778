"""Everything that can be done to targets and seasons."""

from loudou.targets.verbs.seasons import set_season, withdraw_seasons
from loudou.targets.verbs.setting import WORDS, adjust_target, describe_target, set_target, withdraw_targets
from loudou.targets.verbs.taking_over import take_over

__all__ = [
    "WORDS",
    "adjust_target",
    "describe_target",
    "set_season",
    "set_target",
    "take_over",
    "withdraw_seasons",
    "withdraw_targets",
]
