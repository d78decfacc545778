"""The headers every answer carries."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.ui import errors, htmx
from loudou.ui.headers import COMMON

Handler = Callable[[HttpRequest], HttpResponse]


def headers(handler: Handler) -> Handler:
    """Set the security headers on every answer, and forbid keeping pages that depend on who asks.

    Static files say themselves how long they may be kept; a page that says there is no such file names who asked.
    """

    def handle(request: HttpRequest) -> HttpResponse:
        response = handler(request)
        for name, value in COMMON.items():
            response.setdefault(name, value)
        response.setdefault("Cache-Control", "no-store")
        return response

    return handle


class Refusals:
    """Answers refusals that no form could take: 403 for a missing right, 409 for a stale version, else 422.

    A method that a view does not take gets a page too (405), and so does an address with a NUL, which no text that a
    database keeps can have (400); in what a form sends, its fields refuse it.
    """

    def __init__(self, handler: Handler) -> None:
        self.handler = handler

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "%00" in request.META.get("QUERY_STRING", "") or "\x00" in request.path:
            return errors.bad_request(request, ValueError("NUL"))
        response = self.handler(request)
        if response.status_code == 405 and not response.content:
            return errors.not_allowed(request, response["Allow"])
        return response

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        """Called by Django when a view raises."""
        if isinstance(problem, Stale):
            return htmx.stale(request, problem)
        if isinstance(problem, Refused):
            return errors.answer(request, 403 if isinstance(problem, Forbidden) else 422, problem.sentence)
        return None
