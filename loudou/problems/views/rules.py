"""Rules: the list, one rule with its editions, writing the next one, reviewing and retiring it."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.journal.queries import about
from loudou.people.access import fetch, may
from loudou.people.queries import organisation
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.problems import verbs
from loudou.problems.figures.recurrence import recurrence
from loudou.problems.forms import ReviewForm, RuleForm, SendBackForm
from loudou.problems.lens import RULE_STATES, RuleLens
from loudou.problems.models import Cause, Rule
from loudou.problems.papers import rule_paper
from loudou.problems.queries import register as read
from loudou.problems.views._common import context
from loudou.ui import htmx
from loudou.ui.answers import to_save
from loudou.ui.papers import as_pdf

REVIEWED_AFTER = timedelta(days=90)
_COPIED = ("title", "applies_to", "content", "procedure", "evidence", "owner")


@signed_in("GET", to="problems.see_rules")
def rules(request: PersonRequest) -> HttpResponse:
    """The rules in force, the latest first."""
    lens, after = RuleLens.read(request.GET, request.user), request.GET.get("after", "")
    shown = context("rules", lens=lens, page=lens.page(after), states=RULE_STATES, today=organisation().today)
    name = "problems/_rule_rows.html" if after and htmx.asked(request) else "problems/rules.html"
    return render(request, name, shown)


@signed_in("GET", "POST", to="problems.judge")
def write(request: PersonRequest, cause: int) -> HttpResponse:
    """Write the rule against a cause, or its next edition."""
    found = get_object_or_404(Cause, pk=cause)
    former, today = read.rule_in_force(found), organisation().today
    copied: dict[str, Any] = {name: getattr(former, name) for name in _COPIED} if former is not None else {}
    dates = {"effective_on": today, "review_on": today + REVIEWED_AFTER}
    form = RuleForm(
        request.POST if request.method == "POST" else None, initial={"owner": request.user, **copied, **dates}
    )
    if request.method == "POST" and form.is_valid():
        act = partial(verbs.write_rule, found, by=request.user, **form.cleaned_data)
        if (made := attempt(form, act)) is not None:
            to = reverse("problems:rule", args=[made.pk])
            return htmx.done(request, to, message=_("The rule is written."))
    shown = context("rules", form=form, cause=found, former=former)
    return render(request, "problems/write_rule.html", shown, status=422 if form.errors else 200)


@signed_in("GET")
def rule(request: PersonRequest, pk: int) -> HttpResponse:
    """One rule: what it says, its editions, whether its cause comes less often."""
    return _page(request, _rule(request, pk))


@signed_in("POST")
def review(request: PersonRequest, pk: int) -> HttpResponse:
    """Note what a review found."""
    found, form = _rule(request, pk), ReviewForm(request.POST)
    if form.is_valid():
        version = posted_version(request)
        act = partial(verbs.review_rule, found, by=request.user, version=version, **form.cleaned_data)
        if attempt(form, act) is not None:
            return htmx.done(request, reverse("problems:rule", args=[pk]), message=_("Noted."))
    return _page(request, found, review=form)


@signed_in("POST")
def retire(request: PersonRequest, pk: int) -> HttpResponse:
    """Take a rule out of force."""
    found, form = _rule(request, pk), SendBackForm(request.POST)
    if form.is_valid():
        version = posted_version(request)
        act = partial(verbs.retire_rule, found, by=request.user, version=version, **form.cleaned_data)
        if attempt(form, act) is not None:
            return htmx.done(request, reverse("problems:rule", args=[pk]), message=_("Noted."))
    return _page(request, found, retire=form)


@signed_in("POST")
def rule_pdf(request: PersonRequest, pk: int) -> HttpResponse:
    """A rule on paper; who took it out is on record."""
    found = _rule(request, pk)
    content = as_pdf(rule_paper(found, by=request.user))
    verbs.print_rule(found, by=request.user)
    return to_save(content, "application/pdf", f"{found.code}.pdf")


def _rule(request: PersonRequest, pk: int) -> Rule:
    return fetch(request.user, Rule, pk, using=Rule.objects.select_related("owner", "cause", "written_by"))


def _page(request: PersonRequest, found: Rule, **bound: Any) -> HttpResponse:
    today, editions = organisation().today, read.editions(found)
    came = read.days_of([found.cause_id]).get(found.cause_id, [])
    can = found.is_current and may(request.user, "problems.judge")
    empty = {
        "review": ReviewForm(initial={"review_on": today + REVIEWED_AFTER}),
        "retire": SendBackForm(auto_id="retire_%s"),
    }
    shown = context(
        "rules",
        rule=found,
        editions=editions,
        held=recurrence(came, editions[-1].effective_on, today),
        forms={**empty, **bound} if can else {},
        today=today,
        entries=about(found, limit=40),
    )
    return render(request, "problems/rule.html", shown, status=422 if bound else 200)
