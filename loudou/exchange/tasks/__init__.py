"""The worker's part of what comes in and goes out."""

from loudou.exchange.tasks import exporting, housekeeping, importing

__all__ = ["exporting", "housekeeping", "importing"]
