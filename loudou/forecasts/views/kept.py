"""The page of what somebody handed in for a period, on which a locked number is reopened."""

from __future__ import annotations

from decimal import Decimal

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.forecasts import queries, verbs
from loudou.forecasts.forms import ReopenForm
from loudou.forecasts.lens import CycleLens
from loudou.forecasts.models import Level, Submission
from loudou.forecasts.views._tabs import tabs
from loudou.forecasts.words import HOW, NUMBERS
from loudou.insight.figures.categories import CATEGORIES
from loudou.insight.figures.slippage import Coverage
from loudou.insight.lens import InsightLens
from loudou.insight.reports.slippage import coverage
from loudou.people.access import fetch, may
from loudou.people.web import PersonRequest, attempt, signed_in
from loudou.ui import format as f
from loudou.ui import htmx


@signed_in("GET", "POST", to="forecasts.see")
def submission(request: PersonRequest, pk: int) -> HttpResponse:
    """Everything a person handed in for a period; who may, reopens the locked number."""
    found = fetch(request.user, Submission, pk, to="forecasts.reopen" if request.method == "POST" else "")
    form = ReopenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        done = attempt(form, lambda: verbs.reopen(found, by=request.user, **form.cleaned_data))
        if done is not None:
            return htmx.done(request, reverse("forecasts:submission", args=[pk]), message=_("Reopened."))
    rows = queries.history(found.user, found.period)
    lens = CycleLens.read({}, request.user)
    context = {
        "section": "insight",
        "hows": HOW,
        "row": found,
        "rows": rows,
        "said": _said(found, lens),
        "covers": _covers(request, found, lens),
        "reason_sentence": f.reason_sentence,
        "form": form,
        "official": next((row for row in rows if row.is_official), None),
        "reopens": may(request.user, "forecasts.reopen", found),
        "period": f.period(found.period, lens.company.fiscal),
        "level": Level(found.level).label,
        "tabs": tabs(request.user),
    }
    return render(request, "forecasts/submission.html", context, status=422 if form.errors else 200)


def _said(row: Submission, lens: CycleLens) -> list[tuple[str, Decimal, dict[str, str]]]:
    """What the funnel said when a number was handed in, each with how its deals as of then are asked for."""
    then = _then(row, lens)
    asked = {
        "weighted": "won_and_due",
        "closed": "won_deals",
        **dict(zip(CATEGORIES, CATEGORIES, strict=True)),
    }
    return [
        (str(NUMBERS[name]), value, {"what": what, **then})
        for name, what in asked.items()
        if (value := getattr(row, name)) is not None
    ]


def _covers(
    request: PersonRequest, row: Submission, lens: CycleLens
) -> tuple[Coverage, dict[str, str]] | None:
    """What covered the target when a number was handed in, and how the report of then is asked for (M10)."""
    if row.closed is None or not may(request.user, "insight.see"):
        return None
    then = _then(row, lens)
    return coverage(InsightLens.read(then, request.user)).coverage, then


def _then(row: Submission, lens: CycleLens) -> dict[str, str]:
    """Whose deals, of which period and as of when reports tell what the funnel said when a number was handed in."""
    led = row.unit if row.level != Level.REP else None
    whole = {"unit": led.code} if led is not None else {"owner": row.user.username}
    return {"period": lens.company.fiscal.name(row.period), "as_of": row.submitted_at.isoformat(), **whole}
