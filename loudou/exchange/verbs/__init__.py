"""Everything that can be done where data comes in and goes out."""

from loudou.exchange.verbs.exporting import (
    AT_ONCE,
    FREE_PERSONS,
    Unproved,
    ask_export,
    confirm_export,
    fail_export,
    finish_export,
    hand_out,
    refuse_export,
)

__all__ = [
    "AT_ONCE",
    "FREE_PERSONS",
    "Unproved",
    "ask_export",
    "confirm_export",
    "fail_export",
    "finish_export",
    "hand_out",
    "refuse_export",
]
