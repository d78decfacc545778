"""Lists of places: what one can make, which keys there are, the phone's menu, settings."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render

from loudou.desk import pages
from loudou.people.web import PersonRequest, signed_in
from loudou.ui import htmx


@signed_in("GET")
def create(request: PersonRequest) -> HttpResponse:
    context = {"section": "create", "places": pages.creatable(request.user)}
    return htmx.page(request, "desk/create.html", "desk/_create.html", context)


@signed_in("GET")
def keys(request: PersonRequest) -> HttpResponse:
    context = {"section": "keys", "places": [place for place in pages.places(request.user) if place.keys]}
    return htmx.page(request, "desk/keys.html", "desk/_keys.html", context)


@signed_in("GET")
def more(request: PersonRequest) -> HttpResponse:
    """The phone's last thumb: oneself, and every place the thumb bar has no room for."""
    context = {"section": "more", "groups": pages.menu(request.user)}
    return render(request, "desk/more.html", context)


@signed_in("GET")
def settings(request: PersonRequest) -> HttpResponse:
    context = {"section": "settings", "groups": pages.settings(request.user)}
    return render(request, "desk/settings.html", context)


@signed_in("GET")
def room(request: PersonRequest, room: str) -> HttpResponse:
    """The bare address of a room leads to its first page, which is asked what was asked of it."""
    asked = request.GET.urlencode()
    return redirect(pages.first_of(request.user, room) + (f"?{asked}" if asked else ""))
