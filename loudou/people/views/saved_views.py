"""Sets of filters under a name: kept from any list or board that offers them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
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
            messages.success(request, _("Kept."))
            return _to(page, query)
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
            messages.success(request, _("Saved."))
            return _to(view.page, view.query)
    context = {"form": form, "view": view, "section": ""}
    status = 422 if form.errors else 200
    return htmx.page(request, "people/edit_view.html", "people/_edit_view.html", context, status=status)


@signed_in("POST")
def remove_view(request: PersonRequest, pk: int) -> HttpResponse:
    view = get_object_or_404(SavedView, pk=pk, owner=request.user)
    verbs.remove_view(view, by=request.user)
    messages.success(request, _("Removed."))
    return _to(view.page, "")


def _to(page: str, query: str) -> HttpResponse:
    """On to the page as it was kept, also out of a dialog."""
    if not _address(page):
        raise Http404
    address = _address(page) + (f"?{query.lstrip('?')}" if query else "")
    response = redirect(address)
    response["HX-Redirect"] = address
    return response


def _address(page: str) -> str:
    """Where a page is; empty where there is none of this name."""
    try:
        return reverse(page)
    except NoReverseMatch:
        return ""
