"""Where the API is found: every path behind the gate, the document in front of it, nothing besides."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path
from django.views.decorators.http import require_safe

from loudou.exchange.api.document import document
from loudou.exchange.api.gate import gate, nowhere
from loudou.exchange.api.operations import api
from loudou.exchange.api.problems import written


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document; public, since it says nothing that the source does not."""
    return written(document())


def _paths() -> Iterator[URLPattern]:
    for router in api._get_bound_routers():
        for route, view in router.path_operations.items():
            django_route = f"v1/{route.strip('/')}".replace("{", "<").replace("}", ">")
            yield path(django_route, gate(view), name=view.operations[0].view_func.__name__)


app_name = "api-v1"
urlpatterns = [
    path("v1/openapi.json", openapi, name="openapi"),
    *_paths(),
    re_path(r"^(?P<rest>.*)$", nowhere, name="nowhere"),
]
