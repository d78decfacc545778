"""Following a target up: its plan, measures and evaluations on its page; what is due on the board."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.people.access import company_of, fetch, may
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.steering import verbs
from loudou.steering.forms import CausesForm, CloseForm, EvaluateForm, MeasureForm
from loudou.steering.models import Measure
from loudou.steering.queries import following as read
from loudou.steering.reports.result import result_of
from loudou.targets.models import Target
from loudou.ui import format as f
from loudou.ui import htmx
from loudou.ui.format import reason_sentence


@signed_in(to="targets.see")
def following(request: PersonRequest) -> HttpResponse:
    """Who was asked for causes and has not answered, open measures by date, who has not evaluated the last week and month."""
    company = company_of(request.user)
    context = {
        "section": "targets",
        "asks": read.open_asks(request.user),
        "measures": read.open_measures(request.user),
        "owing": [
            (f.period(period, company.fiscal), read.owing(request.user, period))
            for period in read.ended(company.today, company.fiscal)
        ],
        "today": company.today,
        "period_name": partial(f.period, fiscal=company.fiscal),
    }
    return render(request, "steering/following.html", context)


@signed_in()
def follow(request: PersonRequest, pk: int) -> HttpResponse:
    """A target's causes, measures and evaluations."""
    return _follow(request, fetch(request.user, Target, pk))


@signed_in("POST")
def answer(request: PersonRequest, pk: int) -> HttpResponse:
    found, form = fetch(request.user, Target, pk), CausesForm(request.POST)
    act = partial(verbs.answer, found, by=request.user, version=posted_version(request))
    return _acted(request, found, "causes", form, act)


@signed_in("POST")
def take_measure(request: PersonRequest, pk: int) -> HttpResponse:
    found = fetch(request.user, Target, pk)
    form = MeasureForm(request.POST, target=found)
    return _acted(request, found, "measure", form, partial(verbs.take_measure, found, by=request.user))


@signed_in()
def measure(request: PersonRequest, pk: int) -> HttpResponse:
    """A measure stands on the page of its target."""
    return redirect("targets:target", fetch(request.user, Measure, pk).target_id)


@signed_in("POST")
def close_measure(request: PersonRequest, pk: int) -> HttpResponse:
    stored = Measure.objects.select_related("target").filter(pk=pk).first()
    found = fetch(request.user, Target, stored.target_id if stored is not None else 0)
    assert stored is not None
    form = CloseForm(request.POST)
    act = partial(verbs.close_measure, stored, by=request.user, version=posted_version(request))
    return _acted(request, found, "close", form, act)


@signed_in("POST")
def evaluate(request: PersonRequest, pk: int) -> HttpResponse:
    found = fetch(request.user, Target, pk)
    form = EvaluateForm(request.POST, user=request.user)
    return _acted(request, found, "evaluate", form, partial(verbs.evaluate, found, by=request.user))


def _acted(request: PersonRequest, found: Target, name: str, form: Any, act: Any) -> HttpResponse:
    """Do it and go back to the target, or show the form with what is wrong."""
    if form.is_valid() and attempt(form, partial(act, **form.cleaned_data)) is not None:
        return htmx.done(request, reverse("targets:target", args=[found.pk]), message=_("Saved."))
    return _follow(request, found, {name: form}, status=422)


def _follow(
    request: PersonRequest, found: Target, forms: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    company = company_of(request.user)
    ask = read.ask_of(found)
    own = {
        "causes": CausesForm(initial={"causes": ask.causes if ask is not None else ""}),
        "measure": MeasureForm(target=found, initial={"owner": found.person_id or request.user.pk}),
        "close": CloseForm(),
        "evaluate": EvaluateForm(user=request.user),
    }
    shown = own | (forms or {})
    for name, form in shown.items():
        form.auto_id = f"{name}_%s"  # several stand on the page, some with a field of the same name
    context = {
        "section": "targets",
        "target": found,
        "ask": ask,
        "result": result_of(found, request.user),
        "currency": company.base_currency,
        "reason_sentence": reason_sentence,
        "measures": read.measures_of(found),
        "notes": read.notes_of(found),
        "forms": shown,
        "today": company.today,
        "period_name": partial(f.period, fiscal=company.fiscal),
        "follows": found.person_id == request.user.pk or may(request.user, "targets.set", found),
    }
    return htmx.page(request, "steering/follow.html", "steering/_follow.html", context, status=status)
