"""Writing a version of a form without a programmer: its fields, its justification, its way to being in force."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.forms import verbs
from loudou.forms.events import APPROVE_COUNCIL, APPROVE_OWNER
from loudou.forms.forms import (
    FieldSet,
    FillForm,
    IssueForm,
    JustifyForm,
    ReasonForm,
    VersionForm,
    fields_of,
    rows_of,
)
from loudou.forms.models import FormVersion
from loudou.forms.queries.catalogue import find_version
from loudou.forms.queries.demand import a_day, demand_with
from loudou.forms.queries.steps import as_labels, step_names
from loudou.forms.views._common import context, dialog
from loudou.journal.queries import about
from loudou.people.access import may
from loudou.people.roles import ROLES
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.signoff.models import Request
from loudou.signoff.queries import answered_about, signs, waiting_about
from loudou.signoff.web import answer, find
from loudou.ui import format as f
from loudou.ui import htmx


@signed_in("GET", to="forms.see")
def version(request: PersonRequest, pk: int) -> HttpResponse:
    """A version as it will be filled in, how far it has come, and what is to be done next."""
    found = find_version(request.user, pk)
    waiting = waiting_about(found)
    shown = context(
        "list",
        version=found,
        preview=FillForm(version=found, user=request.user),
        steps=as_labels(step_names()),
        roles=ROLES,
        keeps=may(request.user, "forms.manage", found.form),
        awaited=waiting,
        to_sign=next((one for one in waiting if signs(request.user, one)), None),
        answered=answered_about(found),
        daily=a_day(found),
        wanted=demand_with(found),
        entries=about(found, limit=20),
    )
    return render(request, "forms/version.html", shown)


@signed_in("GET", "POST")
def edit(request: PersonRequest, pk: int) -> HttpResponse:
    """Its name and its fields, a row each."""
    found = _kept(request, pk)
    initial = {"names": f.in_words(found.names), "purpose": f.in_words(found.purpose), "signed": found.signed}
    posted = request.POST or None
    head = VersionForm(posted, initial=initial)
    known = {"known": found.questions}
    rows = FieldSet(posted, initial=rows_of(found.questions), prefix="field", form_kwargs=known)
    if request.method == "POST" and head.is_valid() and rows.is_valid():
        values: dict[str, Any] = dict(head.cleaned_data)
        if not found.form.built_in:
            values["fields"] = fields_of(rows, found.questions)
        act = partial(verbs.edit_version, found, by=request.user, seen=posted_version(request), **values)
        if attempt(head, act) is not None:
            more = "more" in request.POST
            to = reverse("forms:edit" if more else "forms:version", args=[pk])
            return htmx.done(request, to, message=_("Saved."))
    bad = bool(head.errors) or (rows.is_bound and not rows.is_valid())
    shown = context("list", version=found, head=head, rows=rows)
    return render(request, "forms/edit.html", shown, status=422 if bad else 200)


@signed_in("GET", "POST")
def justify(request: PersonRequest, pk: int) -> HttpResponse:
    """The step, the readers, the decision, the minutes."""
    found = _kept(request, pk)
    typed = JustifyForm(request.POST or None, initial=JustifyForm.of(found))
    if request.method == "POST" and typed.is_valid():
        act = partial(
            verbs.justify, found, by=request.user, seen=posted_version(request), **typed.cleaned_data
        )
        if attempt(typed, act) is not None:
            return htmx.done(request, reverse("forms:version", args=[pk]), message=_("Justified."))
    shown = context("list", version=found, form=typed)
    return render(request, "forms/justify.html", shown, status=422 if typed.errors else 200)


@signed_in("POST")
def ask(request: PersonRequest, pk: int) -> HttpResponse:
    """Hand it in for both signatures."""
    verbs.ask_approval(_kept(request, pk), by=request.user, seen=posted_version(request))
    to = reverse("forms:version", args=[pk])
    return htmx.done(request, to, message=_("Handed in; sales operations and the managers are asked."))


@signed_in("GET", "POST")
def issue(request: PersonRequest, pk: int) -> HttpResponse:
    """Put it in force."""
    found = _kept(request, pk)
    typed = IssueForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and typed.is_valid():
        act = partial(verbs.issue, found, by=request.user, seen=posted_version(request), **typed.cleaned_data)
        if (form := attempt(typed, act)) is not None:
            return htmx.done(request, reverse("forms:form", args=[form.pk]), message=_("It is in force."))
    return dialog(
        request,
        typed,
        title=_("Put the form in force"),
        action=reverse("forms:issue", args=[pk]),
        button=_("Put the form in force"),
        about=_("With it a salesperson fills in forms for %(n)s minutes a day.")
        % {"n": f"{demand_with(found):.1f}"},
        version=found.version,
    )


@signed_in("GET", "POST")
def drop(request: PersonRequest, pk: int) -> HttpResponse:
    """Give the proposal up."""
    found = _kept(request, pk)
    typed = ReasonForm(request.POST or None)
    if request.method == "POST" and typed.is_valid():
        act = partial(
            verbs.drop_version, found, by=request.user, seen=posted_version(request), **typed.cleaned_data
        )
        if attempt(typed, act) is not None:
            return htmx.done(request, reverse("forms:form", args=[found.form_id]), message=_("Dropped."))
    title, action = _("Drop the proposal"), reverse("forms:drop", args=[pk])
    return dialog(request, typed, title=title, action=action, button=_("Drop"), version=found.version)


@signed_in("POST")
def confirm(request: PersonRequest, pk: int) -> HttpResponse:
    """Sign in the sign-off inbox: a form, or what was handed in on one."""
    asked = find(request, pk)
    return answer(request, pk, verbs.confirm_form if _is_approval(asked) else verbs.confirm_record)


@signed_in("POST")
def refuse(request: PersonRequest, pk: int) -> HttpResponse:
    """Send back from the sign-off inbox."""
    asked = find(request, pk)
    return answer(request, pk, verbs.refuse_form if _is_approval(asked) else verbs.refuse_record)


def _is_approval(asked: Request) -> bool:
    return asked.act in (APPROVE_OWNER, APPROVE_COUNCIL)


def _kept(request: PersonRequest, pk: int) -> FormVersion:
    found = find_version(request.user, pk)
    if not may(request.user, "forms.manage", found.form):
        raise PermissionDenied
    return found
