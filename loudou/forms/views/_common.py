"""What the pages of forms share."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from loudou.forms import words
from loudou.people.web import PersonRequest
from loudou.ui import htmx


def context(active: str, **more: Any) -> dict[str, Any]:
    """What every page of forms shows: its words, and which tab is open."""
    return {"section": "forms", "active": active, "words": words, **more}


def dialog(
    request: PersonRequest,
    form: Any,
    *,
    title: str,
    action: str,
    button: str,
    about: str = "",
    version: int | None = None,
) -> HttpResponse:
    """A small form as a dialog, or as a page where there is no script."""
    shown = context("", form=form, title=title, action=action, button=button, about=about, version=version)
    return htmx.page(request, "forms/act.html", "forms/_act.html", shown, status=422 if form.errors else 200)
