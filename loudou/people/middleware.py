"""What every request of a signed-in person passes: the session's limits, their language and appearance."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.middleware import get_user
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from loudou.kernel import clock
from loudou.people import passwords, sessions
from loudou.people.models import User
from loudou.people.queries import organisation, organisation_read_once
from loudou.ui.errors import answer

Handler = Callable[[HttpRequest], HttpResponse]

IDLE = timedelta(minutes=30)
IDLE_STRICT = timedelta(minutes=15)
ABSOLUTE = timedelta(hours=12)
_SEEN_STEP = timedelta(
    minutes=1
)  # how exactly "last seen" is kept: a write a minute instead of one a request
BACKGROUND = "X-Background"  # set by polling scripts: their requests do not keep a session alive


def session_limits(handler: Handler) -> Handler:
    """End a session after 30 idle minutes (15 under `mlps`) or 12 hours; send an expired password to be changed.

    One of the future ends too: the clock was turned back since, and how long it has lasted nobody knows (DU-07).
    """

    def handle(request: HttpRequest) -> HttpResponse:
        request.user = get_user(request)  # known with the session: nobody need look through Django's lazy one
        if request.user.is_authenticated and not request.path.startswith("/static/"):
            now = clock.now()
            seen = _instant(request, "seen_at") or now
            started = _instant(request, "started_at") or now
            idle = IDLE_STRICT if passwords.strict() else IDLE
            if not (clock.lasts(seen, idle) and clock.lasts(started, ABSOLUTE)):
                logout(request)
            else:
                if now - seen > _SEEN_STEP and BACKGROUND not in request.headers:
                    request.session["seen_at"] = now.isoformat()
                if passwords.expired(request.user) and not _may_pass_expired(request):
                    if request.path.startswith("/api/"):
                        return answer(request, 403, _("Change your password first; it has run out."))
                    return redirect("people:change_password")
        return handler(request)

    return handle


def reading_once(handler: Handler) -> Handler:
    """Read who asks, with the session, and the organisation once a request."""

    def handle(request: HttpRequest) -> HttpResponse:
        with sessions.known(request.session), organisation_read_once():
            return handler(request)

    return handle


def preferences(handler: Handler) -> Handler:
    """Speak the person's language (else the cookie's, else the installation's) in the organisation's time zone."""

    def handle(request: HttpRequest) -> HttpResponse:
        user = request.user
        chosen = user.language if isinstance(user, User) else ""
        chosen = chosen or request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        if chosen not in dict(settings.LANGUAGES):
            chosen = settings.LANGUAGE_CODE
        zone = ZoneInfo(settings.TIME_ZONE)
        if isinstance(user, User):
            user._organisation = organisation()  # type: ignore[attr-defined] # access rule and page ask for it too
            zone = user._organisation.zone  # type: ignore[attr-defined]
        with translation.override(chosen), timezone.override(zone):
            request.LANGUAGE_CODE = chosen
            response = handler(request)
        response.setdefault("Content-Language", chosen)
        return response

    return handle


def _instant(request: HttpRequest, name: str) -> datetime | None:
    raw = request.session.get(name)
    return datetime.fromisoformat(raw) if raw else None


def _may_pass_expired(request: HttpRequest) -> bool:
    return request.path in ("/account/password/", "/logout/") or request.path.startswith("/static/")
