"""How acts on customers are asked for and answered: dialogs, and where one goes afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from loudou.customers.models import Customer
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people.models import User
from loudou.people.web import PersonRequest
from loudou.ui import htmx


def dialog(request: PersonRequest, name: str, context: dict[str, Any], form: Form) -> HttpResponse:
    """A form as a dialog, or as a page where there is no script."""
    context = {**context, "form": form, "section": "customers"}
    status = 422 if form.errors else 200
    return htmx.page(request, f"customers/{name}.html", f"customers/_{name}.html", context, status=status)


def on(request: PersonRequest, customer: Customer, message: str) -> HttpResponse:
    """On to the customer's page."""
    return to(request, reverse("customers:customer", args=[customer.pk]), message)


def tried(
    request: PersonRequest, customer: Customer, act: Callable[[], object], message: str
) -> HttpResponse:
    """An act at one press: back on the customer's page with what came of it, the refusal too."""
    try:
        act()
    except Refused as refusal:
        if isinstance(refusal, Forbidden | Stale):
            raise
        messages.error(request, refusal.sentence)
        return redirect("customers:customer", customer.pk)
    return away(request, customer, message)


def away(request: PersonRequest, customer: Customer, message: str) -> HttpResponse:
    """On to the customer's page, or to the list where the person sees it no longer."""
    again = User.objects.get(pk=request.user.pk)  # the request's own user remembers what was shared with it
    seen = Customer.objects.visible_to(again).filter(pk=customer.pk).exists()
    return on(request, customer, message) if seen else to(request, reverse("customers:list"), message)


def to(request: PersonRequest, address: str, message: str) -> HttpResponse:
    """Elsewhere, also out of a dialog, with a message that is shown there."""
    messages.success(request, message)
    if htmx.asked(request):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)
