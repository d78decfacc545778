"""Files that somebody brings: looked at, written and taken back beside the pages."""

from __future__ import annotations

from loudou.exchange.importing import working
from loudou.exchange.importing.taking_back import take_back
from loudou.journal.jobs import job


@job()
def check(pk: int) -> str:
    """Make the dry run of an import; returns how it stands then."""
    return working.check(pk).state


@job()
def write(pk: int) -> str:
    """Write an import; returns how it ended."""
    return working.write(pk).state


@job()
def undo(pk: int, by: int | None) -> str:
    """Take an import back; returns how it ended."""
    return take_back(pk, by).state
