"""Jobs that act on what stands today, and the demo company, whose days are told one by one and lie in the past."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from loudou.people.queries import organisation

P = ParamSpec("P")
R = TypeVar("R")


def of_today(function: Callable[P, R]) -> Callable[P, R | None]:
    """Below `@job`: leave a job out, None, as long as the demo company is being told.

    By today's clock half of its story would be late, and what the job did about it would stand in the way of the rest: a
    deal taken up again today cannot have been won last year. The next run after the telling does it.
    """

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R | None:
        if organisation().demo_progress is not None:
            return None
        return function(*args, **kwargs)

    return run
