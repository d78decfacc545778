"""Where somebody can be led to: addresses of this house that show a page when one goes there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.urls import Resolver404, resolve

V = TypeVar("V", bound=Callable[..., Any])


def answers_to(*methods: str) -> Callable[[V], V]:
    """Note on a view by which methods it can be asked, for `shows`."""

    def mark(view: V) -> V:
        view.methods = methods  # type: ignore[attr-defined] # a function carries what is written on it
        return view

    return mark


def shows(address: str) -> bool:
    """Whether going to this path (with or without a query) can show a page: no, where only forms are sent to."""
    try:
        view = resolve(urlsplit(address).path).func
    except Resolver404:
        return True  # the page that says so
    return _may_be_looked_at(view)


def came_from(request: HttpRequest) -> str:
    """The page of this house one came from, if another than the one that was asked for; a path."""
    try:
        came = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return ""  # whoever asks may say anything
    path = came.path + (f"?{came.query}" if came.query else "")
    there = came.netloc == request.get_host() and path != request.get_full_path()
    return path if there and shows(path) else ""


def this_page(request: HttpRequest) -> str:
    """What brings one back to where one stands, also from an answer to a form whose own address takes no GET."""
    path, found = request.get_full_path(), request.resolver_match
    shown = shows(path) if found is None else _may_be_looked_at(found.func)
    return path if shown else came_from(request) or "/"


def _may_be_looked_at(view: Callable[..., Any]) -> bool:
    return "GET" in getattr(view, "methods", ("GET",))
