"""Reasons why deals end: an ordered list a kind, with how often each is used."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.pipeline import verbs
from loudou.pipeline.forms.funnels import ReasonForm
from loudou.pipeline.models import Reason
from loudou.pipeline.queries import setting_up as read
from loudou.ui import htmx


@signed_in("GET", to="pipeline.set_up")
def reasons(request: PersonRequest) -> HttpResponse:
    groups = [
        (kind, Reason.Kind(kind).label, rows, [reason.pk for reason, _n in rows])
        for kind, rows in read.reasons_by_kind().items()
    ]
    return render(request, "pipeline/reasons.html", {"section": "settings", "groups": groups})


@signed_in("GET", "POST", to="pipeline.set_up")
def set_reason(request: PersonRequest, pk: int | None = None) -> HttpResponse:
    """A new reason, or another name for one."""
    found = _reason(pk) if pk else None
    initial: dict[str, Any] = {"kind": request.GET.get("kind", "")}
    if found is not None:
        given = {"kind": found.kind, "asks_competitor": found.asks_competitor, "name": found.names}
        initial = ReasonForm.filled(given)
    form = ReasonForm(request.POST or None, initial=initial)
    if found is not None:
        del form.fields["kind"]
    if request.method == "POST" and form.is_valid():
        kept = {
            "kind": found.kind if found else form.cleaned_data["kind"],
            "code": found.code if found else "",
            "retired": bool(found and found.retired_at),
            "asks_competitor": form.cleaned_data["asks_competitor"],
            "version": posted_version(request) if found else None,
        }
        if attempt(form, lambda: verbs.set_reason(names=form.said("name"), by=request.user, **kept)):
            return _back(request, _("Saved."))
    context = {"section": "settings", "form": form, "reason": found, "partial": "pipeline/_set_reason.html"}
    status = 422 if form.is_bound else 200
    return htmx.page(request, "pipeline/setting_up.html", "pipeline/_set_reason.html", context, status=status)


@signed_in("POST", to="pipeline.set_up")
def place_reason(request: PersonRequest, pk: int) -> HttpResponse:
    """One place up (`step` -1) or down (1)."""
    step = {"-1": -1, "1": 1}.get(request.POST.get("step", ""))
    if step is None:
        raise Http404
    found = _reason(pk)
    verbs.place_reason(found, step=step, by=request.user, version=posted_version(request))
    return redirect(f"{reverse('pipeline:reasons')}#reason-{pk}")


@signed_in("POST", to="pipeline.set_up")
def retire_reason(request: PersonRequest, pk: int) -> HttpResponse:
    """Nobody can choose it any more; deals that ended for it keep it."""
    return _turn(request, pk, retired=True, message=_("Out of use; deals that have it keep it."))


@signed_in("POST", to="pipeline.set_up")
def restore_reason(request: PersonRequest, pk: int) -> HttpResponse:
    return _turn(request, pk, retired=False, message=_("In use again."))


def _turn(request: PersonRequest, pk: int, *, retired: bool, message: str) -> HttpResponse:
    found = _reason(pk)
    verbs.set_reason(
        kind=found.kind,
        code=found.code,
        names=found.names,
        asks_competitor=found.asks_competitor,
        retired=retired,
        by=request.user,
        version=posted_version(request),
    )
    return _back(request, message)


def _reason(pk: int) -> Reason:
    found = Reason.objects.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _back(request: PersonRequest, message: str) -> HttpResponse:
    messages.success(request, message)
    if htmx.asked(request):
        return HttpResponse(status=204, headers={"HX-Redirect": reverse("pipeline:reasons")})
    return redirect("pipeline:reasons")
