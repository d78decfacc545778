"""The directory of people, and a person's account as administrators see it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loudou.journal.queries import about
from loudou.journal.record import acting
from loudou.people import passwords, queries, verbs
from loudou.people.access import may
from loudou.people.forms import EditPersonForm, LeavingForm, PersonForm, PlaceForm, RolesForm
from loudou.people.leaving import held_by
from loudou.people.lens import DirectoryLens
from loudou.people.models import User
from loudou.people.roles import ROLES
from loudou.people.views.signing_in import invitation_link
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.ui import htmx, paging


@signed_in("GET", to="people.see")
def people(request: PersonRequest) -> HttpResponse:
    """Everybody, found by name, unit, role and state."""
    lens = DirectoryLens.read(request.GET, request.user)
    wanted = lens.people
    page = paging.keyset(
        wanted,
        order=("name_key", "id"),
        load=lambda keys: list(wanted.filter(pk__in=keys)),
        after=request.GET.get("after", ""),
    )
    context = {
        "section": "settings",
        "lens": lens,
        "page": page,
        "roles": ROLES,
        "accounts": may(request.user, "people.see_accounts"),
        "after": request.GET.get("after", ""),
    }
    if not htmx.asked(request):
        return render(request, "people/people.html", context)
    if context["after"]:
        return render(request, "people/_people_rows.html", context)
    return render(request, "people/_people.html", {**context, "swapped": True})


@signed_in("GET")
def suggest(request: PersonRequest) -> HttpResponse:
    """People to choose from, for the `suggest` component."""
    chosen = queries.colleagues(htmx.typed(request), limit=12) if may(request.user, "people.see") else []
    return render(request, "people/_options.html", {"people": chosen})


@signed_in("GET", to="people.see")
def person(request: PersonRequest, pk: int) -> HttpResponse:
    """A colleague's card; for who looks after accounts, the account as well."""
    found = _person(request, pk)
    context: dict[str, Any] = {
        "section": "settings",
        "person": found,
        "memberships": queries.memberships(found),
        "reports": found.reports.filter(is_active=True).order_by("name_key")[:100],
        "roles": ROLES,
        "accounts": may(request.user, "people.see_accounts"),
        "manage": may(request.user, "people.manage"),
        "grant": may(request.user, "people.grant_roles"),
        "keep": may(request.user, "people.unlock"),
        "first_password": request.session.pop(f"first_password:{pk}", ""),
    }
    if context["accounts"]:
        context |= {
            "sessions": queries.sessions(found),
            "tokens": queries.tokens(found),
            "locked": queries.is_locked(found.username),
            "entries": about(found, limit=20),
        }
    return render(request, "people/person.html", context)


@signed_in("GET", "POST", to="people.manage", fresh=True)
def add_person(request: PersonRequest) -> HttpResponse:
    form = PersonForm(request.POST or None)
    if not may(request.user, "people.grant_roles"):
        del form.fields["roles"]
    if request.method == "POST" and form.is_valid():
        user = attempt(form, lambda: _add(request, form.cleaned_data))
        if user is not None:
            return redirect("people:person", user.pk)
    context = {"section": "settings", "form": form}
    return render(request, "people/add_person.html", context, status=422 if form.errors else 200)


@signed_in("GET", "POST", to="people.manage", fresh=True)
def edit_person(request: PersonRequest, pk: int) -> HttpResponse:
    found = _person(request, pk)
    form = EditPersonForm(
        request.POST or None, initial={name: getattr(found, name) for name in verbs.PERSONAL}
    )
    if request.method == "POST" and form.is_valid():
        version = posted_version(request)
        if attempt(
            form, lambda: verbs.edit_person(found, by=request.user, version=version, **form.cleaned_data)
        ):
            return htmx.done(request, reverse("people:person", args=[pk]), message=_("Saved."))
    context = {"section": "settings", "form": form, "person": found}
    return render(request, "people/edit_person.html", context, status=422 if form.errors else 200)


@signed_in("GET", "POST", to="people.grant_roles", fresh=True)
def grant_roles(request: PersonRequest, pk: int) -> HttpResponse:
    found = _person(request, pk)
    form = RolesForm(request.POST or None, initial={"roles": found.roles})
    if request.method == "POST" and form.is_valid():
        held, version = form.cleaned_data["roles"], posted_version(request)
        if attempt(form, lambda: verbs.grant_roles(found, roles_held=held, by=request.user, version=version)):
            return htmx.done(request, reverse("people:person", args=[pk]), message=_("Saved."))
    context = {"section": "settings", "form": form, "person": found}
    return render(request, "people/grant_roles.html", context, status=422 if form.errors else 200)


