"""What people see when something goes wrong: what happened, what to do, a number to quote; never a trace."""

from __future__ import annotations

import logging
import sys
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

log = logging.getLogger(__name__)

CODES = {
    400: "bad_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "stale",
    422: "refused",
    429: "too_many",
    500: "server_error",
    503: "unavailable",
}


def bad_request(request: HttpRequest, exception: BaseException) -> HttpResponse:
    return answer(request, 400, _("This request cannot be understood."))


def forbidden(request: HttpRequest, exception: BaseException) -> HttpResponse:
    return answer(request, 403, _("You do not have the right to do this."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return answer(
        request, 403, _("The page was open too long or came from elsewhere. Reload it and try again.")
    )


def not_found(request: HttpRequest, exception: BaseException) -> HttpResponse:
    return answer(request, 404, _("There is nothing here, or it is not yours to see."))


def server_error(request: HttpRequest) -> HttpResponse:
    """A fault of ours, or, with 503, a database that is away and will be back."""
    problem = sys.exc_info()[1]
    if isinstance(problem, OperationalError | InterfaceError):
        log.error("database unavailable: %s", type(problem).__name__)
        response = _bare(
            request, 503, _("The database does not answer. Wait a moment; nothing you sent was half kept.")
        )
        response["Retry-After"] = "5"
        return response
    return _bare(
        request, 500, _("Something went wrong on our side. It is in the log under the number below.")
    )


def answer(request: HttpRequest, status: int, sentence: str) -> HttpResponse:
    """An error in the form the asker understands: JSON for the API, a part for htmx, else a page."""
    if request.path.startswith("/api/"):
        return _json(request, status, sentence)
    context = {"status": status, "sentence": sentence, "request_id": _number(request)}
    template = "ui/_error.html" if request.headers.get("HX-Request") == "true" else "ui/error.html"
    return render(request, template, context, status=status)


def _bare(request: HttpRequest, status: int, sentence: str) -> HttpResponse:
    """Like `answer`, but without anything that might need the database again."""
    if request.path.startswith("/api/"):
        return _json(request, status, sentence)
    context = {"status": status, "sentence": sentence, "request_id": _number(request)}
    from django.template.loader import render_to_string

    return HttpResponse(render_to_string("ui/error_bare.html", context), status=status)


def _json(request: HttpRequest, status: int, sentence: str) -> JsonResponse:
    body: dict[str, Any] = {
        "code": CODES[status],
        "message": sentence,
        "request_id": _number(request),
        "fields": {},
    }
    return JsonResponse(body, status=status)


def _number(request: HttpRequest) -> str:
    return str(getattr(request, "request_id", ""))
