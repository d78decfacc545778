"""What people see when something goes wrong: what happened, what to do, a number to quote; never a trace."""

from __future__ import annotations

import functools
import logging
import sys
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from loudou.ui import disk
from loudou.ui.addresses import came_from

log = logging.getLogger(__name__)

CODES = {
    400: "bad_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "stale",
    413: "too_large",
    422: "refused",
    429: "too_many",
    500: "server_error",
    503: "unavailable",
}


P = ParamSpec("P")
Handler = Callable[Concatenate[HttpRequest, P], HttpResponse]


def spoken(handler: Handler[P]) -> Handler[P]:
    """Answer in the reader's language, also where a request failed before anybody asked who reads it."""

    @functools.wraps(handler)
    def handle(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        chosen = getattr(request, "LANGUAGE_CODE", request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""))
        known = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        with translation.override(known):
            return handler(request, *args, **kwargs)

    return handle  # type: ignore[return-value] # wraps() names the first argument, Callable does not


@spoken
def bad_request(request: HttpRequest, exception: BaseException) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2**20
        return answer(request, 413, _("What was sent is too large: at most %(n)d MB.") % {"n": most})
    return answer(request, 400, _("This request cannot be understood."))


@spoken
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    sentence = _("The page was open too long or came from elsewhere. Reload it and try again.")
    return answer(request, 403, sentence, about=None)


@spoken
def not_found(request: HttpRequest, exception: BaseException) -> HttpResponse:
    return answer(request, 404, _("There is nothing here, or it is not yours to see."))


@spoken
def not_allowed(request: HttpRequest, allowed: str) -> HttpResponse:
    """A page asked in a way it does not answer, such as an address that only a form is sent to."""
    response = answer(
        request, 405, _("This address does not answer that way. Go to the page and use its buttons.")
    )
    response["Allow"] = allowed
    return response


@spoken
def server_error(request: HttpRequest) -> HttpResponse:
    """A fault of ours, or, with 503, a full disk, or a database that is away and will be back."""
    problem = sys.exc_info()[1]
    if disk.is_full(problem):
        log.error("no room left: %s", str(problem).strip().splitlines()[0])
        return _bare(request, 503, disk.sentence())
    if isinstance(problem, OperationalError | InterfaceError):
        log.error(
            "database unavailable: %s", (str(problem).strip() or type(problem).__name__).splitlines()[0]
        )
        response = _bare(
            request, 503, _("The database does not answer. Wait a moment; nothing you sent was half kept.")
        )
        response["Retry-After"] = "5"
        return response
    return _bare(
        request, 500, _("Something went wrong on our side. It is in the log under the number below.")
    )


def answer(request: HttpRequest, status: int, sentence: str, *, about: str | None = "") -> HttpResponse:
    """An error in the form the asker understands: JSON for the API, a part for htmx, else a page that says more `about` it.

    `about` is None where a refusal is not about rights, and no word of them helps.
    """
    if request.path.startswith("/api/"):
        return _json(request, status, sentence)
    if not hasattr(request, "user"):  # refused at the door: nobody knows yet who asks
        return _bare(request, status, sentence)
    context = {
        "status": status,
        "sentence": sentence,
        "request_id": _number(request),
        "back": came_from(request),
        "about": about,
    }
    template = "ui/_error.html" if request.headers.get("HX-Request") == "true" else "ui/error.html"
    return HttpResponse(render_to_string(template, context, request), status=status)


def _bare(request: HttpRequest, status: int, sentence: str) -> HttpResponse:
    """Like `answer`, but without anything that might need the database again."""
    if request.path.startswith("/api/"):
        return _json(request, status, sentence)
    context = {"status": status, "sentence": sentence, "request_id": _number(request), "again": status >= 500}
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
