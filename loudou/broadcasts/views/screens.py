"""Screens on the wall: the list of one's own, a new one, a new link, down with it; and what a screen shows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from loudou.broadcasts import verbs
from loudou.broadcasts.boards import BOARDS, lens_of, open_to
from loudou.broadcasts.forms import RenewForm, ScreenForm
from loudou.broadcasts.models import Screen
from loudou.broadcasts.queries import screen_shown, screens_of
from loudou.kernel import clock
from loudou.kernel.numbers import key_of
from loudou.people.web import PersonRequest, attempt, signed_in
from loudou.ui import htmx


@signed_in(to="broadcasts.show")
def screens(request: PersonRequest) -> HttpResponse:
    """One's own screens; the link of a new one is shown this once."""
    context = {
        "section": "settings",
        "rows": screens_of(request.user),
        "now": clock.now(),
        "boards": BOARDS,
        "new_link": request.session.pop("new_screen", ""),
    }
    return render(request, "broadcasts/screens.html", context)


@signed_in("GET", "POST", to="broadcasts.show", fresh=True)
def make_screen(request: PersonRequest) -> HttpResponse:
    """Put up a screen."""
    form = ScreenForm(request.POST if request.method == "POST" else None, user=request.user)
    if request.method == "POST" and form.is_valid():
        made = attempt(form, lambda: verbs.make_screen(by=request.user, **form.cleaned_data))
        if made is not None:
            return _told(request, made[1])
    return _dialog(request, form, _("Put up a screen"), reverse("broadcasts:make_screen"))


@signed_in("GET", "POST", to="broadcasts.show", fresh=True)
def renew_screen(request: PersonRequest, pk: int) -> HttpResponse:
    """Give a screen a new link; the old one is dead at once."""
    found = get_object_or_404(Screen, pk=pk, owner=request.user)
    form = RenewForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        made = attempt(form, lambda: verbs.renew_screen(found, by=request.user, **form.cleaned_data))
        if made is not None:
            return _told(request, made[1])
    return _dialog(request, form, _("New link"), reverse("broadcasts:renew_screen", args=[pk]))


@signed_in("POST", to="broadcasts.show")
def revoke_screen(request: PersonRequest, pk: int) -> HttpResponse:
    """Take a screen down."""
    verbs.revoke_screen(get_object_or_404(Screen, pk=pk, owner=request.user), by=request.user)
    return htmx.done(request, reverse("broadcasts:screens"), message=_("The screen shows nothing any more."))


def show(request: HttpRequest, secret: str) -> HttpResponse:
    """A board of a screen, for whoever has its link; `n` says which, and the page goes on to the next by itself."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET"])
    screen = screen_shown(secret)
    if screen is None:
        return render(request, "broadcasts/over.html", {"theme": "dark"}, status=404)
    verbs.note_seen(screen, by=None)
    lens = lens_of(screen)
    with (
        translation.override(screen.owner.language or settings.LANGUAGE_CODE),
        timezone.override(lens.company.zone),
    ):
        return render(request, "broadcasts/show.html", _shown(request, screen, lens))


def _shown(request: HttpRequest, screen: Screen, lens: Any) -> dict[str, Any]:
    names = open_to(screen) if not lens.problems else []
    place = (key_of(request.GET.get("n")) or 0) % max(len(names), 1)
    context: dict[str, Any] = {"board": "", "title": screen.name}
    if names:
        board = BOARDS[names[place]]
        context = {"board": names[place], "title": board.title, **board.content(screen, lens)}
    return context | {
        "screen": screen,
        "lens": lens,
        "place": place,
        "boards": [BOARDS[name].title for name in names],
        "next": f"?n={(place + 1) % max(len(names), 1)}",
        "theme": "dark" if screen.is_dark else "light",
        "base_currency": lens.company.base_currency,
        "at": lens.now,
    }


def _told(request: PersonRequest, secret: str) -> HttpResponse:
    request.session["new_screen"] = f"{settings.SITE_ADDRESS}{reverse('broadcasts:show', args=[secret])}"
    return redirect("broadcasts:screens")


def _dialog(request: PersonRequest, form: Any, title: str, to: str) -> HttpResponse:
    context = {"form": form, "title": title, "to": to, "section": "settings", "hidden": {}, "version": None}
    context["has_mail"] = context["whole"] = True  # sent as a page, which may ask for the password
    status = 422 if form.errors else 200
    return htmx.page(request, "broadcasts/dialog.html", "broadcasts/_dialog.html", context, status=status)
