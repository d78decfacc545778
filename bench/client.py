"""A browser without a window: one connection that stays open, cookies, and the time every answer takes."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import urlencode


@dataclass(frozen=True)
class Ask:
    """One request; with a form it is sent by POST, with `hx` as htmx sends it."""

    path: str
    form: dict[str, str] | None = None
    hx: bool = False


@dataclass
class Browser:
    """Somebody at the program; `cookies` may be handed to other browsers of the same person."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    connection: HTTPConnection | None = None
    location: str = ""  # where the last answer led to, if anywhere

    def sign_in(self, username: str, password: str) -> None:
        """Sign in; raises `SystemExit` where that fails."""
        self.send(Ask("/login/"))
        status, _seconds, _body = self.send(Ask("/login/", {"username": username, "password": password}))
        if status != 302:
            raise SystemExit(f"{username} cannot sign in ({status})")

    def send(self, ask: Ask) -> tuple[int, float, bytes]:
        """The status, the seconds until the last byte had come, and the body."""
        if self.connection is None:
            self.connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Accept-Encoding": "gzip",
            "Accept": "text/html",
        }
        body: Any = None
        if ask.hx:
            headers["HX-Request"] = "true"
        if ask.form is not None:
            body = urlencode(ask.form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["X-CSRFToken"] = self.cookies.get("loudou_csrf", "")
        began = time.perf_counter()
        answer, text = self._answered("GET" if body is None else "POST", ask.path, body, headers)
        seconds = time.perf_counter() - began
        self.location = answer.getheader("Location") or answer.getheader("HX-Redirect") or ""
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                cookie, _, _rest = value.partition(";")
                key, _, worth = cookie.partition("=")
                self.cookies[key.strip()] = worth.strip()
        return answer.status, seconds, text

    def _answered(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> tuple[HTTPResponse, bytes]:
        """What is answered, and its body. A connection that was closed while it lay idle is opened anew, as browsers do."""
        assert self.connection is not None
        used = self.connection.sock is not None
        try:
            self.connection.request(method, path, body=body, headers=headers)
            answer = self.connection.getresponse()
        except (ConnectionResetError, BrokenPipeError):
            if not used:
                raise
            self.connection.close()
            self.connection.request(method, path, body=body, headers=headers)
            answer = self.connection.getresponse()
        return answer, answer.read()
