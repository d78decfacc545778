"""Calling the API as somebody: `call = Calls(cast.chenan); call.post("/deals", {"title": "…"}).json()`."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from loudou.exchange.api.document import document
from loudou.people import verbs
from loudou.people.models import User

PREFIX = "/api/v1"
SCOPES = ["read", "write"]
SHAPE = {"code", "message", "request_id", "fields"}


class Calls:
    """Somebody's token, and the requests made with it."""

    def __init__(self, user: User, *, scopes: list[str] | None = None) -> None:
        self.token, self.secret = verbs.make_token(user, name="tests", scopes=scopes or SCOPES, by=user)
        self.client = Client(raise_request_exception=False)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """One request; `body` is sent as JSON unless it is text or bytes already."""
        return send(self.client, method, path, body, Authorization=f"Bearer {self.secret}", **headers)

    def get(self, path: str, **headers: str) -> Any:
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("POST", path, {} if body is None else body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        return self.send("PATCH", path, body, **headers)

    def put(self, path: str, body: Any, **headers: str) -> Any:
        return self.send("PUT", path, body, **headers)


def send(client: Client, method: str, path: str, body: Any = None, **headers: str) -> Any:
    """A request to the API; header names are written with underscores."""
    content = {}
    if body is not None:
        raw = body if isinstance(body, str | bytes) else json.dumps(body, default=str)
        content = {"data": raw, "content_type": headers.pop("Content_Type", "application/json")}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.generic(method, PREFIX + path, headers=named, **content)


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    """Every operation of the document: method, path below the prefix, what is said of it."""
    return [
        (method.upper(), path.removeprefix(PREFIX), operation)
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
    ]


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    """The body of a refusal, its shape checked."""
    assert response.status_code == status, response.content
    assert response["Content-Type"].startswith("application/json")
    body: dict[str, Any] = response.json()
    assert set(body) == SHAPE
    assert code in ("", body["code"])
    assert body["message"] and body["request_id"]
    assert body["request_id"] == response["X-Request-Id"]
    return body
