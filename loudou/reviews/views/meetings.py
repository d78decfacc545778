"""Meetings: the list, calling one, one with its agenda, its minutes and what came of the one before."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.journal.queries import about
from loudou.kernel import clock
from loudou.people.access import fetch, may
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.reviews import verbs
from loudou.reviews.forms import CancelForm, MinutesForm, PlanForm, TodoSet, todos_of
from loudou.reviews.lens import MeetingLens
from loudou.reviews.models import Meeting
from loudou.reviews.papers import minutes_paper
from loudou.reviews.queries.kept import opens
from loudou.reviews.queries.shown import actions, brought_forward
from loudou.reviews.views._common import context, led_by, pdf
from loudou.ui import htmx

MEET = "reviews.meet"


@signed_in("GET", to="reviews.see")
def meetings(request: PersonRequest) -> HttpResponse:
    """The meetings there were and will be, the latest first."""
    lens, after = MeetingLens.read(request.GET, request.user), request.GET.get("after", "")
    shown = context("meetings", lens=lens, page=lens.page(after))
    name = "reviews/_meeting_rows.html" if after and htmx.asked(request) else "reviews/meetings.html"
    return render(request, name, shown | {"periods": lens.period_choices()})


@signed_in("GET", "POST", to=MEET)
def plan(request: PersonRequest) -> HttpResponse:
    """Call a meeting of a unit."""
    initial = {"unit": request.user.unit_id, "starts_at": clock.now()}
    form = PlanForm(
        request.POST if request.method == "POST" else None, units=led_by(request.user, MEET), initial=initial
    )
    if request.method == "POST" and form.is_valid():
        made = attempt(form, partial(verbs.plan_meeting, by=request.user, **form.cleaned_data))
        if made is not None:
            to = reverse("reviews:meeting", args=[made.pk])
            return htmx.done(request, to, message=_("Called; the agenda is assembled."))
    shown = context("meetings", form=form)
    return render(request, "reviews/plan.html", shown, status=422 if form.errors else 200)


@signed_in("GET", "POST")
def meeting(request: PersonRequest, pk: int) -> HttpResponse:
    """One meeting; a POST writes its minutes."""
    found = _meeting(request, pk, to=MEET if request.method == "POST" else "")
    form = MinutesForm(request.POST or None)
    todos = TodoSet(
        request.POST or None, prefix="todo", form_kwargs={"people": found.attendees.order_by("name_key")}
    )
    if request.method == "POST" and form.is_valid() and todos.is_valid():
        told = {**form.told(), "todos": todos_of(todos), "version": posted_version(request)}
        if attempt(form, partial(verbs.hold_meeting, found, by=request.user, **told)) is not None:
            return htmx.done(
                request, reverse("reviews:meeting", args=[pk]), message=_("The minutes are written.")
            )
    return _page(request, found, form=form, todos=todos)


@signed_in("POST")
def refresh(request: PersonRequest, pk: int) -> HttpResponse:
    """Assemble the agenda anew."""
    verbs.refresh_agenda(_meeting(request, pk, to=MEET), by=request.user, version=posted_version(request))
    return htmx.done(request, reverse("reviews:meeting", args=[pk]), message=_("Assembled."))


@signed_in("POST")
def cancel(request: PersonRequest, pk: int) -> HttpResponse:
    """Call it off."""
    found, form = _meeting(request, pk, to=MEET), CancelForm(request.POST)
    if form.is_valid():
        version = posted_version(request)
        act = partial(verbs.cancel_meeting, found, by=request.user, version=version, **form.cleaned_data)
        if attempt(form, act) is not None:
            return htmx.done(request, reverse("reviews:meeting", args=[pk]), message=_("Called off."))
    return _page(request, found, cancel=form)


@signed_in("POST")
def minutes_pdf(request: PersonRequest, pk: int) -> HttpResponse:
    """The minutes on paper; who took them out is on record."""
    found = _meeting(request, pk)
    paper = minutes_paper(found, actions(found), brought_forward(found), request.user)
    verbs.print_minutes(found, by=request.user)
    return pdf(paper)


def _meeting(request: PersonRequest, pk: int, to: str = "") -> Meeting:
    using = Meeting.objects.select_related("unit", "chair", "previous__unit")
    return fetch(request.user, Meeting, pk, to=to, using=using)


def _page(request: PersonRequest, found: Meeting, **bound: Any) -> HttpResponse:
    open_ = found.state == Meeting.State.PLANNED and may(request.user, MEET, found)
    people = found.attendees.order_by("name_key")
    empty = {
        "form": MinutesForm(),
        "todos": TodoSet(prefix="todo", form_kwargs={"people": people}),
        "cancel": CancelForm(auto_id="cancel_%s"),
    }
    shown = context(
        "meetings",
        meeting=found,
        open=open_,
        begun=found.starts_at <= clock.now(),
        people=people,
        actions=actions(found),
        opens=opens(found.agenda, request.user),
        earlier=brought_forward(found),
        entries=about(found, limit=30),
        **{**empty, **bound},
    )
    bad = any(getattr(one, "errors", None) and one.is_bound for one in bound.values())
    return render(
        request, "reviews/meeting.html", shown, status=422 if bad or request.method == "POST" else 200
    )
