"""Gives every request its number and its channel."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from loudou.journal import channel

Handler = Callable[[HttpRequest], HttpResponse]


def channelled(handler: Handler) -> Handler:
    """Write what happens in a request as `web`, or `api` below /api/; the number goes back as X-Request-Id."""

    def handle(request: HttpRequest) -> HttpResponse:
        request_id = uuid.uuid4()
        request.request_id = request_id  # type: ignore[attr-defined]
        with channel.through("api" if request.path.startswith("/api/") else "web", request_id):
            response = handler(request)
        response["X-Request-Id"] = str(request_id)
        return response

    return handle
