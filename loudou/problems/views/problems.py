"""The register of problems: the list, one problem with its next step, what a deal or customer has."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.customers.models import Customer
from loudou.insight.web import handed
from loudou.journal.queries import about
from loudou.kernel.numbers import key_of
from loudou.people.access import fetch, may
from loudou.people.queries import organisation
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.pipeline.models import Deal
from loudou.problems import verbs, words
from loudou.problems.figures.recurrence import is_routine, within_window
from loudou.problems.forms import (
    CauseForm,
    ClassifyForm,
    CloseForm,
    ContainForm,
    RegisterForm,
    SendBackForm,
)
from loudou.problems.lens import KINDS, STATES, ProblemLens
from loudou.problems.models import Problem
from loudou.problems.papers import register_paper
from loudou.problems.queries import register as read
from loudou.problems.views._common import context
from loudou.ui import htmx

LINKS = ("customer", "deal", "item", "warning")
State = Problem.State
# Step → form, verb, the states it belongs to, the right it needs.
STEPS: dict[str, tuple[Any, Callable[..., Problem], tuple[str, ...], str]] = {
    "contain": (ContainForm, verbs.contain, (State.REGISTERED,), "problems.work"),
    "cause": (CauseForm, verbs.find_cause, (State.CONTAINED,), "problems.work"),
    "classify": (ClassifyForm, verbs.classify, (State.CAUSE,), "problems.judge"),
    "close": (CloseForm, verbs.close_problem, (State.CLASSIFIED, State.RULED), "problems.judge"),
    "return": (
        SendBackForm,
        verbs.send_back,
        (State.CAUSE, State.CLASSIFIED, State.RULED),
        "problems.judge",
    ),
}


@signed_in("GET", to="problems.see")
def problems(request: PersonRequest) -> HttpResponse:
    """The register, without a word about it what is not closed, the latest first."""
    lens, after = ProblemLens.read(request.GET, request.user), request.GET.get("after", "")
    shown = context("list", lens=lens, page=lens.page(after))
    if after and htmx.asked(request):
        return render(request, "problems/_rows.html", shown)
    shown |= {"states": STATES, "kinds": KINDS, "areas": dict(Problem.Area.choices)}
    return render(request, "problems/list.html", shown | {"periods": lens.period_choices()})


@signed_in("GET", "POST", to="problems.register")
def register(request: PersonRequest) -> HttpResponse:
    """Put a problem on the register; a link from a deal, a customer, an item or a warning says what it is about."""
    asked = {name: key for name in LINKS if (key := key_of(request.GET.get(name)))}
    initial = {"happened_on": organisation().today, "owner": request.user, **asked}
    form = RegisterForm(
        request.POST if request.method == "POST" else None, user=request.user, initial=initial
    )
    if request.method == "POST" and form.is_valid():
        made = attempt(form, partial(verbs.register, by=request.user, **form.cleaned_data))
        if made is not None:
            to = reverse("problems:problem", args=[made.pk])
            return htmx.done(request, to, message=_("Registered."))
    shown = context("list", form=form, about=_linked(form))
    return render(request, "problems/register.html", shown, status=422 if form.errors else 200)


@signed_in("GET")
def problem(request: PersonRequest, pk: int) -> HttpResponse:
    """One problem: how far it is, what was found, the next step."""
    return _page(request, _problem(request, pk))


@signed_in("POST")
def act(request: PersonRequest, pk: int, step: str) -> HttpResponse:
    """Take the next step."""
    if step not in STEPS:
        raise Http404
    form_class, verb, _states, right = STEPS[step]
    found = _problem(request, pk, to=right)
    form = form_class(request.POST)
    if form.is_valid():
        version = posted_version(request)
        doing = partial(verb, found, by=request.user, version=version, **form.cleaned_data)
        if attempt(form, doing) is not None:
            return htmx.done(request, reverse("problems:problem", args=[pk]), message=_("Noted."))
    return _page(request, found, {step: form})


@signed_in("POST", to="problems.see")
def register_file(request: PersonRequest, form: str) -> HttpResponse:
    """The register as it is filtered, on paper or as a workbook; that it was taken out is on record."""
    lens = ProblemLens.read(request.GET, request.user)
    paper, count = register_paper(lens, request.user, form=form)
    return handed(request, paper, form, report="problems", count=count, asked=lens.asked)


@signed_in("GET")
def of_deal(request: PersonRequest, pk: int) -> HttpResponse:
    """The problems of a deal, as a part of its page."""
    deal = fetch(request.user, Deal, pk)
    rows = read.about(request.user, deal=deal.pk)
    return _part(request, rows, "deal", deal, reverse("pipeline:deal", args=[pk]))


@signed_in("GET")
def of_customer(request: PersonRequest, pk: int) -> HttpResponse:
    """The problems of a customer, as a part of its page."""
    customer = fetch(request.user, Customer, pk)
    rows = read.about(request.user, customer=customer.pk)
    return _part(request, rows, "customer", customer, reverse("customers:customer", args=[pk]))


def _part(request: PersonRequest, rows: list[Problem], link: str, thing: Any, back: str) -> HttpResponse:
    shown = context("list", rows=rows, link=link, thing=thing, back=back)
    return htmx.page(request, "problems/about.html", "problems/_about.html", shown)


def _problem(request: PersonRequest, pk: int, to: str = "") -> Problem:
    using = Problem.objects.select_related(*read.SHOWN).defer("customer__search", "customer__extra")
    return fetch(request.user, Problem, pk, to=to, using=using)


def _page(request: PersonRequest, found: Problem, bound: dict[str, Any] | None = None) -> HttpResponse:
    forms = {
        step: form_class()
        for step, (form_class, _verb, states, right) in STEPS.items()
        if found.state in states and may(request.user, right, found)
    }
    if found.kind == "routine" and found.rule is None:
        forms.pop("close", None)
    came = read.days_of([found.cause_id])[found.cause_id] if found.cause_id else []
    shown = context(
        "list",
        problem=found,
        forms={**forms, **(bound or {})},
        steps=words.steps(found),
        next_step=words.next_step(found),
        recent=within_window(came, found.happened_on),
        routine=is_routine(came, found.happened_on),
        causes=read.cause_names() if "cause" in forms else [],
        can_judge=may(request.user, "problems.judge", found),
        entries=about(found, limit=40),
    )
    return render(request, "problems/problem.html", shown, status=422 if bound else 200)


def _linked(form: RegisterForm) -> list[tuple[Any, Any]]:
    """What the problem is about, as far as the person may see it."""
    found = []
    for name in LINKS:
        field: Any = form.fields[name]
        row = field.queryset.filter(pk=key_of(form[name].value()) or 0).first()
        if row is not None:
            found.append((field.label, row))
    return found
