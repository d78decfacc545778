"""Moving running deals to the version in force: what it would do, doing it, watching it, stopping it."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.pipeline import verbs
from loudou.pipeline.forms.funnels import MigrateForm
from loudou.pipeline.models import Funnel, FunnelMigration
from loudou.pipeline.queries import setting_up as read
from loudou.pipeline.queries.funnels import specs
from loudou.ui import htmx


@signed_in("GET", "POST", to="pipeline.set_up")
def migrate(request: PersonRequest, pk: int) -> HttpResponse:
    """The stages deals stand in on older versions, where each shall go, and what that changes; POST does it."""
    found = _funnel(pk)
    left = read.steps(found, {})
    there = specs(found.current) if found.current else []
    mapping = read.likely(found, left)
    first = {f"to_{former}": wanted for former, wanted in mapping.items()}
    sent = request.POST if request.method == "POST" else {**first, **request.GET.dict()}
    form = MigrateForm(sent, left=left, there=there)
    if form.is_valid():
        mapping = form.mapping
        if request.method == "POST":
            version = posted_version(request)
            begun = attempt(
                form, lambda: verbs.begin_migration(found, mapping=mapping, by=request.user, version=version)
            )
            if begun is not None:
                return _begun(request, begun)
    context = {
        "section": "settings",
        "funnel": found,
        "form": form,
        "steps": read.steps(found, mapping),
        "migration": read.migration_of(found),
    }
    status = 422 if form.errors else 200
    return htmx.page(request, "pipeline/migrate.html", "pipeline/_migrate.html", context, status=status)


def _begun(request: PersonRequest, begun: FunnelMigration) -> HttpResponse:
    """A few deals are moved at once; many are left to the worker."""
    if begun.total < verbs.AT_ONCE:
        verbs.carry_on(verbs.carry_on(begun, by=request.user), by=request.user)
    done = begun.total < verbs.AT_ONCE
    message = _("The deals are on the version in force.") if done else _("The deals are being moved.")
    return htmx.done(request, reverse("pipeline:funnel", args=[begun.funnel_id]), message=message)


@signed_in("GET", to="pipeline.set_up")
def migration(request: PersonRequest, pk: int) -> HttpResponse:
    """How far the migration of a funnel is; at its end the page is asked to look again."""
    found = _funnel(pk)
    context = {"funnel": found, "migration": read.migration_of(found)}
    if context["migration"] is None:
        to = reverse("pipeline:funnel", args=[pk])
        return HttpResponse(headers={"HX-Redirect": to}) if htmx.asked(request) else redirect(to)
    return render(request, "pipeline/_migration.html", context)


@signed_in("POST", to="pipeline.set_up")
def stop_migration(request: PersonRequest, pk: int) -> HttpResponse:
    row = read.migration_of(_funnel(pk))
    if row is not None:
        verbs.stop_migration(row, by=request.user)
    return htmx.done(request, reverse("pipeline:funnel", args=[pk]), message=_("Stopped."))


def _funnel(pk: int) -> Funnel:
    found = Funnel.objects.select_related("current").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
