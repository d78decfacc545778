"""A full disk: how it is known, and what people are told of it."""

from __future__ import annotations

import errno

from django.utils.translation import gettext as _

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_DATABASE_S_FULL = "53100"


def is_full(problem: BaseException | None) -> bool:
    """Whether something failed for want of room: on our disk, or on the database's."""
    while problem is not None:
        if getattr(problem, "errno", None) in _FULL or getattr(problem, "sqlstate", None) == _DATABASE_S_FULL:
            return True
        problem = problem.__cause__
    return False


def sentence() -> str:
    """What is said then."""
    return _("The disk of the server is full. Nothing you sent was kept; tell who runs it.")
