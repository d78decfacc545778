"""What a command says of a problem that could be foreseen, in one sentence."""

from __future__ import annotations

import shutil
import sys

from loudou import environment
from loudou.environment import Misconfigured
from loudou.kernel.refusals import Refused
from loudou.launch.postgres import DatabaseFailed
from loudou.launch.words import told as _

_DAMAGED = ("XX001", "XX002")  # of data, of an index (PostgreSQL, appendix A)
_LOG_FILE = (
    16 * 2**20
)  # bytes of PostgreSQL's own log that it writes next, or starts anew and says no more than that


def sentence(problem: Exception) -> str | None:
    """What to say of a problem that could be foreseen; None for a fault of ours."""
    if isinstance(problem, Misconfigured | DatabaseFailed | Refused):
        return str(problem)
    if isinstance(problem, OSError) and problem.strerror:
        where = problem.filename or _("The machine")
        return f"{where}: {problem.strerror}."
    return _database_sentence(problem) if "django.db" in sys.modules else None


def _database_sentence(problem: Exception) -> str | None:
    from django.db import DatabaseError, InterfaceError, NotSupportedError, OperationalError

    from loudou.ui import disk

    if isinstance(problem, DatabaseError) and getattr(problem.__cause__, "sqlstate", None) in _DAMAGED:
        said = str(problem).strip().splitlines()[0]
        return _("The database is damaged: {said}. Restore the last good backup into a new folder.").format(
            said=said
        )
    if isinstance(problem, NotSupportedError) and problem.__cause__ is None:
        return str(problem)  # Django's own word on a server that is too old; the server's would have a cause
    lost = isinstance(problem, OperationalError | InterfaceError)
    if disk.is_full(problem) or (lost and _is_without_room()):
        return _("The disk that holds the database is full: make room and try again.")
    if lost:
        return _("The database does not answer: {why}").format(why=str(problem).strip().splitlines()[0])
    return None


def _is_without_room() -> bool:
    """Whether the embedded database's disk is so full that it cannot go on."""
    env = environment.read()
    return not env.database_url and shutil.disk_usage(env.data).free < _LOG_FILE
