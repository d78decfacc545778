"""Adjusting an approved target from a future month on, and moving a territory from one to others."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.kernel.periods import Grain
from loudou.kernel.refusals import Refused
from loudou.people.access import company_of, fetch
from loudou.people.models import Organisation
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.targets import verbs
from loudou.targets.figures.typed import parse_target
from loudou.targets.forms import AdjustmentForm
from loudou.targets.models import Cause, Target
from loudou.targets.queries.agreeing import beside, previews
from loudou.targets.queries.waiting import waiting_changes
from loudou.targets.views._answering import moved_on
from loudou.ui import format as f

TO = "to-"


@signed_in("GET", "POST")
def adjustment(request: PersonRequest, pk: int) -> HttpResponse:
    """Another amount, with what it does to each month shown before anybody is asked to sign."""
    found = fetch(request.user, Target, pk, to="targets.set")
    return _asked(request, found, [], "targets/adjustment.html")


@signed_in("GET", "POST")
def transfer(request: PersonRequest, pk: int) -> HttpResponse:
    """What one gives up of a target, and who takes it on: it sums to zero."""
    found = fetch(request.user, Target, pk, to="targets.set")
    return _asked(request, found, beside(found, request.user), "targets/transfer.html")


def _asked(request: PersonRequest, found: Target, takers: list[Target], template: str) -> HttpResponse:
    """`look` shows the preview, anything else asks for the signature."""
    company = company_of(request.user)
    moving = template.endswith("transfer.html")
    said = {**request.POST.dict()}
    problem, changes = "", []
    if request.method == "POST":
        try:
            changes = _changes(found, takers, said) if moving else []
        except Refused as refusal:
            problem = refusal.sentence
        if moving:
            said |= {"amount": str(changes[0][1]) if changes else "0", "cause": Cause.TERRITORY}
    sent = said if request.method == "POST" else None
    form = AdjustmentForm(sent, months=_months(found, company), initial={"amount": found.base_amount})
    shown: Any = []
    if request.method == "POST" and form.is_valid() and not problem:
        changes = changes or [(found, form.cleaned_data["amount"])]
        terms = {name: form.cleaned_data[name] for name in ("effective_on", "cause")}
        if "look" in request.POST:
            shown = attempt(form, partial(previews, changes, company=company, **terms)) or []
        else:
            more = {
                "reason": form.cleaned_data["reason"],
                "by": request.user,
                "version": posted_version(request),
            }
            if attempt(form, partial(verbs.propose_adjustment, changes, **terms, **more)) is not None:
                address = reverse("targets:target", args=[found.pk])
                return moved_on(request, address, _("Submitted for signature."))
    context = {"section": "targets", "target": found, "form": form, "problem": problem, "previews": shown}
    busy = waiting_changes([found.pk, *(taker.pk for taker in takers)])
    context |= {"busy": busy, "waits": busy.get(found.pk) if request.method == "GET" else None}
    context |= {
        "takers": takers,
        "to": TO,
        "typed": request.POST,
        "period_name": partial(f.period, fiscal=company.fiscal),
    }
    status = 422 if problem or (form.is_bound and form.errors) else 200
    return render(request, template, context, status=status)


def _months(target: Target, company: Organisation) -> list[date]:
    """The months of a target that are still to come."""
    parts = company.fiscal.split(target.period, Grain.MONTH)
    return [part.start for part in parts if part.start > company.today and part.start.day == 1]


def _changes(found: Target, takers: list[Target], said: dict[str, Any]) -> list[tuple[Target, Decimal]]:
    """What each target becomes when the takers take on what was typed."""
    taken: list[tuple[Target, Decimal]] = []
    for taker in takers:
        raw = said.get(f"{TO}{taker.pk}", "").strip()
        if raw:
            try:
                taken.append((taker, parse_target(raw)))
            except ValueError:
                raise Refused(_("Write an amount such as 1,234.50 or 12万."), field="amount") from None
    return verbs.transfer_of(found, taken)
