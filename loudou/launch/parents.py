"""Processes that do not outlive the one they work for."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import threading
import time
from pathlib import Path

from loudou.launch.locks import can_lock, hold

CHILD_OF = "_LOUDOU_CHILD_OF"
_PR_SET_PDEATHSIG = 1


def as_child() -> dict[str, str]:
    """The environment of a process that is to `end_with_parent`, which is this one, also when it reads the program in while
    this one is killed.
    """
    return {**os.environ, CHILD_OF: str(os.getpid())}


def end_with_parent() -> None:
    """End this process when its parent is gone, even by kill -9, so that nothing keeps the port, the jobs or the database."""
    # Said once: what is started from here has another parent.
    parent = int(os.environ.pop(CHILD_OF, "") or os.getppid())
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)
        return

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


def watch_over_web(data: Path) -> None:
    """Be known from now on as what web processes of this data folder work for."""
    hold(data / "serve.lock")


def be_web(data: Path) -> None:
    """Be known from now on, with what is forked from here, as a web process of this data folder."""
    hold(data / "web.lock")


def orphans(data: Path) -> bool:
    """Whether web processes of this data folder live although what they worked for is gone: they are about to end."""
    return can_lock(data / "serve.lock", fcntl.LOCK_EX) and not can_lock(data / "web.lock", fcntl.LOCK_EX)
