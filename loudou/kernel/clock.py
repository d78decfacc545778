"""The only clock. Everything that needs to know the time asks here, so that tests and the demo can set it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta, tzinfo

AHEAD = timedelta(minutes=5)  # what a clock that is being set right may go back
_frozen: ContextVar[datetime | None] = ContextVar("frozen", default=None)


def now() -> datetime:
    """This instant, in UTC."""
    return _frozen.get() or datetime.now(UTC)  # noqa: TID251 - the one place


def today(zone: tzinfo) -> date:
    """The calendar day in `zone` at this instant."""
    return now().astimezone(zone).date()


def lasts(since: datetime, longest: timedelta) -> bool:
    """Whether no more than `longest` has passed since an instant.

    What began in the future is over: the clock was turned back since, and how long it has lasted nobody knows.
    """
    return -AHEAD <= now() - since <= longest


@contextmanager
def at(instant: datetime) -> Iterator[None]:
    """Hold the clock at `instant` inside the block."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    token = _frozen.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _frozen.reset(token)
