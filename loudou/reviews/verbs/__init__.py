"""What happens to packs of periods and to meetings."""

from loudou.reviews.verbs.meetings import (
    Todo,
    cancel_meeting,
    hold_meeting,
    plan_meeting,
    print_minutes,
    refresh_agenda,
)
from loudou.reviews.verbs.packs import (
    confirm_pack,
    hand_in,
    open_pack,
    print_pack,
    refresh_pack,
    refuse_pack,
    write_pack,
)

__all__ = [
    "Todo",
    "cancel_meeting",
    "confirm_pack",
    "hand_in",
    "hold_meeting",
    "open_pack",
    "plan_meeting",
    "print_minutes",
    "print_pack",
    "refresh_agenda",
    "refresh_pack",
    "refuse_pack",
    "write_pack",
]
