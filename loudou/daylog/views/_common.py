"""What the pages of days share."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from loudou.daylog import words
from loudou.daylog.models import Outcome
from loudou.people.web import PersonRequest
from loudou.ui import htmx

_WORDS = {
    "standings": words.STANDINGS,
    "arrivals": words.ARRIVALS,
    "flags": words.FLAGS,
    "fields": words.FIELDS,
    "results": words.RESULTS,
    "verdicts": words.VERDICTS,
    "moved": words.MOVED,
    "outcomes": dict(Outcome.choices),
}


def context(active: str, **more: Any) -> dict[str, Any]:
    """What every page of days shows: its words, and which tab is open."""
    return {"section": "daylog", "active": active, "words": _WORDS, **more}


def done(request: PersonRequest, address: str, message: str) -> HttpResponse:
    """Go on to a page and say what was done."""
    messages.success(request, message)
    if htmx.asked(request):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)
