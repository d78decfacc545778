"""The tree of units."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.people import queries, verbs
from loudou.people.access import may
from loudou.people.forms import EditUnitForm, MoveUnitForm, UnitForm
from loudou.people.models import Unit
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.ui import htmx


@signed_in("GET", to="people.see_contact")
def units(request: PersonRequest) -> HttpResponse:
    context = {
        "section": "settings",
        "tree": queries.tree(),
        "counts": queries.head_count(),
        "retired": Unit.objects.exclude(retired_at=None).order_by("path"),
        "homeless": queries.homeless().count(),
        "editable": may(request.user, "people.set_up"),
    }
    return render(request, "people/units.html", context)


@signed_in("GET", "POST", to="people.set_up")
def add_unit(request: PersonRequest) -> HttpResponse:
    form = UnitForm(request.POST or None, initial={"parent": request.GET.get("parent"), "kind": "team"})
    if request.method == "POST" and form.is_valid():
        given = {**form.cleaned_data, "position": form.cleaned_data["position"] or 0}
        made = attempt(form, lambda: verbs.add_unit(by=request.user, **given))
        if made is not None:
            return htmx.done(request, reverse("people:units"), message=_("Added."))
    context = {"section": "settings", "form": form}
    return render(request, "people/add_unit.html", context, status=422 if form.errors else 200)


@signed_in("GET", "POST", to="people.see_contact")
def unit(request: PersonRequest, pk: int) -> HttpResponse:
    """A unit: what it is called, where it stands and stood, who belongs to it."""
    found = _unit(pk)
    initial = {"name": found.name, "kind": found.kind, "position": found.position}
    form = EditUnitForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = {**form.cleaned_data, "position": form.cleaned_data["position"] or 0}
        version = posted_version(request)
        if attempt(form, lambda: verbs.edit_unit(found, by=request.user, version=version, **given)):
            return htmx.done(request, reverse("people:unit", args=[pk]), message=_("Saved."))
    context = {
        "section": "settings",
        "unit": found,
        "form": form,
        "above": Unit.objects.filter(pk__in=found.ancestor_ids()[:-1]).order_by("path"),
        "below": found.children.filter(retired_at=None).order_by("position", "code"),
        "members": found.members.filter(is_active=True).order_by("name_key")[:200],
        "placings": queries.placings(found),
        "moving": queries.moving(found),
        "editable": may(request.user, "people.set_up"),
    }
    return render(request, "people/unit.html", context, status=422 if form.errors else 200)


@signed_in("GET", "POST", to="people.set_up")
def move_unit(request: PersonRequest, pk: int) -> HttpResponse:
    """Put a unit elsewhere, having seen what goes along."""
    found = _unit(pk)
    initial = {"parent": found.parent_id, "on": queries.organisation().today}
    form = MoveUnitForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        to, on, version = form.cleaned_data["parent"], form.cleaned_data["on"], posted_version(request)
        if attempt(form, lambda: verbs.move_unit(found, to=to, on=on, by=request.user, version=version)):
            return htmx.done(request, reverse("people:unit", args=[pk]), message=_("Moved."))
    context = {"section": "settings", "unit": found, "form": form, "moving": queries.moving(found)}
    return render(request, "people/move_unit.html", context, status=422 if form.errors else 200)


@signed_in("POST", to="people.set_up")
def retire_unit(request: PersonRequest, pk: int) -> HttpResponse:
    verbs.retire_unit(_unit(pk), by=request.user, version=posted_version(request))
    return htmx.done(request, reverse("people:units"), message=_("The unit is closed."))


def _unit(pk: int) -> Unit:
    found = Unit.objects.select_related("parent").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
