"""Whom to contact next, and how often customers are to be contacted."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.customers.models import GRADES
from loudou.fieldwork import papers, verbs
from loudou.fieldwork.forms.cadence import CadenceForm
from loudou.fieldwork.lens.agenda import AgendaLens
from loudou.fieldwork.models import Activity, ContactRule
from loudou.fieldwork.queries.cadence import MOST, due_contacts
from loudou.kernel import clock
from loudou.people.access import may
from loudou.people.models import User
from loudou.people.web import PersonRequest, attempt, signed_in
from loudou.pipeline.queries.funnels import default_funnel, funnel_named, specs, usable_funnels
from loudou.ui.answers import to_save
from loudou.ui.papers import as_pdf, as_workbook

AHEAD = timedelta(days=7)
FORMS = ("xlsx", "pdf")
PDF, XLSX = "application/pdf", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@signed_in("GET", to="fieldwork.see")
def contact_plan(request: PersonRequest) -> HttpResponse:
    """Whom one is to contact within a week, the longest overdue first; of somebody else with `owner`."""
    lens, whose = _whose(request)
    now = clock.now()
    rows = due_contacts(request.user, [whose.pk], now + AHEAD, most=MOST + 1)
    context = {"section": "fieldwork", "lens": lens, "whose": whose, "own": whose.pk == request.user.pk}
    context |= {"rows": rows[:MOST], "more": len(rows) > MOST, "now": now}
    context["late"] = sum(1 for row in rows if row.plan.due <= now)
    return render(request, "fieldwork/contact_plan.html", context)


@signed_in("POST", to="fieldwork.see")
def contact_plan_file(request: PersonRequest, form: str) -> HttpResponse:
    """The same as a workbook or PDF; that it was taken out is on record."""
    if form not in FORMS:
        raise Http404
    _lens, whose = _whose(request)
    rows = due_contacts(request.user, [whose.pk], clock.now() + AHEAD)
    verbs.take_contact_plan(whose, count=len(rows), by=request.user)
    paper = papers.contact_plan(rows, whose, by=request.user)
    content, kind = (as_pdf(paper), PDF) if form == "pdf" else (as_workbook(paper), XLSX)
    return to_save(content, kind, f"{paper.name}.{form}")


def _whose(request: PersonRequest) -> tuple[AgendaLens, User]:
    """Whose plan is looked at: one's own, or of somebody one may see."""
    lens = AgendaLens.read(request.GET, request.user)
    whose = lens.owner or request.user
    if not may(request.user, "fieldwork.see", Activity(owner=whose, unit_id=whose.unit_id)):
        raise PermissionDenied
    return lens, whose


@signed_in("GET", "POST", to="fieldwork.set_up")
def cadence(request: PersonRequest) -> HttpResponse:
    """At most how many days lie between contacts, by grade and by stage of a funnel."""
    funnels = usable_funnels(request.user)
    funnel = funnel_named(request.GET.get("funnel", "")) or default_funnel(request.user)
    stages = specs(funnel.current_id) if funnel is not None and funnel.current_id else []
    grades = [*((code, str(name)) for code, name in GRADES.items()), ("", _("no grade"))]
    sent = request.POST if request.method == "POST" else None
    form = CadenceForm(sent, grades=grades, stages=stages, rules=ContactRule.kept())
    if sent is not None and form.is_valid():
        act = partial(verbs.set_contact_rules, form.rules, by=request.user)
        if attempt(form, act) is not None:
            messages.success(request, _("Saved."))
            return redirect(f"{reverse('fieldwork:cadence')}?{request.GET.urlencode()}")
    context = {"section": "settings", "form": form, "funnels": funnels, "funnel": funnel}
    return render(request, "fieldwork/cadence.html", context, status=422 if form.errors else 200)
