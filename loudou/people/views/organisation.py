"""Settings of the whole organisation: itself, the rights of roles, rates of currencies."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.people import queries, verbs
from loudou.people.access import may
from loudou.people.forms import NarrowForm, OrganisationForm, RateForm
from loudou.people.grants import GRANTS, Reach
from loudou.people.policy import REACHES, RIGHTS, table
from loudou.people.roles import ROLES
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.ui import htmx


@signed_in("GET", "POST", to="people.see_set_up")
def organisation(request: PersonRequest) -> HttpResponse:
    company = queries.organisation()
    form = OrganisationForm(request.POST or None, initial=OrganisationForm.initial_of(company))
    if request.method == "POST" and form.is_valid():
        given, version = form.cleaned_data, posted_version(request)
        saved = attempt(form, lambda: verbs.set_organisation(by=request.user, version=version, **given))
        if saved is not None:
            return htmx.done(request, reverse("people:organisation"), message=_("Saved."))
    context = {
        "section": "settings",
        "form": form,
        "company": company,
        "editable": may(request.user, "people.set_up"),
    }
    return render(request, "people/organisation.html", context, status=422 if form.errors else 200)


@signed_in("GET", to="people.see_accounts")
def roles(request: PersonRequest) -> HttpResponse:
    """The whole policy on one screen: every right, by role."""
    company = queries.organisation()
    context = {
        "section": "settings",
        "groups": table(company.narrowed),
        "roles": ROLES,
        "editable": may(request.user, "people.narrow"),
        "holders": queries.holders(),
    }
    return render(request, "people/roles.html", context)


@signed_in("GET", "POST", to="people.narrow", fresh=True)
def narrow(request: PersonRequest) -> HttpResponse:
    """One right of one role: how far it goes, and how far it shall go."""
    form = NarrowForm(request.POST if request.method == "POST" else request.GET)
    if not form.is_valid() or form.cleaned_data["role"] not in GRANTS.get(form.cleaned_data["verb_name"], {}):
        raise PermissionDenied
    given = form.cleaned_data
    if request.method == "POST" and attempt(form, lambda: verbs.narrow(by=request.user, **given)) is not None:
        return htmx.done(request, reverse("people:roles"), message=_("Saved."))
    granted: Reach = GRANTS[given["verb_name"]][given["role"]]  # type: ignore[literal-required]
    narrowed = queries.organisation().narrowed.get(given["verb_name"], {}).get(given["role"], "")
    context = {
        "section": "settings",
        "form": form,
        "verb_name": given["verb_name"],
        "role": given["role"],
        "role_name": ROLES[given["role"]],
        "right": RIGHTS.get(given["verb_name"], given["verb_name"]),
        "choices": [(reach, REACHES[reach]) for reach in Reach if reach <= granted],
        "present": Reach[narrowed] if narrowed else granted,
        "granted_name": REACHES[granted],
    }
    return render(request, "people/narrow.html", context, status=422 if form.errors else 200)


@signed_in("GET", "POST", to="people.see_set_up")
def rates(request: PersonRequest) -> HttpResponse:
    form = RateForm(request.POST or None, initial={"valid_from": queries.organisation().today})
    if request.method == "POST" and form.is_valid():
        rate = attempt(form, lambda: verbs.set_rate(by=request.user, **form.cleaned_data))
        if rate is not None:
            return redirect("people:rates")
    context = {
        "section": "settings",
        "form": form,
        "rates": queries.rates(),
        "editable": may(request.user, "people.rates"),
    }
    return render(request, "people/rates.html", context, status=422 if form.errors else 200)
