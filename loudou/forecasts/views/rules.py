"""The rules of the forecast."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.forecasts import queries, verbs
from loudou.forecasts.forms import TermsForm
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.ui import htmx


@signed_in("GET", "POST", to="forecasts.set_up")
def terms(request: PersonRequest) -> HttpResponse:
    """The rules of the forecast."""
    rules = queries.terms()
    form = TermsForm(request.POST or None, initial=TermsForm.initial_of(rules))
    if request.method == "POST" and form.is_valid():
        given, version = form.cleaned_data, posted_version(request)
        if attempt(form, lambda: verbs.set_terms(by=request.user, version=version, **given)) is not None:
            return htmx.done(request, reverse("forecasts:terms"), message=_("Saved."))
    context = {"section": "settings", "form": form, "rules": rules}
    return render(request, "forecasts/terms.html", context, status=422 if form.errors else 200)
