"""Views that take megabytes for a moment: in one process one of them at a time."""

from __future__ import annotations

import functools
from collections.abc import Callable
from threading import Lock
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_ALONE = Lock()


def alone(view: Callable[P, T]) -> Callable[P, T]:
    """Let a view wait until no other such view is being answered by this process.

    The threads of a process share the interpreter, so that hardly anybody is served the later for it; but what several
    take at once, the process never gives back whole.
    """

    @functools.wraps(view)
    def handle(*args: P.args, **kwargs: P.kwargs) -> T:
        with _ALONE:
            return view(*args, **kwargs)

    return handle
