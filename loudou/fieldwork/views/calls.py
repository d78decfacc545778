"""Phone records: the register, one record, noting a call while it lasts, annulling one."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.customers.looks import Phone, as_seen
from loudou.customers.models import Customer
from loudou.fieldwork import papers, verbs, words
from loudou.fieldwork.forms.activities import AnnulForm
from loudou.fieldwork.forms.calls import CallForm
from loudou.fieldwork.lens.calls import CallLens
from loudou.fieldwork.models import PhoneCall
from loudou.fieldwork.queries import calls as queries
from loudou.journal.queries import about
from loudou.kernel import clock
from loudou.kernel.numbers import key_of
from loudou.people.access import fetch, may
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.ui import htmx
from loudou.ui.answers import to_save
from loudou.ui.papers import as_pdf


@signed_in("GET", to="fieldwork.see_calls")
def calls(request: PersonRequest) -> HttpResponse:
    """The calls a person may see, the latest first."""
    lens = CallLens.read(request.GET, request.user)
    after = request.GET.get("after", "")
    context: dict[str, Any] = {"section": "fieldwork", "lens": lens, "page": lens.page(after)}
    context |= {"phone_of": partial(_phone, request.user), "today": organisation().today}
    if after and htmx.asked(request):
        return render(request, "fieldwork/_call_rows.html", context)
    context |= {"callers": PhoneCall.Caller.choices, "states": words.CALL_STATES.items()}
    return render(request, "fieldwork/calls.html", context | {"periods": lens.period_choices()})


@signed_in("GET")
def call(request: PersonRequest, pk: int) -> HttpResponse:
    """One record, with what came of it."""
    found = fetch(request.user, PhoneCall, pk, using=queries.whole())
    context = {"section": "fieldwork", "call": found, "phone": _phone(request.user, found)}
    context |= {"entries": about(found, limit=30), "today": organisation().today}
    context["annuls"] = found.annulled_at is None and may(request.user, "fieldwork.take_call", found)
    return render(request, "fieldwork/call.html", context)


@signed_in("POST")
def call_card(request: PersonRequest, pk: int) -> HttpResponse:
    """The record as a paper (电话记录卡); who took it out is on record."""
    found = fetch(request.user, PhoneCall, pk, using=queries.whole())
    paper = papers.phone_card(found, _phone(request.user, found), by=request.user)
    verbs.print_call(found, by=request.user)
    return to_save(as_pdf(paper), "application/pdf", f"{paper.name}.pdf")


@signed_in("GET", "POST", to="fieldwork.take_call")
def take_call(request: PersonRequest) -> HttpResponse:
    """Note a call while it lasts; opened from a customer, or with the `number` that rings, that is filled in."""
    form = CallForm(request.POST or None, user=request.user, initial={"at": clock.now()})
    if request.method == "POST" and form.is_valid():
        act = partial(verbs.take_call, by=request.user, **form.told)
        if (made := attempt(form, act)) is not None:
            return htmx.done(request, reverse("fieldwork:call", args=[made.pk]), message=_("Noted."))
    context = {"section": "fieldwork", "form": form, **_chosen(request, form)}
    status = 422 if form.errors else 200
    return htmx.page(request, "fieldwork/take_call.html", "fieldwork/_take_call.html", context, status=status)


@signed_in("GET", to="fieldwork.take_call")
def callers(request: PersonRequest) -> HttpResponse:
    """Who it may be that rings, for the `suggest` component."""
    found = queries.callers(htmx.typed(request), request.user)
    return render(request, "fieldwork/_callers.html", {"callers": found})


@signed_in("GET", "POST")
def annul_call(request: PersonRequest, pk: int) -> HttpResponse:
    """Take a record out of every count, with the reason."""
    found = fetch(request.user, PhoneCall, pk, to="fieldwork.take_call")
    form = AnnulForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        version = posted_version(request)
        act = partial(verbs.annul_call, found, by=request.user, version=version, **form.cleaned_data)
        if attempt(form, act) is not None:
            return htmx.done(request, reverse("fieldwork:call", args=[pk]), message=_("Annulled."))
    context = {"section": "fieldwork", "form": form, "call": found}
    status = 422 if form.errors else 200
    return htmx.page(
        request, "fieldwork/annul_call.html", "fieldwork/_annul_call.html", context, status=status
    )


def _phone(user: User, found: PhoneCall) -> Phone | None:
    """The caller's number as the person may see it; that of a colleague is theirs to see."""
    if not found.phone:
        return None
    whole = found.caller == PhoneCall.Caller.COLLEAGUE or may(user, "customers.see_phone", found)
    return as_seen(found.phone, whole=whole)


def _chosen(request: PersonRequest, form: CallForm) -> dict[str, Any]:
    """What stands in the fields that look things up: the caller, who follows up, the deal."""
    if form.is_bound:
        told = form.cleaned_data if hasattr(form, "cleaned_data") else {}
        typed = {"caller": request.POST.get("caller", ""), "caller_text": request.POST.get("caller_text", "")}
        return {**typed, "owner": told.get("owner"), "deal": told.get("deal")}
    nothing = {"owner": None, "deal": None}
    key = key_of(request.GET.get("customer")) or 0
    customer = Customer.objects.visible_to(request.user).filter(pk=key).first()
    if customer is not None:
        return {"caller": f"customer-{customer.pk}", "caller_text": customer.name, **nothing}
    return {"caller": "", "caller_text": request.GET.get("number", "")[:40], **nothing}
