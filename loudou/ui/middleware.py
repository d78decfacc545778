"""What every answer passes: its headers, refusals, compression."""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware, re_accepts_gzip
from django.utils.cache import patch_vary_headers

from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.ui import errors, htmx
from loudou.ui.headers import COMMON

Handler = Callable[[HttpRequest], HttpResponse]

_SMALL = 200  # octets that are not worth compressing
_HEAD, _HAS_NAME = 10, 8  # of gzip (RFC 1952): how long its head is, the flag of a file name behind it


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


class Compression(GZipMiddleware):
    """Django's compression, whole pages at a level that takes a third of the time and makes them a tenth larger."""

    _LEVEL = 2
    _GZIP = 16 + zlib.MAX_WBITS

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Streams are compressed piece by piece, as Django does it."""
        if not isinstance(response, HttpResponse):
            return super().process_response(request, response)
        if len(response.content) < _SMALL or response.has_header("Content-Encoding"):
            return response
        patch_vary_headers(response, ("Accept-Encoding",))
        if re_accepts_gzip.search(request.headers.get("Accept-Encoding", "")):
            response.content = self._compressed(response.content)
            response["Content-Length"] = str(len(response.content))
            response["Content-Encoding"] = "gzip"
            if response.get("ETag", "").startswith('"'):
                response["ETag"] = f"W/{response['ETag']}"  # other octets than without compression
        return response

    def _compressed(self, content: bytes) -> bytes:
        """With a file name of any length in its head: nobody shall learn from an answer's length what is in it (BREACH)."""
        made = zlib.compressobj(self._LEVEL, zlib.DEFLATED, self._GZIP)
        packed = made.compress(content) + made.flush()
        name = b"a" * secrets.randbelow(self.max_random_bytes) + b"\0"
        return packed[:3] + bytes([_HAS_NAME]) + packed[4:_HEAD] + name + packed[_HEAD:]
