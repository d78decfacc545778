"""How the pages of targets answer."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from loudou.people.web import PersonRequest
from loudou.ui import htmx


def dialog(request: PersonRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    """A form as a dialog, or as a page where there is no script."""
    context |= {"section": "targets"}
    status = 422 if context["form"].errors else 200
    return htmx.page(request, f"targets/{name}.html", f"targets/_{name}.html", context, status=status)


def moved_on(request: PersonRequest, address: str, message: str) -> HttpResponse:
    """Go on to a page that shows what came of it."""
    messages.success(request, message)
    if htmx.asked(request):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)
