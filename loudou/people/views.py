"""Signing in and out, and one's own account."""

from __future__ import annotations

from typing import Any

import pyotp
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from loudou.journal.record import acting
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people import verbs
from loudou.people.forms import (
    ChangePasswordForm,
    CodeForm,
    FirstRunForm,
    PreferencesForm,
    SignInForm,
    TokenForm,
)
from loudou.people.models import Organisation, Token, User
from loudou.people.queries import sessions, tokens
from loudou.people.web import PersonRequest, address, confirm, signed_in

_PENDING = "awaiting_code"
_PENDING_SECONDS = 300


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect(_landing(request.user))
    if not User.objects.exists():
        return redirect("people:first_run")
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        outcome = verbs.sign_in(**form.cleaned_data, address=address(request))
        if outcome.user is not None and outcome.user.totp_secret:
            request.session.cycle_key()
            request.session[_PENDING] = {"user": outcome.user.pk, "at": clock.now().timestamp()}
            return redirect(f"{reverse('people:code')}?next={_next(request, '')}")
        if outcome.user is not None:
            return _let_in(request, outcome.user)
        form.add_error(None, outcome.sentence)
    status = 422 if form.errors else 200
    return render(request, "people/sign_in.html", {"form": form, "next": _next(request, "")}, status=status)


@require_http_methods(["GET", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    pending = request.session.get(_PENDING)
    user = None
    if pending and clock.now().timestamp() - pending["at"] < _PENDING_SECONDS:
        user = User.objects.active().filter(pk=pending["user"]).first()
    if user is None:
        return redirect("people:sign_in")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        outcome = verbs.check_code(user, code=form.cleaned_data["code"], address=address(request))
        if outcome.user is not None:
            return _let_in(request, outcome.user)
        form.add_error("code", outcome.sentence)
    status = 422 if form.errors else 200
    return render(request, "people/code.html", {"form": form, "next": _next(request, "")}, status=status)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def first_run(request: HttpRequest) -> HttpResponse:
    if User.objects.exists():
        return redirect("people:sign_in")
    form = FirstRunForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = _found(form.cleaned_data)
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.sentence)
        else:
            return _let_in(request, user)
    return render(request, "people/first_run.html", {"form": form}, status=422 if form.errors else 200)


@signed_in("POST")
def sign_out(request: PersonRequest) -> HttpResponse:
    verbs.sign_out(request.user, by=request.user)
    logout(request)
    response = redirect("people:sign_in")
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    chosen = request.POST.get("language", "")
    response = redirect(_next(request, reverse("people:sign_in")))
    if chosen in dict(settings.LANGUAGES):
        if isinstance(request.user, User):
            verbs.set_preferences(request.user, by=request.user, language=chosen)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=365 * 86400,
            samesite="Lax",
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
        )
    return response


@signed_in("GET", "POST")
def account(request: PersonRequest) -> HttpResponse:
    user = request.user
    initial = {name: getattr(user, name) for name in ("theme", "landing", "full_amounts")}
    form = PreferencesForm(
        request.POST or None, initial={**initial, "language": user.language or settings.LANGUAGE_CODE}
    )
    if request.method == "POST" and form.is_valid():
        verbs.set_preferences(user, by=user, **form.cleaned_data)
        return redirect("people:account")
    context = {
        "section": "account",
        "form": form,
        "sessions": sessions(user),
        "this_session": request.session.session_key,
        "tokens": tokens(user),
        "token_form": TokenForm(),
        "new_secret": request.session.pop("new_token", ""),
    }
    return render(request, "people/account.html", context, status=422 if form.errors else 200)


@sensitive_post_parameters()
@signed_in("GET", "POST")
def change_password(request: PersonRequest) -> HttpResponse:
    form = ChangePasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            user = verbs.change_password(
                request.user, current=given["current"], password=given["password"], by=request.user
            )
        except Refused as refusal:
            form.add_error(refusal.field or None, refusal.sentence)
        else:
            started = request.session.get("started_at")
            login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
            _stamp(request, started_at=started)
            messages.success(request, _("The password is changed; your other sessions have ended."))
            return redirect("people:account")
    return render(
        request,
        "people/change_password.html",
        {"form": form, "section": "account"},
        status=422 if form.errors else 200,
    )


@signed_in("POST")
def end_sessions(request: PersonRequest) -> HttpResponse:
    only = request.POST.get("only", "")
    keep = "" if only else request.session.session_key
    count = verbs.end_sessions(request.user, by=request.user, keep=keep or "", only=only)
    messages.success(request, _("%(n)d sessions ended.") % {"n": count})
    return redirect("people:account")


@signed_in("POST", fresh=True)
def make_token(request: PersonRequest) -> HttpResponse:
    form = TokenForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect("people:account")
    _token, secret = verbs.make_token(request.user, by=request.user, **form.cleaned_data)
    request.session["new_token"] = secret  # shown once, on the next page
    return redirect("people:account")


@signed_in("POST")
def revoke_token(request: PersonRequest, pk: int) -> HttpResponse:
    token = Token.objects.filter(user=request.user, pk=pk).first()
    if token is not None:
        verbs.revoke_token(token, by=request.user)
    return redirect("people:account")


@signed_in("GET", "POST", fresh=True)
def second_factor(request: PersonRequest) -> HttpResponse:
    user = request.user
    secret = request.session.setdefault("totp_draft", pyotp.random_base32())
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            if user.totp_secret:
                verbs.remove_second_factor(user, by=user, current=request.POST.get("current", ""))
            else:
                verbs.set_up_second_factor(user, secret=secret, code=form.cleaned_data["code"], by=user)
        except Refused as refusal:
            form.add_error("code", refusal.sentence)
        else:
            request.session.pop("totp_draft", None)
            return redirect("people:account")
    address_of_secret = pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name="Loudou")
    context = {"form": form, "secret": secret, "address": address_of_secret, "section": "account"}
    return render(request, "people/second_factor.html", context, status=422 if form.errors else 200)


def _found(given: dict[str, Any]) -> User:
    """Make the first administrator and name the organisation, once: a second caller finds somebody there."""
    with acting():
        Organisation.objects.select_for_update().get(pk=1)
        if User.objects.exists():
            raise Refused(_("The first administrator exists already."))
        verbs.set_organisation(by=None, name=given["organisation"])
        return verbs.add_person(
            username=given["username"],
            name=given["name"],
            password=given["password"],
            unit=None,
            roles_held=["admin", "gm"],
            by=None,
        )


def _let_in(request: HttpRequest, user: User) -> HttpResponse:
    request.session.pop(_PENDING, None)
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    _stamp(request)
    return redirect(_next(request, _landing(user)))


def _stamp(request: HttpRequest, started_at: str | None = None) -> None:
    """Note in the session when it began, from where and with what."""
    now = clock.now().isoformat()
    request.session["started_at"] = started_at or now
    request.session["seen_at"] = now
    confirm(request)
    request.session["address"] = address(request)
    request.session["device"] = request.headers.get("User-Agent", "")[:200]


def _landing(user: Any) -> str:
    try:
        return reverse(user.landing or "desk:home")
    except NoReverseMatch:
        return reverse("desk:home")


def _next(request: HttpRequest, fallback: str) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else fallback
