"""One's own account: preferences, password, second factor, sessions, tokens."""

from __future__ import annotations

from typing import Any

import pyotp
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters

from loudou.people import passwords, verbs
from loudou.people.forms import (
    SCOPES,
    ChangePasswordForm,
    CodeForm,
    PreferencesForm,
    RemoveSecondFactorForm,
    TokenForm,
)
from loudou.people.models import Token, User
from loudou.people.queries import sessions, tokens
from loudou.people.views.signing_in import first_page, remember_language, stamp, wanted_page
from loudou.people.web import PersonRequest, attempt, signed_in


@signed_in("GET", "POST")
def account(request: PersonRequest) -> HttpResponse:
    user = request.user
    form = _preferences(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        verbs.set_preferences(user, by=user, **form.cleaned_data)
        response = redirect("people:account")
        remember_language(response, form.cleaned_data["language"])
        return response
    return _account(request, form, TokenForm())


def _preferences(user: User, sent: Any) -> PreferencesForm:
    """What a person has chosen, to be chosen anew."""
    initial = {name: getattr(user, name) for name in verbs.PREFERENCES}
    initial["language"] = user.language or settings.LANGUAGE_CODE
    return PreferencesForm(sent, user=user, initial=initial)


def _account(request: PersonRequest, form: PreferencesForm, token_form: TokenForm) -> HttpResponse:
    user = request.user
    context = {
        "section": "account",
        "form": form,
        "sessions": sessions(user),
        "this_session": request.session.session_key,
        "tokens": tokens(user),
        "token_form": token_form,
        "scopes": SCOPES,
        "new_secret": request.session.pop("new_token", ""),
        "new_codes": request.session.pop("new_codes", []),
        "has_mail": settings.ENVIRONMENT.mail is not None,
    }
    status = 422 if form.errors or token_form.errors else 200
    return render(request, "people/account.html", context, status=status)


@signed_in("POST")
def appearance(request: PersonRequest) -> HttpResponse:
    """Light, dark, or as the device: from the menu of any page, and back to it."""
    chosen = request.POST.get("theme", "")
    if chosen in User.Theme.values:
        verbs.set_preferences(request.user, by=request.user, theme=chosen)
    return redirect(wanted_page(request, reverse("people:account")))


@sensitive_post_parameters()
@signed_in("GET", "POST")
def change_password(request: PersonRequest) -> HttpResponse:
    form, had_to = ChangePasswordForm(request.POST or None), passwords.expired(request.user)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        user = attempt(
            form,
            lambda: verbs.change_password(
                request.user, current=given["current"], password=given["password"], by=request.user
            ),
        )
        if user is not None:
            started = request.session.get("started_at")
            login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
            stamp(request, started_at=started)
            messages.success(request, _("The password is changed; your other sessions have ended."))
            return redirect(first_page(user) if had_to else "people:account")
    context = {"form": form, "had_to": had_to, "section": "account"}
    return render(request, "people/change_password.html", context, status=422 if form.errors else 200)


@signed_in("POST")
def end_sessions(request: PersonRequest) -> HttpResponse:
    only = request.POST.get("only", "")
    keep = "" if only else request.session.session_key
    count = verbs.end_sessions(request.user, by=request.user, keep=keep or "", only=only)
    told = ngettext("%(n)d session ended.", "%(n)d sessions ended.", count) % {"n": count}
    messages.success(request, told)
    return redirect("people:account")


@signed_in("POST", fresh=True)
def make_token(request: PersonRequest) -> HttpResponse:
    form = TokenForm(request.POST)
    made = None
    if form.is_valid():
        made = attempt(form, lambda: verbs.make_token(request.user, by=request.user, **form.cleaned_data))
    if made is None:
        return _account(request, _preferences(request.user, None), form)
    request.session["new_token"] = made[1]  # shown once, on the next page
    return redirect("people:account")


@signed_in("POST")
def revoke_token(request: PersonRequest, pk: int) -> HttpResponse:
    token = Token.objects.filter(user=request.user, pk=pk).first()
    if token is not None:
        verbs.revoke_token(token, by=request.user)
    return redirect("people:account")


@signed_in("GET", "POST", fresh=True)
def second_factor(request: PersonRequest) -> HttpResponse:
    """Set up the second factor, or, where it is on, look after it."""
    user = request.user
    secret = request.session.setdefault("totp_draft", pyotp.random_base32())
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        code = form.cleaned_data["code"]
        if attempt(form, lambda: verbs.set_up_second_factor(user, secret=secret, code=code, by=user)):
            request.session.pop("totp_draft", None)
            return _show_codes(request)
    link = pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name="Loudou")
    context = {
        "form": form,
        "removal": RemoveSecondFactorForm(),
        "secret": " ".join(secret[index : index + 4] for index in range(0, len(secret), 4)),
        "address": link,
        "drawing": _drawing(link),
        "section": "account",
    }
    return render(request, "people/second_factor.html", context, status=422 if form.errors else 200)


@sensitive_post_parameters()
@signed_in("POST")
def remove_second_factor(request: PersonRequest) -> HttpResponse:
    form, user = RemoveSecondFactorForm(request.POST), request.user
    if not user.totp_secret:
        return redirect("people:second_factor")
    if form.is_valid():
        current = form.cleaned_data["current"]
        if attempt(form, lambda: verbs.remove_second_factor(user, by=user, current=current)):
            messages.success(request, _("The second factor is off."))
            return redirect("people:account")
    context = {"form": CodeForm(), "removal": form, "section": "account"}
    return render(request, "people/second_factor.html", context, status=422)


@signed_in("POST", fresh=True)
def renew_recovery_codes(request: PersonRequest) -> HttpResponse:
    return _show_codes(request)


def _show_codes(request: PersonRequest) -> HttpResponse:
    """New recovery codes, shown once, on the next page."""
    request.session["new_codes"] = verbs.renew_recovery_codes(request.user, by=request.user)
    return redirect("people:account")


def _drawing(link: str) -> dict[str, object]:
    """A QR code as an SVG path of unit squares, and how wide it is."""
    import segno  # a megabyte of each process, for what people do once

    rows = segno.make(link, error="m", micro=False).matrix
    squares = [f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark]
    return {"size": len(rows), "path": "".join(squares)}
