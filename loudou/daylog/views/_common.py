"""What the pages of days share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from loudou.daylog import words
from loudou.daylog.forms import filled
from loudou.daylog.models import Outcome
from loudou.daylog.verbs import BadStop
from loudou.people.web import PersonRequest, attempt
from loudou.ui import htmx

T = TypeVar("T")

PLACES = {
    name: getattr(words, name.upper())
    for name in ("standings", "arrivals", "flags", "fields", "results", "verdicts", "moved")
} | {"outcomes": dict(Outcome.choices)}


def context(active: str, **more: Any) -> dict[str, Any]:
    """What every page of days shows: its words, and which tab is open."""
    return {"section": "daylog", "active": active, "words": PLACES, **more}


def done(request: PersonRequest, address: str, message: str) -> HttpResponse:
    """Go on to a page and say what was done."""
    messages.success(request, message)
    if htmx.asked(request):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def attempt_told(form: forms.Form, stops: Any, act: Callable[[], T]) -> T | None:
    """As `attempt`; what is refused of one stop goes beside the field of that stop."""
    told = filled(stops)

    def blaming() -> T | None:
        try:
            return act()
        except BadStop as refusal:
            told[refusal.index].add_error(refusal.name, refusal.sentence)
            return None

    return attempt(form, blaming)
