"""What happens to early warnings: the watch raises and ends them, people answer them, silence is told upwards."""

from loudou.warnings.verbs.answering import confirm_dispute, dispute, finish, refuse_dispute, snooze
from loudou.warnings.verbs.taking_over import (
    WarningRow,
    import_warning,
    restore_warning,
    withdraw_warnings,
)
from loudou.warnings.verbs.watching import ask_again, escalate, note_watch, watch

__all__ = [
    "WarningRow",
    "ask_again",
    "confirm_dispute",
    "dispute",
    "escalate",
    "finish",
    "import_warning",
    "note_watch",
    "refuse_dispute",
    "restore_warning",
    "snooze",
    "watch",
    "withdraw_warnings",
]
