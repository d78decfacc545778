"""Files that take longer than a click."""

from __future__ import annotations

from loudou.exchange.exporting.making import make
from loudou.journal.jobs import job


@job()
def make_export(pk: int) -> str:
    """Make the file of an export; returns how it ended."""
    return make(pk).state
