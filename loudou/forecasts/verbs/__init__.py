"""Handing in forecasts, judging deals, asking for numbers, locking and reopening them, and setting the rules."""

from loudou.forecasts.verbs.asking import chase, remind
from loudou.forecasts.verbs.importing import (
    import_judgement,
    import_submission,
    withdraw_judgements,
    withdraw_submissions,
)
from loudou.forecasts.verbs.judging import judge
from loudou.forecasts.verbs.locking import lock_period, reopen
from loudou.forecasts.verbs.setting_up import set_terms
from loudou.forecasts.verbs.submitting import submit

__all__ = [
    "chase",
    "import_judgement",
    "import_submission",
    "judge",
    "lock_period",
    "remind",
    "reopen",
    "set_terms",
    "submit",
    "withdraw_judgements",
    "withdraw_submissions",
]
