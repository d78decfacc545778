"""Pages of what closed deals teach: the lesson of a funnel, what it says of one deal, what a period will bring."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.insight import words
from loudou.insight.forms import FromWhenForm
from loudou.insight.lens import InsightLens
from loudou.insight.web import ask_for_rates, handed
from loudou.kernel.numbers import key_of
from loudou.kernel.periods import Period
from loudou.odds import verbs
from loudou.odds.drawing import calibration_chart, outlook_chart
from loudou.odds.figures.chances import LOOK_BACK
from loudou.odds.figures.scores import tenths
from loudou.odds.models import Lesson
from loudou.odds.outlooks import period_forecast
from loudou.odds.papers import outlook_paper
from loudou.odds.reports import odds_of, win_probability
from loudou.odds.words import FEATURES, JUDGES, TABS
from loudou.people.access import fetch, may
from loudou.people.models import User
from loudou.people.web import PersonRequest, signed_in
from loudou.pipeline.models import Deal, Funnel
from loudou.pipeline.queries.funnels import viewable_funnels
from loudou.ui import format as f
from loudou.ui import htmx

SHOWN = 50  # of the deals a lesson was tried on


@signed_in(to="insight.see")
def lesson(request: PersonRequest) -> HttpResponse:
    """What was learned of a funnel, how well it foretells, and whether there is anything to learn."""
    lens = InsightLens.read(request.GET, request.user)
    report = win_probability(lens)
    context = {
        "section": "insight",
        "lens": lens,
        "report": report,
        "picture": calibration_chart(report.trial, partial(_tenth, lens))
        if report.trial is not None
        else None,
        "tried": _tenth(lens),
        "features": FEATURES,
        "weights": sorted(report.model.weights if report.model else (), key=lambda one: -abs(one.weight)),
        "funnels": [
            (str(one), lens.href(funnel=one.code), one == lens.shown_funnel)
            for one in viewable_funnels(request.user, None)
        ],
    }
    return render(request, "odds/lesson.html", context)


@signed_in(to="insight.see")
def judged(request: PersonRequest) -> HttpResponse:
    """The deals a lesson was tried on, or a tenth of them, with what was told of each, as far as the person sees them."""
    lens = InsightLens.read(request.GET, request.user)
    found = win_probability(lens).lesson
    if found is None:
        raise Http404
    parts, tenth = tenths(found.judged), key_of(request.GET.get("tenth")) or 0
    wanted = dict(parts[tenth - 1] if 0 < tenth <= len(parts) else found.judged)
    seen = Deal.objects.filter(pk__in=wanted).visible_to(request.user).values_list("pk", flat=True)
    keys = sorted(seen, key=lambda key: (-wanted[key], key))
    first = key_of(request.GET.get("after")) or 0
    rows = Deal.objects.select_related("owner").in_bulk(keys[first : first + SHOWN])
    context = {
        "section": "insight",
        "lens": lens,
        "lesson": found,
        "tenth": tenth if 0 < tenth <= len(parts) else 0,
        "tenths": [(place, _tenth(lens, place)) for place in range(1, len(parts) + 1)],
        "whole": _tenth(lens),
        "n": len(wanted),
        "hidden": len(wanted) - len(keys),
        "rows": [(rows[key], wanted[key]) for key in keys[first : first + SHOWN]],
        "more": f"{_tenth(lens, tenth)}&after={first + SHOWN}" if len(keys) > first + SHOWN else "",
        "closed": f"{reverse('insight:records')}{_closed_since(lens, found)}",
    }
    return render(request, "odds/judged.html", context)


def _tenth(lens: InsightLens, tenth: int = 0) -> str:
    """The address of the deals a lesson was tried on, or of a tenth of them."""
    asked = {"funnel": lens.shown_funnel.code, "as_of": lens.asked.get("as_of"), "tenth": tenth or None}
    return f"{reverse('odds:judged')}?{urlencode({name: one for name, one in asked.items() if one})}"


def _closed_since(lens: InsightLens, lesson: Lesson) -> str:
    """The deals that closed since the day from which a lesson was tried, to its end."""
    told = lesson.told or {}
    since, last = (told[name][:10] for name in ("cut", "last"))
    until = (date.fromisoformat(last) + timedelta(days=1)).isoformat()
    return lens.href(
        what="closed_deals", funnel=lens.shown_funnel.code, period=None, **{"from": since, "to": until}
    )


@signed_in("POST", to="pipeline.set_up")
def ask_lesson(request: PersonRequest, pk: int) -> HttpResponse:
    """Let it be learned."""
    funnel = get_object_or_404(Funnel, pk=pk)
    verbs.ask_lesson(funnel, by=request.user)
    to = reverse("odds:lesson") + f"?funnel={funnel.code}"
    return htmx.done(request, to, message=_("It is being learned."))


@signed_in("POST", to="pipeline.set_up")
def stop_lesson(request: PersonRequest, pk: int) -> HttpResponse:
    """Stop the learning that is under way."""
    found = get_object_or_404(Lesson, pk=pk)
    verbs.stop_lesson(found, by=request.user)
    to = reverse("odds:lesson") + f"?funnel={found.funnel.code}"
    return htmx.done(request, to, message=_("It was stopped."))


@signed_in("GET", "POST", to="pipeline.set_up")
def choose(request: PersonRequest, pk: int) -> HttpResponse:
    """Let open deals of a funnel count in forecasts with what was learned of each."""
    funnel = get_object_or_404(Funnel, pk=pk)
    form = FromWhenForm(request.POST if request.method == "POST" else None)
    title = _("Forecast with the learned win probability")
    return ask_for_rates(
        request, funnel, form, partial(verbs.choose, rates="learned"), title=title, back="odds:lesson"
    )


@signed_in(to="insight.see")
def progress(request: PersonRequest, pk: int) -> HttpResponse:
    """How far the job has come; when it is over the page is loaded anew."""
    found = get_object_or_404(Lesson, pk=pk)
    to = reverse("odds:lesson") + f"?funnel={found.funnel.code}"
    if found.state != Lesson.State.WAITING or not htmx.asked(request):
        return htmx.done(request, to)
    return render(request, "odds/_progress.html", {"running": found})


@signed_in(to="forecasts.see")
def outlook(request: PersonRequest) -> HttpResponse:
    """What a period will bring, with its interval, and how often it would have been right."""
    lens = InsightLens.read(request.GET, request.user)
    report = period_forecast(lens)
    fiscal = lens.company.fiscal
    context = {
        "section": "insight",
        "lens": lens,
        "report": report,
        "picture": outlook_chart(report, fiscal) if report.tried else None,
        "period": f.period(report.period, fiscal),
        "periods": [
            (
                f.period(one, fiscal),
                lens.href(period=name, **{"from": None, "to": None}),
                one == report.period,
            )
            for name, one in lens.period_choices()
        ],
        "units": [(one.name, lens.href(unit=one.code), one == lens.unit) for one in lens.unit_choices],
        "name": lambda one: f.period(one, fiscal),
        "code": fiscal.name,
        "two_years": words.dates(Period(lens.today - LOOK_BACK, lens.today + timedelta(days=1))),
        "tabs": _tabs(request.user),
    }
    return render(request, "odds/outlook.html", context)


@signed_in(to="forecasts.see")
def outlook_target(request: PersonRequest) -> HttpResponse:
    """Whether a period is expected to reach its target: a part of the page of its forecast, nothing where none is kept."""
    lens = InsightLens.read(request.GET, request.user)
    if not htmx.asked(request):
        return redirect(reverse("odds:outlook") + lens.href())
    report = period_forecast(lens)
    if report.reached.value is None:
        return HttpResponse()
    code = lens.company.fiscal.name(report.period)
    return render(request, "odds/_target.html", {"lens": lens, "report": report, "code": code})


def _tabs(user: User) -> list[tuple[str, Any, str]]:
    """The pages of forecasts that are open to somebody: URL name, name, icon."""
    judges = user.has(*JUDGES)
    return [
        (url, text, icon)
        for url, text, icon, right in TABS
        if may(user, right) and (judges or url != "forecasts:judge")
    ]


@signed_in("POST", to="forecasts.see")
def outlook_file(request: PersonRequest, form: str) -> HttpResponse:
    """The forecast of the period as a file; that it was taken out is on record."""
    lens = InsightLens.read(request.GET, request.user)
    report = period_forecast(lens)
    made = outlook_paper(lens, request.user, report)
    count = len(report.tried) + 1
    return handed(request, made, form, report="period_forecast", count=count, asked=lens.asked)


@signed_in(to="pipeline.see")
def of_deal(request: PersonRequest, pk: int) -> HttpResponse:
    """What was learned says of a deal: a part of its page."""
    deal = fetch(request.user, Deal, pk)
    lens = InsightLens.read({}, request.user)
    context = {
        "section": "deals",
        "deal": deal,
        "odds": odds_of(deal, lens.company, lens.now),
        "features": FEATURES,
    }
    return htmx.page(request, "odds/deal.html", "odds/_deal.html", context)
