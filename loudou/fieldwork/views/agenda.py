"""The agenda by day, week and team; the secret address under which calendar programs read one's own."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.fieldwork import verbs, words
from loudou.fieldwork.figures.icalendar import calendar as as_calendar
from loudou.fieldwork.lens.agenda import AgendaLens
from loudou.fieldwork.models import AgendaFeed
from loudou.fieldwork.queries import agenda as queries
from loudou.kernel import clock
from loudou.kernel.periods import Period
from loudou.people.access import may
from loudou.people.queries import organisation
from loudou.people.verbs.tokens import digest
from loudou.people.web import PersonRequest, signed_in
from loudou.ui import htmx

_BACK, _AHEAD = timedelta(days=30), timedelta(days=90)


@signed_in("GET", to="fieldwork.see")
def agenda(request: PersonRequest) -> HttpResponse:
    """What is to do, day by day."""
    lens = AgendaLens.read(request.GET, request.user)
    items = queries.agenda(request.user, lens.days, owners=[user.pk for user in lens.people])
    days = [(day, [item for item in items if item.day == day]) for day in lens.days.days()]
    context = {"section": "visits", "lens": lens, "days": days, "today": lens.company.today}
    context["many"] = len(lens.people) > 1
    return render(request, "fieldwork/agenda.html", context)


@signed_in("GET", to="fieldwork.see")
def today(request: PersonRequest) -> HttpResponse:
    """One's own visits of today, for the first page: each a tap away."""
    plans = queries.visits_on(request.user, organisation().today)
    context = {"section": "home", "plans": plans, "tones": words.VISIT_TONES}
    return htmx.page(request, "fieldwork/today.html", "fieldwork/_today.html", context)


@signed_in("GET", "POST", to="fieldwork.see", fresh=True)
def feed(request: PersonRequest) -> HttpResponse:
    """The address for calendar programs: made, renewed, closed. It is shown once."""
    address = ""
    if "close" in request.POST:
        verbs.close_feed(by=request.user)
        messages.success(request, _("The address leads nowhere any more."))
        return redirect("fieldwork:feed")
    if request.method == "POST":
        secret = verbs.open_feed(by=request.user)
        address = f"{settings.SITE_ADDRESS}{reverse('fieldwork:calendar', args=[secret])}"
    kept = AgendaFeed.objects.filter(user=request.user).first()
    return render(request, "fieldwork/feed.html", {"section": "visits", "address": address, "feed": kept})


def calendar(request: HttpRequest, secret: str) -> HttpResponse:
    """Somebody's own agenda, for whoever knows the secret; a wrong one, and one of somebody who left, is nothing."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET"])
    kept = AgendaFeed.objects.select_related("user__unit").filter(digest=digest(secret)).first()
    if kept is None or not kept.user.is_active or not may(kept.user, "fieldwork.see"):
        raise Http404
    today = organisation().today
    items = queries.agenda(kept.user, Period(today - _BACK, today + _AHEAD), owners=[kept.user.pk])
    body = as_calendar(kept.user.name, [item.happening for item in items], stamp=clock.now())
    return HttpResponse(
        body, content_type="text/calendar; charset=utf-8", headers={"Cache-Control": "private, no-store"}
    )
