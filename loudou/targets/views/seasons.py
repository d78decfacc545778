"""The seasonal index: as it is set, and as history teaches it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from loudou.kernel.periods import Fiscal
from loudou.people.access import company_of, may
from loudou.people.web import PersonRequest, attempt, signed_in
from loudou.targets import verbs
from loudou.targets.figures.decompose import ONE
from loudou.targets.forms import SeasonsForm
from loudou.targets.queries import seasons as known_seasons
from loudou.targets.queries.history import learned_seasons


@signed_in("GET", "POST", to="targets.see")
def seasons(request: PersonRequest) -> HttpResponse:
    """Twelve months: POST sets their indices."""
    stored = known_seasons()
    initial = {f"m{month}": stored.months.get(month) for month in range(1, 13)}
    form = SeasonsForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = {int(name[1:]): index for name, index in form.cleaned_data.items() if index is not None}
        if attempt(form, partial(verbs.set_seasons, said, by=request.user)) is not None:
            messages.success(request, _("Saved."))
            return redirect("targets:seasons")
    context = {"section": "targets", "form": form, "rows": _rows(request, form, stored.months)}
    context |= {"dated": stored.dated, "manage": may(request.user, "targets.seasons")}
    return render(request, "targets/seasons.html", context, status=422 if form.errors else 200)


@signed_in("POST", to="targets.seasons")
def learn_seasons(request: PersonRequest) -> HttpResponse:
    """Set what history teaches."""
    verbs.learn_seasons(by=request.user)
    messages.success(request, _("Saved."))
    return redirect("targets:seasons")


def _rows(request: PersonRequest, form: SeasonsForm, stored: Mapping[int, Decimal]) -> dict[str, Any]:
    company = company_of(request.user)
    calendar = company.calendar.work_calendar()
    learned, years = learned_seasons("bookings", company, calendar)
    year = company.today.year
    months = [
        (
            calendar.count(Fiscal().parse(f"{year}-{month:02}")),
            (learned or {}).get(month),
            stored.get(month, ONE),
            form[f"m{month}"],
        )
        for month in range(1, 13)
    ]
    widest = max([ONE, *stored.values(), *(learned or {}).values()])
    return {"year": year, "years": years if learned else [], "months": months, "widest": widest}
