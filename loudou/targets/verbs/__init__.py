"""Everything that can be done to targets and seasons."""

from loudou.targets.models import WORDS
from loudou.targets.verbs.actuals import ActualRow, correct_actual, record_actuals, withdraw_actuals
from loudou.targets.verbs.adjusting import propose_adjustment, transfer_of
from loudou.targets.verbs.bringing import (
    ClosingRow,
    EditionRow,
    FactRow,
    Frozen,
    freeze,
    import_closing,
    tell_editions,
    thaw,
    withdraw_closings,
)
from loudou.targets.verbs.closing import ask_reopening, close_books
from loudou.targets.verbs.negotiating import (
    answer_proposal,
    drop_negotiation,
    open_negotiation,
    propose_target,
    say_in_negotiation,
    submit_target,
    waive_over_assignment,
    withdraw_negotiations,
)
from loudou.targets.verbs.seasons import learn_seasons, set_season, set_seasons, withdraw_seasons
from loudou.targets.verbs.selling import set_selling_days, withdraw_selling_days
from loudou.targets.verbs.setting import adjust_target, describe_target, set_target, withdraw_targets
from loudou.targets.verbs.sheet import CellInput, CellOutcome, set_cells
from loudou.targets.verbs.signing import confirm_target, refuse_target
from loudou.targets.verbs.taking_over import take_over

__all__ = [
    "WORDS",
    "ActualRow",
    "CellInput",
    "CellOutcome",
    "ClosingRow",
    "EditionRow",
    "FactRow",
    "Frozen",
    "adjust_target",
    "answer_proposal",
    "ask_reopening",
    "close_books",
    "confirm_target",
    "correct_actual",
    "describe_target",
    "drop_negotiation",
    "freeze",
    "import_closing",
    "learn_seasons",
    "open_negotiation",
    "propose_adjustment",
    "propose_target",
    "record_actuals",
    "refuse_target",
    "say_in_negotiation",
    "set_cells",
    "set_season",
    "set_seasons",
    "set_selling_days",
    "set_target",
    "submit_target",
    "take_over",
    "tell_editions",
    "thaw",
    "transfer_of",
    "waive_over_assignment",
    "withdraw_actuals",
    "withdraw_closings",
    "withdraw_negotiations",
    "withdraw_seasons",
    "withdraw_selling_days",
    "withdraw_targets",
]
