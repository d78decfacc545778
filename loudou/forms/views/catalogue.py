"""The register of forms, one form, and what becomes of it as a whole."""

from __future__ import annotations

from functools import partial

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.forms import verbs
from loudou.forms.forms import GiveForm, ProposeForm, ReasonForm
from loudou.forms.lens import FORM_STATES, FormLens
from loudou.forms.models import Form, FormRecord
from loudou.forms.queries.catalogue import fillable, find_form
from loudou.forms.queries.demand import a_day
from loudou.forms.queries.steps import as_labels, step_names
from loudou.forms.views._common import context, dialog
from loudou.journal.queries import about
from loudou.people.access import may, reach, unit_ids
from loudou.people.grants import Reach
from loudou.people.models import Unit, User
from loudou.people.queries import organisation
from loudou.people.roles import ROLES
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.ui import htmx


@signed_in("GET", to="forms.see")
def forms(request: PersonRequest) -> HttpResponse:
    """What there is to fill in for the person, and the register."""
    lens = FormLens.read(request.GET, request.user)
    page = lens.page(request.GET.get("after", ""))
    shown = context("list", lens=lens, page=page, states=FORM_STATES.items(), roles=ROLES)
    shown |= {"mine": fillable(request.user), "steps": as_labels(step_names())}
    return render(request, "forms/list.html", shown)


@signed_in("GET", to="forms.see")
def form(request: PersonRequest, pk: int) -> HttpResponse:
    """One form: what it asks and why, its versions, its reviews, its history."""
    found = find_form(request.user, pk)
    keeps = may(request.user, "forms.manage", found)
    records = FormRecord.objects.current().filter(form=found).visible_to(request.user)
    shown = context(
        "list",
        form=found,
        shown=found.current or found.versions.order_by("-number").first(),
        versions=list(found.versions.order_by("-number")),
        reviews=list(found.reviews.select_related("decided_by").order_by("-first")[:8]),
        entries=about(found, limit=20),
        keeps=keeps,
        under_way=found.under_way,
        fiscal=organisation().fiscal,
        can_fill=found in fillable(request.user),
        records=records[:1001].count() if may(request.user, "forms.see_records") else None,
        steps=as_labels(step_names()),
        roles=ROLES,
        daily=a_day(found.current) if found.current else None,
    )
    return render(request, "forms/form.html", shown)


@signed_in("GET", "POST", to="forms.propose")
def propose(request: PersonRequest) -> HttpResponse:
    """Propose a form; its fields come next."""
    far = reach(request.user, "forms.propose")
    units = Unit.objects.filter(retired_at=None).order_by("path")
    if far is not Reach.ALL:
        units = units.filter(pk__in=sorted(unit_ids(request.user, far)))
    typed = ProposeForm(request.POST or None, units=units, everybody=far is Reach.ALL)
    if request.method == "POST" and typed.is_valid():
        made = attempt(typed, partial(verbs.propose_form, by=request.user, **typed.cleaned_data))
        if made is not None:
            to = reverse("forms:edit", args=[made.pk])
            return htmx.done(request, to, message=_("Proposed. Now say what it asks."))
    return dialog(
        request,
        typed,
        title=_("Propose a form"),
        action=reverse("forms:propose"),
        button=_("Propose it"),
        about=_(
            "It goes its way: proposal, justification, approval by sales operations and the managers, issue."
        ),
    )


@signed_in("POST")
def change(request: PersonRequest, pk: int) -> HttpResponse:
    """Begin the next version."""
    made = verbs.change_form(_kept(request, pk), by=request.user)
    return htmx.done(request, reverse("forms:edit", args=[made.pk]), message=_("The next version is begun."))


@signed_in("GET", "POST")
def retire(request: PersonRequest, pk: int) -> HttpResponse:
    """Ask for it no more."""
    found = _kept(request, pk)
    typed = ReasonForm(request.POST or None)
    if request.method == "POST" and typed.is_valid():
        act = partial(
            verbs.retire_form, found, by=request.user, seen=posted_version(request), **typed.cleaned_data
        )
        if attempt(typed, act) is not None:
            return htmx.done(request, reverse("forms:form", args=[pk]), message=_("Retired."))
    return dialog(
        request,
        typed,
        title=_("Retire the form"),
        action=reverse("forms:retire", args=[pk]),
        button=_("Retire"),
        about=_("Nobody is asked for it any more; what was handed in stays."),
        version=found.version,
    )


@signed_in("GET", "POST")
def give(request: PersonRequest, pk: int) -> HttpResponse:
    """Let somebody else answer for it."""
    found = _kept(request, pk)
    holders = Q(roles__overlap=["operations", "marketing", "control", "finance", "service", "hr", "legal"])
    holders |= Q(roles__overlap=["manager", "director", "gm"])
    people = User.objects.active().filter(holders).order_by("name_key")
    typed = GiveForm(request.POST or None, people=people, initial={"to": found.owner})
    if request.method == "POST" and typed.is_valid():
        act = partial(
            verbs.give_form, found, by=request.user, seen=posted_version(request), **typed.cleaned_data
        )
        if attempt(typed, act) is not None:
            return htmx.done(request, reverse("forms:form", args=[pk]), message=_("Saved."))
    title, action = _("Who answers for the form"), reverse("forms:give", args=[pk])
    return dialog(request, typed, title=title, action=action, button=_("Save"), version=found.version)


def _kept(request: PersonRequest, pk: int) -> Form:
    """A form the person keeps: 404 where they do not see it, 403 where it is not theirs to change."""
    found = find_form(request.user, pk)
    if not may(request.user, "forms.manage", found):
        raise PermissionDenied
    return found
