"""Closed books: which months are closed, what came for them late, closing the next, asking to open the last again."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.insight.queries.achieved.posted import posted_for
from loudou.journal.queries import about
from loudou.people.access import company_of, may
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.signoff.queries import waiting_about
from loudou.steering import verbs
from loudou.steering.forms import CloseMonthForm, ReopenForm
from loudou.steering.queries.budgets import late_costs, late_spending
from loudou.steering.views._looking import dialog
from loudou.targets import verbs as targets
from loudou.targets.models import Closing
from loudou.targets.queries.closing import closable_months, last_closing, late_facts, late_for
from loudou.ui import htmx
from loudou.ui.paging import keyset

SIZE = 30


@signed_in(to="targets.see")
def closings(request: PersonRequest) -> HttpResponse:
    """The closings, newest first, each with what came for it late."""
    company = company_of(request.user)
    page = keyset(
        Closing.objects.all(),
        order=("-id",),
        load=lambda keys: list(
            Closing.objects.filter(pk__in=keys)
            .defer("employed", "families")
            .select_related("closed_by", "reopened_by")
        ),
        after=request.GET.get("after", ""),
        size=SIZE,
    )
    context = {
        "section": "targets",
        "page": page,
        "late": late_for(page.rows, request.user),
        "spent": late_spending(page.rows, request.user),
        "through": company.closed_through,
        "currency": company.base_currency,
        "manage": may(request.user, "people.close_books") and bool(closable_months(company, 1)),
    }
    return render(request, "steering/closings.html", context)


@signed_in()
def closing(request: PersonRequest, pk: int) -> HttpResponse:
    """One closing: how it came about, what came for it late, and whether it is asked to be opened again."""
    return _page(request, _found(request, pk), ReopenForm())


@signed_in("GET", "POST", to="people.close_books")
def close_month(request: PersonRequest) -> HttpResponse:
    form = CloseMonthForm(request.POST if request.method == "POST" else None, user=request.user)
    if form.is_valid():
        made = attempt(form, partial(verbs.close_month, by=request.user, **form.cleaned_data))
        if made is not None:
            return htmx.done(request, reverse("steering:closing", args=[made.pk]), message=_("Closed."))
    nothing = _("Every month that is over is closed already.") if form.is_empty else ""
    return dialog(request, form, _("Close a month"), reverse("steering:close_month"), nothing=nothing)


@signed_in("POST", to="people.close_books")
def ask_reopening(request: PersonRequest, pk: int) -> HttpResponse:
    found, form = _found(request, pk), ReopenForm(request.POST)
    act = partial(targets.ask_reopening, found, by=request.user, version=posted_version(request))
    if form.is_valid() and attempt(form, partial(act, **form.cleaned_data)) is not None:
        place = reverse("steering:closing", args=[pk])
        return htmx.done(request, place, message=_("Submitted for signature."))
    return _page(request, found, form, status=422)


def _found(request: PersonRequest, pk: int) -> Closing:
    """Closed books are no secret of anybody who sees targets; what came late for them is each person's own to see."""
    if not may(request.user, "targets.see"):
        pk = 0
    return get_object_or_404(Closing.objects.select_related("closed_by", "reopened_by"), pk=pk)


def _page(request: PersonRequest, found: Closing, form: Any, *, status: int = 200) -> HttpResponse:
    company = company_of(request.user)
    waiting = waiting_about(found)
    is_last = last_closing() == found
    context = {
        "section": "targets",
        "closing": found,
        "late": late_facts(found, request.user),
        "late_costs": late_costs(found, request.user),
        "posted": posted_for(found, company, request.user),
        "facts": found.facts.count(),
        "form": form,
        "open_requests": waiting,
        "may_ask": is_last and not waiting and may(request.user, "people.close_books"),
        "currency": company.base_currency,
        "entries": about(found, limit=20),
    }
    return render(request, "steering/closing.html", context, status=status)
