"""Calls for help with a clock, and who is away."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.daylog import verbs
from loudou.daylog.forms import AbsenceForm, AnswerForm, HelpForm
from loudou.daylog.lens import DayLens
from loudou.daylog.models import Absence, Support
from loudou.daylog.views._common import context, done
from loudou.kernel import clock
from loudou.people.access import fetch, may, reach, unit_ids
from loudou.people.grants import Reach
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.ui import htmx

SHOWN = 200


@signed_in("GET", "POST", to="daylog.see")
def support(request: PersonRequest) -> HttpResponse:
    """The calls for help a person may see, the latest first; asking for help."""
    lens = DayLens.read(request.GET, request.user)
    after = request.GET.get("after", "")
    form = HelpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        act = partial(verbs.ask_help, request.user, by=request.user, **form.cleaned_data)
        if (made := attempt(form, act)) is not None:
            return done(request, reverse("daylog:support_request", args=[made.pk]), _("Asked."))
    shown = context("support", lens=lens, page=lens.support_page(after), now=clock.now(), form=form)
    name = "daylog/_support_rows.html" if after and htmx.asked(request) else "daylog/support.html"
    return render(request, name, shown, status=422 if form.errors else 200)


@signed_in("GET", "POST")
def support_request(request: PersonRequest, pk: int) -> HttpResponse:
    """One call for help, and its answer."""
    found = fetch(
        request.user, Support, pk, using=Support.objects.select_related("asker", "answered_by", "log")
    )
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        version = posted_version(request)
        act = partial(verbs.answer_help, found, by=request.user, version=version, **form.cleaned_data)
        if attempt(form, act) is not None:
            return done(request, reverse("daylog:support"), _("Answered."))
    can = (
        found.answered_at is None
        and may(request.user, "daylog.help", found)
        and found.asker_id != request.user.pk
    )
    shown = context("support", help=found, now=clock.now(), form=form if can else None)
    return render(request, "daylog/support_request.html", shown, status=422 if form.errors else 200)


@signed_in("GET", "POST", to="daylog.absences")
def absences(request: PersonRequest) -> HttpResponse:
    """Who is away now and later, and noting it."""
    today = organisation().today
    others = _people(request.user).exclude(pk=request.user.pk)
    form = AbsenceForm(request.POST or None, people=others, initial={"first": today, "last": today})
    if request.method == "POST" and form.is_valid():
        act = partial(verbs.note_absence, by=request.user, **form.cleaned_data)
        if attempt(form, act) is not None:
            return done(request, reverse("daylog:absences"), _("Noted."))
    rows = Absence.objects.filter(last__gte=today, user__in=_people(request.user)).select_related(
        "user__unit"
    )
    shown = context("absences", form=form, absences=rows.order_by("first", "pk")[:SHOWN], today=today)
    return render(request, "daylog/absences.html", shown, status=422 if form.errors else 200)


@signed_in("POST", to="daylog.absences")
def cancel_absence(request: PersonRequest, pk: int) -> HttpResponse:
    """Take an absence back."""
    rows = Absence.objects.filter(user__in=_people(request.user))
    verbs.cancel_absence(get_object_or_404(rows, pk=pk), by=request.user)
    return done(request, reverse("daylog:absences"), _("Taken back."))


def _people(user: User) -> Any:
    """Whose absences somebody keeps."""
    far = reach(user, "daylog.absences")
    people = User.objects.active().exclude(unit=None).order_by("name_key", "pk")
    return people if far is Reach.ALL else people.filter(unit__in=unit_ids(user, far))
