"""Every write of the room."""

from __future__ import annotations

from loudou.broadcasts.verbs.screens import make_screen, note_seen, renew_screen, revoke_screen
from loudou.broadcasts.verbs.subscriptions import (
    edit_subscription,
    note_failure,
    send_letter,
    stop_subscription,
    subscribe,
)

__all__ = [
    "edit_subscription",
    "make_screen",
    "note_failure",
    "note_seen",
    "renew_screen",
    "revoke_screen",
    "send_letter",
    "stop_subscription",
    "subscribe",
]
