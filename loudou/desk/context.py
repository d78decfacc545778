"""What every page shows from upstairs."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpRequest

from loudou.desk.pages import places
from loudou.people.models import User
from loudou.signoff import queries


def badges(request: HttpRequest) -> dict[str, Any]:
    """How many requests wait for the person's signature, counted up to a hundred; the keys that go somewhere."""
    user = request.user
    if not isinstance(user, User):
        return {"waiting": _none}
    signs = user.has("manager", "director", "gm", "operations", "finance")
    return {
        "waiting": cache(lambda: len(waiting_keys(request)) if signs else 0),
        "shortcuts": lambda: [(place.keys, place.address) for place in places(user) if place.keys],
    }


def waiting_keys(request: HttpRequest) -> list[int]:
    """The first hundred of what waits for the person's signature, the most overdue first; asked once a page."""
    known: list[int] | None = getattr(request, "_waiting", None)
    if known is None:
        known = request._waiting = queries.waiting_keys(request.user)  # type: ignore[attr-defined, arg-type]
    return known


def _none() -> int:
    return 0