@signed_in("GET", "POST", to="people.manage")
def join_unit(request: PersonRequest, pk: int) -> HttpResponse:
    found = _person(request, pk)
    initial = {"unit": found.unit_id, "on": queries.organisation().today}
    form = PlaceForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        to, on = form.cleaned_data["unit"], form.cleaned_data["on"]
        if attempt(form, lambda: verbs.join_unit(found, unit=to, on=on, by=request.user)):
            return htmx.done(request, reverse("people:person", args=[pk]), message=_("Moved."))
    context = {"section": "settings", "form": form, "person": found}
    return render(request, "people/join_unit.html", context, status=422 if form.errors else 200)


@signed_in("GET", "POST", to="people.manage", fresh=True)
def deactivate(request: PersonRequest, pk: int) -> HttpResponse:
    """What the person holds is counted first, and goes to whoever takes over in the same act."""
    found = _person(request, pk)
    initial = {"on": found.left_on or queries.organisation().today}
    form = LeavingForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        heir, on = form.cleaned_data["heir"], form.cleaned_data["on"]
        if attempt(form, lambda: verbs.deactivate(found, heir=heir, on=on, by=request.user)):
            return _back(request, pk, _("The account is closed; its sessions and tokens have ended."))
    held = [holding.told(count) for holding, count in held_by(found)]
    context = {"section": "settings", "form": form, "person": found, "held": held}
    return render(request, "people/deactivate.html", context, status=422 if form.errors else 200)


@signed_in("POST", to="people.manage", fresh=True)
def reactivate(request: PersonRequest, pk: int) -> HttpResponse:
    verbs.reactivate(_person(request, pk), by=request.user)
    return _back(request, pk, _("The account is open again."))


@signed_in("POST", to="people.manage", fresh=True)
def reset_password(request: PersonRequest, pk: int) -> HttpResponse:
    """Give somebody a new first password, shown once to whoever hands it over."""
    found, password = _person(request, pk), passwords.first()
    verbs.set_password(found, password=password, by=request.user)
    request.session[f"first_password:{pk}"] = password
    return _back(request, pk)


@signed_in("POST", to="people.manage", fresh=True)
def invite(request: PersonRequest, pk: int) -> HttpResponse:
    found = _person(request, pk)
    verbs.invite(found, link=invitation_link(found), by=request.user)
    return _back(request, pk, _("A link to set a password is on its way."))


@signed_in("POST", to="people.unlock", fresh=True)
def remove_second_factor_of(request: PersonRequest, pk: int) -> HttpResponse:
    verbs.remove_second_factor(_person(request, pk), by=request.user)
    return _back(request, pk, _("The second factor is off."))


@signed_in("POST", to="people.unlock", fresh=True)
def unlock(request: PersonRequest, pk: int) -> HttpResponse:
    verbs.unlock(_person(request, pk), by=request.user)
    return _back(request, pk, _("They can sign in again."))


@signed_in("POST", to="people.unlock")
def end_sessions_of(request: PersonRequest, pk: int) -> HttpResponse:
    count = verbs.end_sessions(_person(request, pk), by=request.user)
    told = ngettext("%(n)d session ended.", "%(n)d sessions ended.", count) % {"n": count}
    return _back(request, pk, told)


def _add(request: PersonRequest, given: dict[str, Any]) -> User:
    """Add the person and show them the way in: a first password, or a link by mail."""
    entry, held = given.pop("entry"), given.pop("roles", [])
    password = passwords.first() if entry == "password" else ""
    with acting():
        user = verbs.add_person(
            by=request.user, roles_held=held, password=password, must_change_password=bool(password), **given
        )
        if entry == "mail":
            verbs.invite(user, link=invitation_link(user), by=request.user)
    if password:
        request.session[f"first_password:{user.pk}"] = password
    return user


def _person(request: PersonRequest, pk: int) -> User:
    """Somebody this person may see: dealers see themselves and who looks after them, everybody else all."""
    found = User.objects.select_related("unit", "manager").filter(pk=pk).first()
    if found is None or not (
        may(request.user, "people.see_contact") or pk in (request.user.pk, request.user.manager_id)
    ):
        raise Http404
    return found


def _back(request: PersonRequest, pk: int, message: str = "") -> HttpResponse:
    if message:
        messages.success(request, message)
    return redirect("people:person", pk)
