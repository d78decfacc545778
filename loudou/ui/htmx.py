"""Answering htmx and plain browsers alike."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string

from loudou.kernel.refusals import Stale
from loudou.ui.addresses import came_from, this_page


def asked(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page (a restored history entry wants all of it)."""
    return request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers


def parts(request: HttpRequest, context: dict[str, Any], *templates: str, event: str = "") -> HttpResponse:
    """Several partials in one answer; each names its own id. `event` is triggered on the page afterwards."""
    response = HttpResponse("".join(render_to_string(template, context, request) for template in templates))
    if event:
        response["HX-Trigger"] = event
    return response


def done(
    request: HttpRequest, to: str, *, event: str = "", message: str = "", undo: str = ""
) -> HttpResponse:
    """After an act: htmx reloads what listens for `event` (or goes to `to`), a plain browser is sent on.

    What is said stands on the page one comes to; where one stays it floats, with a way back (`undo`) if there is one.
    """
    stays = asked(request) and bool(event)
    if message and not stays:
        messages.success(request, message)
    if not asked(request):
        return redirect(to)
    response = HttpResponse(status=204)
    if stays:
        toast = {"text": message, "undo": undo} if undo else {"text": message}
        response["HX-Trigger"] = json.dumps({event: True, "toast": toast} if message else {event: True})
    else:
        response["HX-Redirect"] = to
    return response


def page(
    request: HttpRequest, full: str, partial: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """The partial for htmx, the full page (which includes the same file) for everybody else."""
    return render(request, partial if asked(request) else full, context, status=status)


def typed(request: HttpRequest) -> str:
    """What was typed into a `suggest` field, whatever the field is called."""
    named = [value for name, value in request.GET.items() if name == "q" or name.endswith("_text")]
    return str(named[0]).strip()[:60] if named else ""


def stale(request: HttpRequest, problem: Stale) -> HttpResponse:
    """409: somebody else was first; both values are shown.

    A plain form that was sent from another page is filled in there once more: its own address may take no GET.
    """
    context = {
        "sentence": problem.sentence,
        "differences": problem.told,
        "back": came_from(request) or this_page(request),
    }
    template = "ui/_stale.html" if asked(request) else "ui/stale.html"
    return render(request, template, context, status=409)
