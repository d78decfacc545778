"""Spot checks: drawing the week's sample, telling what was found."""

from __future__ import annotations

from functools import partial

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loudou.daylog import verbs
from loudou.daylog.forms import FindingForm
from loudou.daylog.lens import CHECK_STATES, CheckLens
from loudou.daylog.models import SpotCheck
from loudou.daylog.queries.dual import dual
from loudou.daylog.views._common import context, done
from loudou.journal.queries import about
from loudou.people.access import fetch, may
from loudou.people.queries import organisation
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.ui import htmx


@signed_in("GET", to="daylog.see_checks")
def spot_checks(request: PersonRequest) -> HttpResponse:
    """The checks there were and are to be made, the latest week first."""
    lens = CheckLens.read(request.GET, request.user)
    after = request.GET.get("after", "")
    shown = context("checks", lens=lens, page=lens.checks_page(after))
    shown |= {"states": CHECK_STATES.items(), "periods": lens.period_choices()}
    name = "daylog/_check_rows.html" if after and htmx.asked(request) else "daylog/checks.html"
    return render(request, name, shown)


@signed_in("POST", to="daylog.check")
def draw(request: PersonRequest) -> HttpResponse:
    """Draw this week's sample, and name what has red flags."""
    made = verbs.draw_checks(organisation().today, by=request.user)
    said = ngettext("%(n)d log is to be checked.", "%(n)d logs are to be checked.", len(made))
    return done(request, reverse("daylog:spot_checks"), said % {"n": len(made)})


@signed_in("GET", "POST")
def spot_check(request: PersonRequest, pk: int) -> HttpResponse:
    """One check: the log with the customers to call, and what was found."""
    using = SpotCheck.objects.select_related("log__user__manager", "log__unit", "checker", "drawn_by")
    found = fetch(request.user, SpotCheck, pk, using=using)
    verbs.read_log(found.log, by=request.user)
    may_tell = may(request.user, "daylog.check", found) and not found.result
    form = FindingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        version = posted_version(request)
        act = partial(verbs.tell_finding, found, by=request.user, version=version, **form.cleaned_data)
        if (told := attempt(form, act)) is not None:
            # Of what is not true the records behind it are looked at next: they are annulled one by one.
            false = told.result == SpotCheck.Result.FALSE
            onward = reverse("daylog:spot_check", args=[pk]) if false else reverse("daylog:spot_checks")
            return done(request, onward, _("Noted."))
    lines = list(found.log.lines.select_related("customer", "activity"))
    both = dual(found.log)
    shown = context(
        "checks",
        check=found,
        log=found.log,
        lines=lines,
        standing=sum(1 for line in lines if line.activity is not None and not line.activity.is_annulled),
        comparison=both.comparison,
        desk=both.desk,
        form=form if may_tell else None,
        entries=about(found, limit=20),
    )
    return render(request, "daylog/check.html", shown, status=422 if form.errors else 200)
