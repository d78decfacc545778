"""Locks on files that vanish with their process, however it ends. Standard library only."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path


def locked(file: Path, kind: int) -> contextlib.closing[_Lock]:
    """Take a lock on a file until the block ends; raises `BlockingIOError` if `kind` says not to wait.

    Processes that are forked meanwhile hold it with us.
    """
    return contextlib.closing(_Lock(file, kind))


def hold(file: Path, kind: int = fcntl.LOCK_SH) -> None:
    """Share a lock for as long as this process lives, and those forked from it; or have it in another way.

    Raises `BlockingIOError` if `kind` says not to wait.
    """
    _Lock(file, kind)


def can_lock(file: Path, kind: int) -> bool:
    """Whether the lock could be taken now; False too where the file is not there yet."""
    try:
        with locked(file, kind | fcntl.LOCK_NB):
            return True
    except (BlockingIOError, FileNotFoundError):
        return False


class _Lock:
    def __init__(self, file: Path, kind: int) -> None:
        self._descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, kind)
        except BaseException:
            os.close(self._descriptor)
            raise

    def close(self) -> None:
        """Let it go."""
        os.close(self._descriptor)
