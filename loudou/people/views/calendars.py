"""Calendars: which days people work."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.people import queries, verbs
from loudou.people.access import may
from loudou.people.forms import AddCalendarForm, CalendarDayForm, CalendarForm
from loudou.people.models import Calendar
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.ui import htmx
from loudou.ui.fields import EARLIEST_YEAR, LATEST_YEAR


@signed_in("GET")
def calendars(request: PersonRequest) -> HttpResponse:
    company = queries.organisation()
    context = {
        "section": "settings",
        "calendars": Calendar.objects.order_by("code"),
        "ours": company.calendar_id,
        "this_year": company.today.year,
        "form": AddCalendarForm(initial={"weekend": [5, 6]}),
        "editable": may(request.user, "people.calendars"),
    }
    return render(request, "people/calendars.html", context)


@signed_in("POST", to="people.calendars")
def add_calendar(request: PersonRequest) -> HttpResponse:
    form = AddCalendarForm(request.POST)
    made = None
    if form.is_valid():
        made = attempt(form, lambda: verbs.add_calendar(by=request.user, **form.cleaned_data))
    if made is not None:
        return redirect("people:calendar", made.pk)
    context = {
        "section": "settings",
        "calendars": Calendar.objects.order_by("code"),
        "ours": queries.organisation().calendar_id,
        "this_year": queries.organisation().today.year,
        "form": form,
        "editable": True,
    }
    return render(request, "people/calendars.html", context, status=422)


@signed_in("GET", "POST")
def calendar(request: PersonRequest, pk: int) -> HttpResponse:
    """A year of a calendar, and its week."""
    found = _calendar(pk)
    form = CalendarForm(request.POST or None, initial={"name": found.name, "weekend": found.weekend})
    if request.method == "POST" and form.is_valid():
        version = posted_version(request)
        if attempt(
            form, lambda: verbs.edit_calendar(found, by=request.user, version=version, **form.cleaned_data)
        ):
            return htmx.done(request, reverse("people:calendar", args=[pk]), message=_("Saved."))
    return _year(request, found, form=form, day_form=CalendarDayForm(initial=_picked(request)))


@signed_in("POST", to="people.calendars")
def set_calendar_day(request: PersonRequest, pk: int) -> HttpResponse:
    found = _calendar(pk)
    day_form = CalendarDayForm(request.POST)
    if day_form.is_valid():
        given = day_form.cleaned_data
        working = {"on": True, "off": False}.get(given["working"])
        if attempt(
            day_form,
            lambda: verbs.set_calendar_day(
                found, day=given["day"], working=working, name=given["name"], by=request.user
            ),
        ):
            to = f"{reverse('people:calendar', args=[pk])}?year={given['day'].year}"
            return htmx.done(request, to, message=_("Saved."))
    form = CalendarForm(initial={"name": found.name, "weekend": found.weekend})
    return _year(request, found, form=form, day_form=day_form)


def _year(
    request: PersonRequest, found: Calendar, *, form: CalendarForm, day_form: CalendarDayForm
) -> HttpResponse:
    raw, today = request.GET.get("year", ""), queries.organisation().today
    year = int(raw) if raw.isascii() and raw.isdigit() and len(raw) == 4 else today.year
    year = min(max(year, EARLIEST_YEAR), LATEST_YEAR)
    months = queries.calendar_year(found, year)
    day_form.auto_id = "day_%s"  # the calendar's own form stands beside it
    context = {
        "section": "settings",
        "calendar": found,
        "form": form,
        "day_form": day_form,
        "year": year,
        "months": months,
        "working_days": sum(month.working_days for month in months),
        "provisional": bool(found.known_until) and year > found.known_until,
        "today": today,
        "rules": found.days.filter(day__year=year).order_by("day"),
        "editable": may(request.user, "people.calendars"),
    }
    bad = form.errors or day_form.errors
    return render(request, "people/calendar.html", context, status=422 if bad else 200)


def _picked(request: PersonRequest) -> dict[str, str]:
    """The day that was clicked in the drawing."""
    return {"day": request.GET.get("day", ""), "working": "off"}


def _calendar(pk: int) -> Calendar:
    found = Calendar.objects.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
