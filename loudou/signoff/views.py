"""The sign-off inbox (签批台): what waits for a signature, what one asked for, what one answered."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.people.access import fetch
from loudou.people.queries import organisation
from loudou.people.web import PersonRequest, attempt, signed_in
from loudou.signoff import queries, verbs, words
from loudou.signoff.forms import DelegateForm
from loudou.signoff.lens import Box
from loudou.signoff.models import Delegation
from loudou.signoff.web import answer, find, page, signers
from loudou.ui import htmx


@signed_in("GET", to="signoff.see")
def inbox(request: PersonRequest) -> HttpResponse:
    box = Box.read(request.GET, request.user)
    after = request.GET.get("after", "")
    if after and htmx.asked(request):
        listed = box.page(after)
        more = {"box": box, "page": listed, "asked": None, "signers": signers(request, box, listed)}
        return render(request, "signoff/_more.html", {**more, "words": words})
    return page(request, box, listing=box.name != "waiting" or "list" in request.GET)


@signed_in("GET")
def request(request: PersonRequest, pk: int) -> HttpResponse:
    return page(request, Box.read(request.GET, request.user), find(request, pk))


@signed_in("POST")
def opened(request: PersonRequest, pk: int) -> HttpResponse:
    verbs.open_request(find(request, pk), by=request.user)
    return HttpResponse(status=204)


@signed_in("POST")
def withdraw(request: PersonRequest, pk: int) -> HttpResponse:
    verbs.withdraw(find(request, pk), by=request.user)
    return redirect(reverse("signoff:request", args=[pk]) + Box.read(request.GET, request.user).href())


@signed_in("POST")
def confirm(request: PersonRequest, pk: int) -> HttpResponse:
    return answer(request, pk, verbs.confirm)


@signed_in("POST")
def refuse(request: PersonRequest, pk: int) -> HttpResponse:
    return answer(request, pk, verbs.refuse)


@signed_in("GET", "POST", to="signoff.sign")
def delegate(request: PersonRequest) -> HttpResponse:
    """Let somebody else sign while one is away; what stands, with its days."""
    today = organisation().today
    form = DelegateForm(request.POST or None, user=request.user, initial={"first": today, "last": today})
    if request.method == "POST" and form.is_valid():
        act = partial(verbs.delegate, request.user, by=request.user, **form.cleaned_data)
        if attempt(form, act) is not None:
            messages.success(request, _("Saved."))
            return redirect("signoff:delegate")
    context = {"section": "signoff", "form": form, "delegations": queries.delegations(request.user)}
    return render(request, "signoff/delegate.html", context, status=422 if form.errors else 200)


@signed_in("POST")
def end_delegation(request: PersonRequest, pk: int) -> HttpResponse:
    verbs.end_delegation(fetch(request.user, Delegation, pk, to="signoff.sign"), by=request.user)
    return redirect("signoff:delegate")
