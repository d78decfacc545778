"""The accuracy board: who forecast how well, and how early."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from loudou.forecasts import queries
from loudou.forecasts.drawing import over_time
from loudou.forecasts.horizons import DAYS, forecast_horizons
from loudou.forecasts.lens import BoardLens
from loudou.forecasts.models import Level
from loudou.forecasts.papers import accuracy_paper
from loudou.forecasts.reports import AccuracyReport, forecast_accuracy, scored
from loudou.forecasts.views._tabs import tabs
from loudou.forecasts.words import FLAGS
from loudou.insight.web import handed
from loudou.people.web import PersonRequest, signed_in
from loudou.ui import format as f
from loudou.ui import htmx

MOST_VERDICTS = 60
MOST_PEOPLE = 100


@signed_in(to="forecasts.see")
def accuracy(request: PersonRequest) -> HttpResponse:
    """M23, M24: who forecast how well, by level, over time and by person."""
    lens = BoardLens.read(request.GET, request.user)
    report = forecast_accuracy(lens)
    listed = [one for one in report.verdicts if lens.level in ("", one.submission.level)]
    told = {one.submission.level for one in listed}
    context: dict[str, Any] = {
        "section": "insight",
        "lens": lens,
        "report": report,
        "judged": [one.held for one in scored(listed)] if len(told) == 1 else [],
        "listed": len(listed),
        "levels": [
            (level, Level(level).label, report.accuracy(level), report.scored(level))
            for level in report.levels
        ],
        "limits": {level: report.limit(level) for level in report.levels},
        "level_names": dict(Level.choices),
        "people": report.records[:MOST_PEOPLE],
        "verdicts": listed[::-1][:MOST_VERDICTS],
        "locked_late": _locked_late(report),
        "picture": over_time(report),
        "flags": FLAGS,
        "period": f.period(lens.or_this_quarter(), lens.company.fiscal),
        "periods": [
            (
                f.period(one, lens.company.fiscal),
                lens.href(period=name, **{"from": None, "to": None}),
                one == lens.period,
            )
            for name, one in lens.period_choices()
        ],
        "units": [(one.name, lens.href(unit=one.code), one == lens.unit) for one in lens.unit_choices],
        "name": lambda one: f.period(one, lens.company.fiscal),
        "code": lens.company.fiscal.name,
        "tabs": tabs(request.user),
    }
    return render(request, "forecasts/accuracy.html", context)


@signed_in(to="forecasts.see")
def horizons(request: PersonRequest) -> HttpResponse:
    """How early forecasts were right: a part of the board, which is where it leads to alone."""
    lens = BoardLens.read(request.GET, request.user)
    if not htmx.asked(request):
        return redirect(reverse("forecasts:accuracy") + lens.href())
    context = {
        "lens": lens,
        "report": forecast_horizons(lens),
        "every": DAYS,
        "level_names": dict(Level.choices),
    }
    return render(request, "forecasts/_horizons.html", context)


@signed_in("POST", to="forecasts.see")
def accuracy_file(request: PersonRequest, form: str) -> HttpResponse:
    """The accuracy board as a file; that it was taken out is on record."""
    lens = BoardLens.read(request.GET, request.user)
    report = forecast_accuracy(lens)
    made = accuracy_paper(lens, request.user, report)
    count = len(report.records) + len(report.verdicts)
    return handed(request, made, form, report="forecast_accuracy", count=count, asked=lens.asked)


def _locked_late(report: AccuracyReport) -> set[int]:
    """The numbers that became official more than a day after their hour: more of the period was known by then."""
    rules = queries.cycle(report.lens.company)
    due = {period: rules.lock_at(period) + timedelta(days=1) for period in report.over_time}
    rows = [one.submission for one in report.verdicts]
    return {row.pk for row in rows if row.locked_at is not None and row.locked_at > due[row.period]}
