"""What the views of all rooms have in common: a person who is signed in, and acts that may be refused."""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Concatenate, ParamSpec, TypeVar
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django_htmx.middleware import HtmxDetails

from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people import verbs
from loudou.people.access import may
from loudou.people.forms import ConfirmForm
from loudou.people.models import User
from loudou.ui.addresses import answers_to, this_page

CONFIRMED_FOR = timedelta(minutes=10)

P = ParamSpec("P")
T = TypeVar("T")


class PersonRequest(HttpRequest):
    """A request of somebody who is signed in."""

    user: User
    htmx: HtmxDetails


View = Callable[Concatenate[PersonRequest, P], HttpResponse]
Plain = Callable[Concatenate[HttpRequest, P], HttpResponse]


def signed_in(*methods: str, to: str = "", fresh: bool = False) -> Callable[[View[P]], Plain[P]]:
    """Open a view to people who are signed in, by these methods (GET unless said), with the right `to` if named.

    Others are sent to the sign-in page, also when only a part of a page was asked for. GET admits HEAD. With `fresh`
    a POST needs the person's password to have been given within ten minutes (AU-19): otherwise it is asked for, and
    what was sent is kept and goes on once it is right.
    """
    allowed = methods or ("GET",)

    def wrap(view: View[P]) -> Plain[P]:
        @answers_to(*allowed)
        @functools.wraps(view)
        def handle(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.method not in allowed and not (request.method == "HEAD" and "GET" in allowed):
                return HttpResponseNotAllowed(allowed)
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            person: PersonRequest = request  # type: ignore[assignment]
            if to and not may(person.user, to):
                raise PermissionDenied(to)
            if fresh and request.method == "POST" and not confirmed(request):
                asking = ask_password(person)
                if asking is not None:
                    return asking
            return view(person, *args, **kwargs)

        return handle  # type: ignore[return-value] # wraps() names the first argument, Callable does not

    return wrap


def confirmed(request: HttpRequest) -> bool:
    """Whether the person gave their password within the last ten minutes, at signing in or since."""
    raw = request.session.get("confirmed_at")
    return raw is not None and clock.now() - datetime.fromisoformat(raw) <= CONFIRMED_FOR


def confirm(request: HttpRequest) -> None:
    """Note that the person has just given their password."""
    request.session["confirmed_at"] = clock.now().isoformat()


def address(request: HttpRequest) -> str | None:
    """The client's address: the connection's, or what the configured number of trusted proxies reports."""
    proxies = settings.ENVIRONMENT.trusted_proxies
    forwarded = [
        part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()
    ]
    found = (
        forwarded[-proxies] if proxies and len(forwarded) >= proxies else request.META.get("REMOTE_ADDR", "")
    )
    try:
        return str(ipaddress.ip_address(found))
    except ValueError:
        return None


def attempt(form: forms.Form, act: Callable[[], T]) -> T | None:
    """Do an act on behalf of a valid form; a refusal goes beside the field it blames and None comes back.

    A form that asks for a thing under other names than the act says so in `asked_as`.

    A stale version, and a missing right that no field is to blame for, are no matter of the form: they are answered
    with 409 and 403.
    """
    try:
        return act()
    except Refused as refusal:
        asked_as = getattr(form, "asked_as", {}).get(refusal.field, refusal.field)
        blamed = asked_as if asked_as in form.fields else None
        if isinstance(refusal, Stale) or (isinstance(refusal, Forbidden) and blamed is None):
            raise
        form.add_error(blamed, refusal.sentence)
        return None


def posted_version(request: HttpRequest) -> int | None:
    """The version the person saw, from the form's hidden field."""
    raw = request.POST.get("version", "")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 10 else None


_PASSWORD = "confirm-password"  # noqa: S105 - a field's name


def ask_password(request: PersonRequest) -> HttpResponse | None:
    """The page that asks for the password, carrying along what was sent; None once the right one came with it."""
    form = ConfirmForm(request.POST if _PASSWORD in request.POST else None, prefix="confirm")
    if form.is_valid():
        outcome = verbs.confirm(
            request.user, password=form.cleaned_data["password"], address=address(request), by=request.user
        )
        if outcome.user is not None:
            confirm(request)
            return None
        form.add_error("password", outcome.sentence)
    sent = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name not in (_PASSWORD, "csrfmiddlewaretoken")
    ]
    return render(request, "people/confirm.html", {"form": form, "sent": sent}, status=403)


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    if request.headers.get("HX-Request") == "true":
        response = HttpResponse(status=401)
        response["HX-Redirect"] = reverse(settings.LOGIN_URL)
        return response
    return redirect(f"{reverse(settings.LOGIN_URL)}?{urlencode({'next': this_page(request)})}")
