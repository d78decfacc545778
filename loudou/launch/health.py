"""Two answers for machines that watch this one: is the process alive, is it ready to serve. No versions, no names."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse

from loudou.kernel import clock

log = logging.getLogger(__name__)

BACKUP_HOURS = 26  # a nightly backup, and two hours of grace


def alive(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return JsonResponse({"status": "alive"})


def ready(request: HttpRequest) -> HttpResponse:
    """Whether the database answers and has the schema this program needs (503 when not), and how old the backup is.

    An old backup is told, and stops nobody from being served.
    """
    from loudou.launch.schema import unapplied
    from loudou.people.queries import last_backup_at

    try:
        migrated = not unapplied()
        made_at = last_backup_at() if migrated else None
    except Error as problem:
        log.error("not ready: %s", type(problem).__name__)
        return _not({"database": False})
    if not migrated:
        return _not({"database": True, "migrated": False})
    hours = (clock.now() - made_at).total_seconds() / 3600 if made_at else None
    return JsonResponse(
        {
            "status": "ready",
            "database": True,
            "migrated": True,
            "backup_age_hours": None if hours is None else round(hours, 1),
            "backup_overdue": hours is None or hours > BACKUP_HOURS,
        }
    )


def first(handler: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer both before anything else is asked: they come without a host name, without TLS and without a session."""
    answers = {"/healthz": alive, "/readyz": ready}

    def handle(request: HttpRequest) -> HttpResponse:
        answer = answers.get(request.path, handler)
        return answer(request)

    return handle


def _not(found: dict[str, bool]) -> HttpResponse:
    return JsonResponse({"status": "not ready", **found}, status=503, headers={"Retry-After": "5"})
