"""Which door an act came through, and what one click did: kept beside the call, never the actor."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

CHANNELS = ("web", "api", "import", "job", "command", "demo")


@dataclass(frozen=True)
class Door:
    """The channel and the request an act belongs to."""

    channel: str
    request_id: uuid.UUID


_door: ContextVar[Door | None] = ContextVar("door", default=None)


def current() -> Door:
    """The door of the act under way; a bare call from a shell counts as a command."""
    return _door.get() or Door("command", uuid.uuid4())


@contextmanager
def through(channel: str, request_id: uuid.UUID | None = None) -> Iterator[Door]:
    """Let everything inside the block be written as coming through `channel`."""
    if channel not in CHANNELS:
        raise ValueError(channel)
    door = Door(channel, request_id or uuid.uuid4())
    token = _door.set(door)
    try:
        yield door
    finally:
        _door.reset(token)
