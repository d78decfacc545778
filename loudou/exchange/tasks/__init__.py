"""The worker's part of what comes in and goes out."""

from loudou.exchange.tasks import exporting, housekeeping

__all__ = ["exporting", "housekeeping"]
