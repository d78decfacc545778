"""Sets of filters under a name: kept from any list or board that offers them."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import NoReverseMatch, reverse
from django.utils.html import escape
from django.utils.translation import gettext as _

from loudou.people import verbs
from loudou.people.forms import SavedViewForm
from loudou.people.models import SavedView
from loudou.people.queries import MAILABLE, saved_views
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.ui import htmx


@signed_in("GET")
def views(request: PersonRequest) -> HttpResponse:
    """The kept views of a page; the one that looks as `query` does is the present one: with `named` its name alone."""
    page, query = request.GET.get("page", ""), request.GET.get("query", "")
    if not _address(page):
        raise Http404
    kept = saved_views(request.user, page)
    current = next((view for view in kept if view.query == query), None)
    if "named" in request.GET:
        return HttpResponse(escape(current.name) if current else "")
    context: dict[str, Any] = {"views": kept, "current": current, "page": page, "query": query}
    context |= {"section": "", "mailable": page in MAILABLE}
    return htmx.page(request, "people/views.html", "people/_views.html", context)


@signed_in("GET", "POST")
def save_view(request: PersonRequest) -> HttpResponse:
    """Keep how a page looks; `page` and `query` say which page and how."""
    asked = request.POST if request.method == "POST" else request.GET
    page, query = asked.get("page", ""), asked.get("query", "")
    form = SavedViewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = {**form.cleaned_data, "page": page, "query": query}
        if attempt(form, lambda: verbs.save_view(by=request.user, **given)) is not None:
            return _to(request, page, query, _("Kept."))
    context = {"form": form, "page": page, "query": query, "section": ""}
    status = 422 if form.errors else 200
    return htmx.page(request, "people/save_view.html", "people/_save_view.html", context, status=status)


@signed_in("GET", "POST")
def edit_view(request: PersonRequest, pk: int) -> HttpResponse:
    view = get_object_or_404(SavedView, pk=pk, owner=request.user)
    initial = {"name": view.name, "shared": view.shared_with_id is not None}
    form = SavedViewForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        version = posted_version(request)
        if attempt(
            form, lambda: verbs.edit_view(view, by=request.user, version=version, **form.cleaned_data)
        ):
            return _to(request, view.page, view.query, _("Saved."))
    context = {"form": form, "view": view, "section": ""}
    status = 422 if form.errors else 200
    return htmx.page(request, "people/edit_view.html", "people/_edit_view.html", context, status=status)


@signed_in("POST")
def remove_view(request: PersonRequest, pk: int) -> HttpResponse:
    view = get_object_or_404(SavedView, pk=pk, owner=request.user)
    verbs.remove_view(view, by=request.user)
    return _to(request, view.page, "", _("Removed."))


def _to(request: PersonRequest, page: str, query: str, message: str) -> HttpResponse:
    """On to the page as it was kept, also out of a dialog."""
    if not _address(page):
        raise Http404
    return htmx.done(request, _address(page) + (f"?{query.lstrip('?')}" if query else ""), message=message)


def _address(page: str) -> str:
    """Where a page is; empty where there is none of this name."""
    try:
        return reverse(page)
    except NoReverseMatch:
        return ""
