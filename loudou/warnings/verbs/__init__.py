"""What happens to early warnings: the watch raises and ends them, people answer them, silence is told upwards."""

from loudou.warnings.verbs.answering import confirm_dispute, dispute, finish, refuse_dispute, snooze
from loudou.warnings.verbs.watching import ask_again, escalate, note_watch, watch

__all__ = [
    "ask_again",
    "confirm_dispute",
    "dispute",
    "escalate",
    "finish",
    "note_watch",
    "refuse_dispute",
    "snooze",
    "watch",
]
