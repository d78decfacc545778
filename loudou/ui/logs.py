"""One line an event, whatever it contains (CWE-117)."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from django.db import InterfaceError, OperationalError

from loudou.ui.disk import is_full

_AWAY = (
    "08",
    "53",
    "57P",
)  # no connection; no room on its disk, in its memory, among its connections; shut down


class LineFormatter(logging.Formatter):
    """Time, level, logger, message; line breaks and control characters are written out, not obeyed."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        line = f"{at:%Y-%m-%dT%H:%M:%SZ} {record.levelname} {record.name} {record.getMessage()}"
        safe = "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in line)
        if record.exc_info:
            safe += "\n" + self.formatException(record.exc_info)
        return safe


class Away(logging.Filter):
    """Leaves out what requests met while the database was away or the disk full: `errors` says that in one line for each
    of them, and a trace for each would fill the disk of a busy house within the hour.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        problem = record.exc_info[1] if record.exc_info else None
        return not (is_away(problem) or is_full(problem))


def is_away(problem: BaseException | None) -> bool:
    """Whether a request failed because the database is away or full, not because of what was asked of it."""
    if not isinstance(problem, OperationalError | InterfaceError):
        return False
    state = getattr(problem.__cause__, "sqlstate", None)
    return state is None or state.startswith(_AWAY)
