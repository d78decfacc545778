"""Whom to contact next, and how often customers are to be contacted."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.customers.models import GRADES
from loudou.fieldwork import verbs
from loudou.fieldwork.forms.cadence import CadenceForm
from loudou.fieldwork.lens.agenda import AgendaLens
from loudou.fieldwork.models import Activity, ContactRule
from loudou.fieldwork.queries.cadence import MOST, due_contacts
from loudou.kernel import clock
from loudou.people.access import may
from loudou.people.web import PersonRequest, attempt, signed_in
from loudou.pipeline.queries.funnels import default_funnel, funnel_named, specs, usable_funnels

AHEAD = timedelta(days=7)


@signed_in("GET", to="fieldwork.see")
def contact_plan(request: PersonRequest) -> HttpResponse:
    """Whom one is to contact within a week, the longest overdue first; of somebody else with `owner`."""
    lens = AgendaLens.read(request.GET, request.user)
    whose = lens.owner or request.user
    if not may(request.user, "fieldwork.see", Activity(owner=whose, unit_id=whose.unit_id)):
        raise PermissionDenied
    now = clock.now()
    rows = due_contacts(request.user, [whose.pk], now + AHEAD, most=MOST + 1)
    context = {"section": "fieldwork", "lens": lens, "whose": whose, "own": whose.pk == request.user.pk}
    context |= {"rows": rows[:MOST], "more": len(rows) > MOST, "now": now}
    context["late"] = sum(1 for row in rows if row.plan.due <= now)
    return render(request, "fieldwork/contact_plan.html", context)


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
