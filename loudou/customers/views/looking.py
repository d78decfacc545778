"""Looking for duplicates while typing, and at phones that are masked."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from loudou.customers import queries, verbs
from loudou.customers.figures.phones import e164, shown
from loudou.customers.models import Contact, Customer
from loudou.kernel.numbers import key_of
from loudou.kernel.refusals import Refused
from loudou.people.access import fetch
from loudou.people.web import PersonRequest, signed_in
from loudou.ui import htmx


@signed_in("POST", to="customers.add")
def duplicates(request: PersonRequest) -> HttpResponse:
    """Who may already be here, while a form is being filled; whose it is only as far as the person may see (AC-12)."""
    asked = {name: request.POST.get(name, "") for name in ("name", "phone", "uscc")}
    besides = _besides(request)
    context: dict[str, Any] = {"phone": _read(asked["phone"]), "candidates": [], "sentence": ""}
    try:
        context["candidates"] = verbs.look_for_duplicates(by=request.user, besides=besides, **asked)
    except Refused as refusal:
        context["sentence"] = refusal.sentence
    return render(request, "customers/_duplicates.html", context)


@signed_in("POST")
def reveal_phone(request: PersonRequest, pk: int) -> HttpResponse:
    """The whole phone of a customer, on record."""
    return _revealed(request, fetch(request.user, Customer, pk))


@signed_in("POST")
def reveal_contact(request: PersonRequest, pk: int) -> HttpResponse:
    """The same for a contact."""
    return _revealed(request, fetch(request.user, Contact, pk, using=queries.contacts()))


def _revealed(request: PersonRequest, who: Customer | Contact) -> HttpResponse:
    context: dict[str, Any] = {"section": "customers", "who": who, "phone": "", "sentence": ""}
    status = 200
    try:
        context["phone"] = verbs.reveal_phone(who, by=request.user)
    except verbs.Exhausted as refusal:
        context["sentence"], status = refusal.sentence, 429
    context |= {"shown": shown, "customer": who.customer if isinstance(who, Contact) else who}
    return htmx.page(request, "customers/revealed.html", "customers/_revealed.html", context, status=status)


def _besides(request: PersonRequest) -> Customer | None:
    key = key_of(request.POST.get("besides"))
    return Customer.objects.visible_to(request.user).filter(pk=key).first() if key else None


def _read(typed: str) -> str:
    """How a typed number will be kept; empty while it is none."""
    try:
        return shown(e164(typed, queries.home_region())) if typed.strip() else ""
    except ValueError:
        return ""
