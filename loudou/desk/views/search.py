"""Finding anything."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from loudou.desk import pages
from loudou.desk.queries.search import search as find
from loudou.people.web import PersonRequest, signed_in
from loudou.ui import htmx
from loudou.ui.search import is_barely_begun, searchable

LONGEST = 60
RESULTS = "found"


@signed_in("GET")
def search(request: PersonRequest) -> HttpResponse:
    """The dialog (Ctrl-K), its results while one types, or the whole page without a script."""
    text = request.GET.get("q", "").strip()[:LONGEST]
    whole = not htmx.asked(request)
    context = {
        "section": "search",
        "text": text,
        "enough": searchable(text),
        "barely_begun": is_barely_begun(text),
        "groups": find(request.user, text, limit=30 if whole else 6) if text else [],
        "places": pages.named(request.user, text) if text else pages.places(request.user),
    }
    if whole:
        return render(request, "desk/search.html", context)
    asked_for = request.headers.get("HX-Target", "")
    return render(request, "desk/_found.html" if asked_for == RESULTS else "desk/_search.html", context)
