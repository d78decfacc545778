"""Budgets: the board of control cards, one budget with its seven steps, setting, adjusting, spending."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.kernel.periods import Grain
from loudou.people.access import company_of, fetch, may
from loudou.people.models import User
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.steering import verbs
from loudou.steering.forms import BudgetForm, CostForm, LineForm, PlanForm
from loudou.steering.lens import BudgetLens, CardLens
from loudou.steering.models import Budget, Category, Cost
from loudou.steering.queries.budgets import adjustments, costs_of, latest_costs, lines_of, whole
from loudou.steering.queries.budgets import cards as cards_of
from loudou.steering.reports.budget import Spent, budget_vs_actual, spent
from loudou.steering.verbs import CostRow
from loudou.steering.views._looking import bar, dialog
from loudou.targets.models import Metric
from loudou.targets.queries import target_of
from loudou.ui import format as f
from loudou.ui import htmx
from loudou.ui.format import reason_sentence
from loudou.ui.paging import keyset


@dataclass(frozen=True)
class Step:
    """One of the seven steps from target to adjustment (R015): its name, whether it is done, what it says."""

    name: str
    done: bool
    text: str


@signed_in(to="steering.budget_see")
def budgets(request: PersonRequest) -> HttpResponse:
    """The budgets of a period, their use and their ratio."""
    lens = BudgetLens.read(request.GET, request.user)
    report = budget_vs_actual(lens)
    context = bar(lens, report.period, "budgets") | {"report": report, "reason_sentence": reason_sentence}
    return render(request, "steering/budgets.html", context)


@signed_in("GET", "POST", to="steering.budget_set")
def add_budget(request: PersonRequest) -> HttpResponse:
    form = BudgetForm(_data(request), user=request.user)
    if form.is_valid():
        made = attempt(form, partial(verbs.set_budget, by=request.user, **form.cleaned_data))
        if made is not None:
            return htmx.done(request, reverse("steering:budget", args=[made.pk]), message=_("Added."))
    return dialog(request, form, _("Set up a budget"), reverse("steering:add_budget"))


@signed_in()
def budget(request: PersonRequest, pk: int) -> HttpResponse:
    found = fetch(request.user, Budget, pk)
    lens = BudgetLens.read({}, request.user)
    told = spent(lens, [found])[0]
    months = lens.company.fiscal.split(found.period, Grain.MONTH)
    context = {
        "section": "targets",
        "budget": found,
        "told": told,
        "currency": lens.company.base_currency,
        "months": [one.start for one in months],
        "categories": [(name, label) for name, label in Category.choices if name in told.cards],
        "steps": _steps(found, told, lens),
        "adjustments": adjustments(found),
        "costs": latest_costs(found),
        "period": f.period(found.period, lens.company.fiscal),
        "manage": may(request.user, "steering.budget_set", found),
        "may_spend": may(request.user, "steering.spend", found),
        "reason_sentence": reason_sentence,
    }
    return render(request, "steering/budget.html", context)


@signed_in()
def card(request: PersonRequest, pk: int) -> HttpResponse:
    """A control card, opened: the lines and the costs it is made of, newest first."""
    found = fetch(request.user, Budget, pk)
    lens, after = CardLens.read(request.GET, request.user), request.GET.get("after", "")
    span = (found.period.overlap(lens.period) if lens.period else found.period) or found.period
    costs = costs_of(found, span, lens.category, lens.state)
    page = keyset(costs, order=("-counts_on", "-id"), load=_told, after=after)
    cards = {name: one for name, one in cards_of(found, span).items() if lens.category in ("", name)}
    context = {
        "section": "targets",
        "budget": found,
        "lens": lens,
        "page": page,
        "card": whole(cards),
        "listed": costs.aggregate(n=Sum("amount"))["n"] or 0,
        "lines": lines_of(found, span, lens.category),
        "currency": lens.company.base_currency,
        "period": f.period(span, lens.company.fiscal),
        "named": [
            str(label)
            for label in (
                dict(Category.choices).get(lens.category),
                dict(Cost.State.choices).get(lens.state),
            )
            if label
        ],
    }
    return render(request, "steering/card.html", context)


def _told(keys: list[int]) -> list[Cost]:
    return list(Cost.objects.filter(pk__in=keys).select_related("unit"))


@signed_in("GET", "POST")
def describe_budget(request: PersonRequest, pk: int) -> HttpResponse:
    found = fetch(request.user, Budget, pk, to="steering.budget_set")
    initial = {name: getattr(found, name) for name in verbs.WORDS}
    form = PlanForm(_data(request), initial=initial)
    act = partial(verbs.describe_budget, found, version=posted_version(request))
    return _write(request, found, form, act, _("Demand, resources, strategy"))


@signed_in("GET", "POST")
def set_line(request: PersonRequest, pk: int) -> HttpResponse:
    found = fetch(request.user, Budget, pk, to="steering.budget_set")
    form = LineForm(_data(request), budget=found, user=request.user, initial=request.GET.dict())
    act = partial(verbs.set_line, found, version=posted_version(request))
    return _write(request, found, form, act, _("Set or adjust a line"))


@signed_in("GET", "POST")
def spend(request: PersonRequest, pk: int) -> HttpResponse:
    found = fetch(request.user, Budget, pk, to="steering.spend")
    initial = {"day": company_of(request.user).today, "unit": found.unit_id, "state": Cost.State.COMMITTED}
    form = CostForm(_data(request), budget=found, user=request.user, initial=initial)
    return _write(request, found, form, partial(_spent, found), _("Record a cost"))


def _spent(found: Budget, *, by: User, **said: Any) -> Cost:
    return verbs.spend(found, CostRow(**said), by=by)


def _data(request: PersonRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _write(
    request: PersonRequest, found: Budget, form: Any, act: Callable[..., Any], title: str
) -> HttpResponse:
    """Do to a budget what its form says and go back to it, or show the form at the address it was asked at."""
    done = form.is_valid() and attempt(form, partial(act, by=request.user, **form.cleaned_data)) is not None
    if done:
        return htmx.done(request, reverse("steering:budget", args=[found.pk]), message=_("Saved."))
    return dialog(request, form, title, request.path, version=found.version)


def _steps(found: Budget, told: Spent, lens: BudgetLens) -> list[Step]:
    """Target, demand, resources, strategy, budget, tracking, adjustment."""
    target = target_of(found.unit, Metric.BOOKINGS, found.period)
    card, currency = told.whole, lens.company.base_currency
    aim = f.money(target.base_amount, currency) if target is not None else _("no target of bookings")
    changed = len(adjustments(found))
    return [
        Step(_("Target"), target is not None, aim),
        Step(_("Demand analysis"), bool(found.demand), found.demand),
        Step(_("Resources and cost"), bool(found.resources), found.resources),
        Step(_("Sales strategy"), bool(found.strategy), found.strategy),
        Step(_("Budget"), card.budget > 0, f.money(card.budget, currency)),
        Step(_("Tracking"), card.used != 0, f.percent(card.usage)),
        Step(_("Adjustment"), changed > 0, f.number(changed)),
    ]
