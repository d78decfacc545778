"""A full disk: how it is known, and what people are told of it."""

from __future__ import annotations

import errno

from django.utils.translation import gettext as _

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_DATABASE_S_FULL = "53100"


def is_full(problem: BaseException | None) -> bool:
    """Whether something failed for want of room: on our disk, or on the database's."""
    if isinstance(problem, OSError):
        return problem.errno in _FULL
    return getattr(getattr(problem, "__cause__", None), "sqlstate", None) == _DATABASE_S_FULL


def sentence() -> str:
    """What is said then."""
    return _("The disk of the server is full. Nothing you sent was kept; tell who runs it.")
