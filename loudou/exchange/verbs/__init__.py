"""Everything that can be done where data comes in and goes out."""

from loudou.exchange.importing.receiving import UNDO_DAYS
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
from loudou.exchange.verbs.importing import (
    begin_import,
    bring_import,
    check_import,
    finish_check,
    finish_import,
    finish_undo,
    map_import,
    read_again,
    remove_mapping,
    save_mapping,
    stop_import,
    undo_import,
    write_import,
)
from loudou.exchange.verbs.target_sheets import take_sheet_out

__all__ = [
    "AT_ONCE",
    "FREE_PERSONS",
    "UNDO_DAYS",
    "Unproved",
    "ask_export",
    "begin_import",
    "bring_import",
    "check_import",
    "confirm_export",
    "fail_export",
    "finish_check",
    "finish_export",
    "finish_import",
    "finish_undo",
    "hand_out",
    "map_import",
    "read_again",
    "refuse_export",
    "remove_mapping",
    "save_mapping",
    "stop_import",
    "take_sheet_out",
    "undo_import",
    "write_import",
]
