"""What the views of all rooms have in common: a person who is signed in, and acts that may be refused."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse
from django_htmx.middleware import HtmxDetails

from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people.access import may
from loudou.people.models import User

P = ParamSpec("P")
T = TypeVar("T")


class PersonRequest(HttpRequest):
    """A request of somebody who is signed in."""

    user: User
    htmx: HtmxDetails


View = Callable[Concatenate[PersonRequest, P], HttpResponse]
Plain = Callable[Concatenate[HttpRequest, P], HttpResponse]


def signed_in(*methods: str, to: str = "") -> Callable[[View[P]], Plain[P]]:
    """Open a view to people who are signed in, by these methods (GET unless said), with the right `to` if named.

    Others are sent to the sign-in page, also when only a part of a page was asked for. GET admits HEAD.
    """
    allowed = methods or ("GET",)

    def wrap(view: View[P]) -> Plain[P]:
        @functools.wraps(view)
        def handle(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.method not in allowed and not (request.method == "HEAD" and "GET" in allowed):
                return HttpResponseNotAllowed(allowed)
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            person: PersonRequest = request  # type: ignore[assignment]
            if to and not may(person.user, to):
                raise PermissionDenied
            return view(person, *args, **kwargs)

        return handle  # type: ignore[return-value] # wraps() names the first argument, Callable does not

    return wrap


def attempt(form: forms.Form, act: Callable[[], T]) -> T | None:
    """Do an act on behalf of a valid form; a refusal goes beside the field it blames and None comes back.

    A missing right and a stale version are no matter of the form: they are answered with 403 and 409.
    """
    try:
        return act()
    except (Forbidden, Stale):
        raise
    except Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.sentence)
        return None


def posted_version(request: HttpRequest) -> int | None:
    """The version the person saw, from the form's hidden field."""
    raw = request.POST.get("version", "")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 10 else None


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    if request.headers.get("HX-Request") == "true":
        response = HttpResponse(status=401)
        response["HX-Redirect"] = reverse(settings.LOGIN_URL)
        return response
    return redirect(f"{reverse(settings.LOGIN_URL)}?{urlencode({'next': request.get_full_path()})}")
