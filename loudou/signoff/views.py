"""The sign-off inbox (签批台): what waits for a signature, what one asked for, what one answered."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from loudou.people.web import PersonRequest, signed_in
from loudou.signoff import verbs, wording
from loudou.signoff.lens import Box
from loudou.signoff.web import find, page
from loudou.ui import htmx


@signed_in("GET", to="signoff.see")
def inbox(request: PersonRequest) -> HttpResponse:
    box = Box.read(request.GET, request.user)
    after = request.GET.get("after", "")
    if after and htmx.asked(request):
        return render(
            request,
            "signoff/_more.html",
            {"box": box, "page": box.page(after), "asked": None, "words": wording},
        )
    first = box.rows.order_by("due_at", "pk").first() if box.name == "waiting" else None
    asked = find(request, first.pk) if first is not None else None
    return page(request, box, asked, listing=box.name != "waiting" or "list" in request.GET)


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
