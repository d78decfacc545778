"""The headers every answer carries."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping

from django.http import HttpRequest, HttpResponse

from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.ui import errors, htmx

Handler = Callable[[HttpRequest], HttpResponse]

# No inline script or style anywhere, nothing from another host: a law test holds the templates to it.
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; "
    "manifest-src 'self'; worker-src 'self'"
)
_COMMON = {
    "Content-Security-Policy": POLICY,
    "Permissions-Policy": "geolocation=(self), camera=(self), microphone=(self), payment=(), usb=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


def headers(handler: Handler) -> Handler:
    """Set the security headers on every answer, and forbid keeping pages that depend on who asks."""

    def handle(request: HttpRequest) -> HttpResponse:
        response = handler(request)
        for name, value in _COMMON.items():
            response.setdefault(name, value)
        if not request.path.startswith("/static/"):
            response.setdefault("Cache-Control", "no-store")
        return response

    return handle


def static_headers(headers: MutableMapping[str, str], path: str, url: str) -> None:
    """The same for static files, which never reach the handlers."""
    for name, value in _COMMON.items():
        headers[name] = value


class Refusals:
    """Answers refusals that no form could take: 403 for a missing right, 409 for a stale version, else 422."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.handler(request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        """Called by Django when a view raises."""
        if isinstance(problem, Stale):
            return htmx.stale(request, problem)
        if isinstance(problem, Refused):
            return errors.answer(request, 403 if isinstance(problem, Forbidden) else 422, problem.sentence)
        return None
