"""The OpenAPI 3.1 document: what the operations declare, and what the gate adds to every one of them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from loudou.exchange.api.operations import api
from loudou.exchange.api.shapes import Error

PREFIX = "/api/v1/"
_PROBLEMS = {
    400: "The request cannot be understood: no JSON, a field twice, versions that disagree.",
    401: "Nobody said who calls: no token and no session.",
    403: "The right, the token's scope or the CSRF header is missing.",
    404: "There is nothing here, or it is not yours to see.",
    405: "This address has no such method.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    422: "A field is wrong or a rule forbids it; `fields` says which and why.",
    429: "Too many requests a minute; `Retry-After` says when to go on.",
    503: "The database does not answer; nothing was half kept.",
}
_CONFLICT = "Somebody else was first (`fields` has the stored values), or the same key is in flight."
_DESCRIPTION = """\
Everything the pages can do, by the same rules. `docs/api.md` has a first round with curl.

Say who you are with `Authorization: Bearer ld_…`; rights are those of the token's owner at the moment of the call,
narrowed by the token's scopes. Lists come in pages: follow `next`. A change names the version it was based on, as
`version` or `If-Match`. A POST with an `Idempotency-Key` is carried out once, however often it is sent.
"""


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """The document as it is served."""
    drawn: dict[str, Any] = dict(api.get_openapi_schema(path_prefix=PREFIX))
    drawn["info"] = {"title": "Loudou", "version": api.version, "description": _DESCRIPTION}
    drawn["components"]["schemas"]["Error"] = Error.model_json_schema(mode="serialization")
    drawn["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "A token of /tokens: `ld_…`."},
        "session": {"type": "apiKey", "in": "cookie", "name": "loudou_session"},
    }
    drawn["security"] = [{"token": []}, {"session": []}]
    drawn["servers"] = [{"url": "/"}]
    for path in drawn["paths"].values():
        for method, operation in path.items():
            _complete(operation, method)
    return drawn


def _complete(operation: dict[str, Any], method: str) -> None:
    """Add the answers and headers that come from the gate."""
    responses = operation["responses"]
    problems = dict(_PROBLEMS)
    if method != "get":
        problems[409] = _CONFLICT
    if _is_guarded(operation):
        problems[428] = "The change does not say which version it was based on."
    for status, meaning in sorted(problems.items()):
        responses.setdefault(status, {"description": meaning, "content": _ERROR})
    headers = []
    if method == "post":
        headers.append(_header("Idempotency-Key", "The same key and body get the same answer for 48 hours."))
    if method in ("patch", "put") or _takes_version(operation):
        headers.append(_header("If-Match", "The ETag you saw, instead of `version`."))
    operation["parameters"] = [*operation.get("parameters", []), *headers]


def _is_guarded(operation: dict[str, Any]) -> bool:
    return bool(operation.get("x-guarded"))


def _takes_version(operation: dict[str, Any]) -> bool:
    return bool(operation.get("x-versioned"))


def _header(name: str, meaning: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string", "pattern": r"^[\x21-\x7e]{1,200}$"}
    if name == "If-Match":
        schema = {"type": "string", "pattern": r'^"[0-9]{1,9}"$'}
    return {"in": "header", "name": name, "required": False, "schema": schema, "description": meaning}


_ERROR = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
