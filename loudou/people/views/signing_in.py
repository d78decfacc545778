"""Coming in: the first administrator, signing in and out, links to set a password."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

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
from loudou.people import invitations, verbs
from loudou.people.forms import CodeForm, FirstRunForm, ForgottenForm, NewPasswordForm, SignInForm
from loudou.people.landings import HOME, landing
from loudou.people.lands import land_of
from loudou.people.models import Calendar, Organisation, User
from loudou.people.queries import nobody_can_begin
from loudou.people.web import PersonRequest, address, attempt, confirm, signed_in
from loudou.ui.addresses import answers_to, shows

_PENDING = "awaiting_code"
_PENDING_FOR = timedelta(minutes=5)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect(first_page(request.user))
    if nobody_can_begin():
        return redirect("people:first_run")
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        outcome = verbs.sign_in(**form.cleaned_data, address=address(request))
        if outcome.user is not None and outcome.user.totp_secret:
            request.session.cycle_key()
            request.session[_PENDING] = {"user": outcome.user.pk, "at": clock.now().isoformat()}
            return redirect(f"{reverse('people:code')}?{urlencode({'next': wanted_page(request, '')})}")
        if outcome.user is not None:
            return _let_in(request, outcome.user)
        form.add_error(None, outcome.sentence)
    context = {
        "form": form,
        "next": wanted_page(request, ""),
        "has_mail": settings.ENVIRONMENT.mail is not None,
    }
    return render(request, "people/sign_in.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    pending = request.session.get(_PENDING)
    user = None
    if pending and clock.lasts(datetime.fromisoformat(pending["at"]), _PENDING_FOR):
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
    return render(
        request, "people/code.html", {"form": form, "next": wanted_page(request, "")}, status=status
    )


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def first_run(request: HttpRequest) -> HttpResponse:
    if not nobody_can_begin():
        return redirect("people:sign_in")
    form = FirstRunForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = attempt(form, lambda: _found(form.cleaned_data))
        if user is not None:
            return _let_in(request, user)
    return render(request, "people/first_run.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """Ask for a link by mail. The answer is the same whoever asks for whom."""
    form = ForgottenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        verbs.ask_new_password(username=form.cleaned_data["username"], link_to=invitation_link)
        messages.success(
            request, _("If there is such a person with an e-mail address, a link is on its way.")
        )
        return redirect("people:sign_in")
    context = {"form": form, "has_mail": settings.ENVIRONMENT.mail is not None}
    return render(request, "people/forgotten.html", context, status=422 if form.errors else 200)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, pk: int, secret: str) -> HttpResponse:
    """Set one's own password by a link."""
    user = User.objects.active().filter(pk=pk).first()
    if user is None or not invitations.fits(user, secret):
        return render(request, "people/invitation.html", {"form": None, "person": None}, status=404)
    form = NewPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        password = form.cleaned_data["password"]
        if attempt(form, lambda: verbs.accept_invitation(user, secret=secret, password=password, by=user)):
            messages.success(request, _("The password is set; you can sign in now."))
            return redirect("people:sign_in")
    context = {"form": form, "person": user}
    return render(request, "people/invitation.html", context, status=422 if form.errors else 200)


@signed_in("POST")
def sign_out(request: PersonRequest) -> HttpResponse:
    verbs.sign_out(request.user, by=request.user)
    logout(request)
    response = redirect("people:sign_in")
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response


@answers_to("POST")
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    chosen = request.POST.get("language", "")
    response = redirect(wanted_page(request, reverse("people:sign_in")))
    if chosen in dict(settings.LANGUAGES):
        if isinstance(request.user, User):
            verbs.set_preferences(request.user, by=request.user, language=chosen)
        remember_language(response, chosen)
    return response


def remember_language(response: HttpResponse, language: str) -> None:
    """Keep a language on the device, for the pages before signing in and for when the database is away."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=365 * 86400,
        samesite="Lax",
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
    )


def invitation_link(user: User) -> str:
    """The whole address of a person's link; never by the Host of a request, which anybody can make up."""
    path = reverse("people:invitation", args=[user.pk, invitations.make(user)])
    return f"{settings.SITE_ADDRESS}{path}"


def stamp(request: HttpRequest, started_at: str | None = None) -> None:
    """Note in the session when it began, from where and with what, and that the password was just given."""
    now = clock.now().isoformat()
    request.session["started_at"] = started_at or now
    request.session["seen_at"] = now
    confirm(request)
    request.session["address"] = address(request)
    request.session["device"] = request.headers.get("User-Agent", "")[:200]


def _found(given: dict[str, Any]) -> User:
    """Make the first administrator and name the organisation, once: a second caller finds somebody there.

    Its working days are those of the land whose time it keeps, until somebody chooses otherwise.
    """
    with acting():
        Organisation.objects.select_for_update().get(pk=1)
        if not nobody_can_begin():
            raise Refused(_("The first administrator exists already."))
        verbs.set_organisation(
            by=None,
            name=given["organisation"],
            base_currency=given["base_currency"],
            time_zone=given["time_zone"],
            calendar=Calendar.objects.get(code=land_of(given["time_zone"]).calendar),
        )
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
    stamp(request)
    response = redirect(wanted_page(request, first_page(user)))
    if user.language:
        remember_language(response, user.language)
    return response


def first_page(user: Any) -> str:
    """Where somebody begins who asked for no page."""
    try:
        return reverse(landing(user))
    except NoReverseMatch:
        return reverse(HOME)


def wanted_page(request: HttpRequest, fallback: str) -> str:
    """The page of this house that was asked for in `next`, else the fallback."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, None)
    return wanted if safe and shows(wanted) else fallback
