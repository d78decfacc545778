"""From when on something about a deal is odd: the organisation's thresholds."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.people.access import company_of
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.pipeline import verbs
from loudou.pipeline.figures.thresholds import Thresholds
from loudou.pipeline.forms.thresholds import ThresholdsForm
from loudou.ui import htmx


@signed_in("GET", "POST", to="pipeline.set_up")
def thresholds(request: PersonRequest) -> HttpResponse:
    """What M12, M16 and the early warnings take for odd."""
    company = company_of(request.user)
    now = Thresholds.read(company.thresholds)
    form = ThresholdsForm(request.POST or None, initial=ThresholdsForm.initial_of(now))
    if request.method == "POST" and form.is_valid():
        given, version = form.cleaned_data, posted_version(request)
        if attempt(form, lambda: verbs.set_thresholds(by=request.user, version=version, **given)) is not None:
            return htmx.done(request, reverse("pipeline:thresholds"), message=_("Saved."))
    context = {"section": "settings", "form": form, "version": company.version}
    return render(request, "pipeline/thresholds.html", context, status=422 if form.errors else 200)
