"""The page that lists the API's operations, for people who write programs."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from loudou.people.web import PersonRequest, signed_in


@signed_in()
def guide(request: PersonRequest) -> HttpResponse:
    from loudou.exchange.api.document import document  # with all of the API: not before somebody asks for it

    context = {"section": "settings", "nouns": _nouns(document()), "rate": settings.ENVIRONMENT.api_rate}
    return render(request, "exchange/api.html", context)


def _nouns(document: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The operations by noun, in the document's order."""
    nouns: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            nouns[operation["tags"][0]].append(
                _told(path, method, operation, document["components"]["schemas"])
            )
    return dict(nouns)


def _told(path: str, method: str, operation: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    shape = schemas.get(body.get("$ref", "").rpartition("/")[2], body)
    needed = set(shape.get("required", []))
    return {
        "path": path,
        "method": method.upper(),
        "summary": gettext(operation["summary"]),
        "description": operation.get("description", ""),
        "query": [item["name"] for item in operation.get("parameters", []) if item["in"] == "query"],
        "body": [(name, name in needed) for name in shape.get("properties", {})],
        "guarded": bool(operation.get("x-guarded")),
    }
