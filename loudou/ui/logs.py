"""One line an event, whatever it contains (CWE-117)."""

from __future__ import annotations

import logging
from datetime import UTC, datetime


class LineFormatter(logging.Formatter):
    """Time, level, logger, message; line breaks and control characters are written out, not obeyed."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        line = f"{at:%Y-%m-%dT%H:%M:%SZ} {record.levelname} {record.name} {record.getMessage()}"
        safe = "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in line)
        if record.exc_info:
            safe += "\n" + self.formatException(record.exc_info)
        return safe
