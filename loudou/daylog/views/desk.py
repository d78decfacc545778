"""The control desk: calling down a list in the morning and in the evening, one hand on the phone."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.customers.models import Customer
from loudou.daylog import verbs
from loudou.daylog.forms import DeskForm, StopSet, stops_of
from loudou.daylog.models import DeskLog, Item
from loudou.daylog.queries.desk import MOST, Call, call_of, calls
from loudou.daylog.views._common import context, done
from loudou.kernel import clock
from loudou.people.lens import PeopleLens
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.people.web import PersonRequest, attempt, signed_in
from loudou.ui import htmx

SHIFTS = ("morning", "evening")
EVENING_FROM = 12


@signed_in("GET", to="daylog.desk")
def desk(request: PersonRequest) -> HttpResponse:
    """Who is on duty today: who is still to be called first, then the others."""
    lens = PeopleLens.read(request.GET, request.user)
    shift = _shift(request)
    found = calls(lens.company.today, lens.company.calendar.work_calendar(), lens.units)
    waiting = [call for call in found if not _is_done(call, shift)]
    over = [call for call in found if _is_done(call, shift)]
    shown = context(
        "desk",
        lens=lens,
        shift=shift,
        today=lens.company.today,
        to_call=waiting[:MOST],
        over=over[:MOST],
        count=len(found),
        done=len(over),
        left_out=max(len(waiting) - MOST, 0) + max(len(over) - MOST, 0),
        arrivals=DeskLog.Arrival.choices,
    )
    return render(request, "daylog/desk.html", shown)


@signed_in("POST", to="daylog.desk")
def check_in(request: PersonRequest, pk: int) -> HttpResponse:
    """One tap: what the morning call found."""
    user = get_object_or_404(User.objects.select_related("unit"), pk=pk)
    desk_log = verbs.check_arrival(user, arrival=request.POST.get("arrival", ""), by=request.user)
    if htmx.asked(request):
        shown = context(
            "desk", call=call_of(user, desk_log), shift="morning", arrivals=DeskLog.Arrival.choices
        )
        return htmx.parts(request, shown, "daylog/_call.html", event="call-noted")
    return done(request, reverse("daylog:desk") + "?shift=morning", _("Noted."))


@signed_in("GET", "POST", to="daylog.desk")
def hear(request: PersonRequest, pk: int) -> HttpResponse:
    """Note what somebody tells in the evening call."""
    user = get_object_or_404(User.objects.select_related("unit"), pk=pk)
    day = organisation().today
    former = DeskLog.objects.filter(user=user, day=day).first()
    posted = request.POST or None
    form = DeskForm(
        posted, initial={"began_at": clock.now(), "deviation": former.deviation if former else ""}
    )
    stops = StopSet(posted, initial=_heard_before(former), prefix="stop")
    if request.method == "POST" and form.is_valid() and stops.is_valid():
        act = partial(
            verbs.hear_report,
            user,
            stops=stops_of(stops, day, request.user, user),
            by=request.user,
            **form.told(day),
        )
        if attempt(form, act) is not None:
            return done(request, reverse("daylog:desk") + "?shift=evening", _("Noted."))
    return _hearing(request, user, day, form, stops)


def _hearing(request: PersonRequest, user: User, day: date, form: DeskForm, stops: Any) -> HttpResponse:
    known = Customer.objects.current().visible_to(request.user).filter(owner=user).order_by("-touched_at")
    shown = context(
        "desk",
        person=user,
        day=day,
        form=form,
        stops=stops,
        planned=Item.objects.filter(user=user, due_on=day).order_by("pk"),
        customers=known.values_list("name", flat=True)[:60],
    )
    bad = form.errors or any(stops.errors)
    return render(request, "daylog/hear.html", shown, status=422 if bad else 200)


def _heard_before(desk_log: DeskLog | None) -> list[dict[str, Any]]:
    if desk_log is None:
        return []
    names = ("at", "place", "persons", "topics", "outcome", "result", "unsolved")
    return [
        {**{name: getattr(line, name) for name in names}, "customer": line.customer_name}
        for line in desk_log.lines.all()
    ]


def _shift(request: PersonRequest) -> str:
    asked = request.GET.get("shift", "")
    if asked in SHIFTS:
        return asked
    hour = clock.now().astimezone(organisation().zone).hour
    return "evening" if hour >= EVENING_FROM else "morning"


def _is_done(call: Call, shift: str) -> bool:
    return call.is_checked if shift == "morning" else call.is_heard
