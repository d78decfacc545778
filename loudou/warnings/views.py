"""Warnings: the list, one of them with its answers, answering; the prevention ratio."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.insight.lens import InsightLens
from loudou.journal.queries import about
from loudou.people.access import fetch, may
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.signoff.web import answer
from loudou.tasks.queries.shown import of_origin
from loudou.ui import format as f
from loudou.ui import htmx
from loudou.warnings import events, verbs, words
from loudou.warnings.figures.signs import ANNOUNCES
from loudou.warnings.forms import DisputeForm, SnoozeForm
from loudou.warnings.lens import COUNTED, WarningLens
from loudou.warnings.models import EarlyWarning
from loudou.warnings.reports import prevention as count_prevention

MOST_PEOPLE = 100
ENTRIES = 30


@signed_in("GET", to="warnings.see")
def warnings(request: PersonRequest) -> HttpResponse:
    """What a person's deals, or those of their people, are warned of; unasked what waits for an answer."""
    lens = WarningLens.read(request.GET, request.user)
    after = request.GET.get("after", "")
    context = _spoken(request.user) | {"lens": lens, "page": lens.page(after)}
    if after and htmx.asked(request):
        return render(request, "warnings/_rows.html", context)
    context |= {"signs": words.SIGNS.items(), "states": words.STATES.items(), "period": ""}
    if lens.state in COUNTED:
        asked = InsightLens.read({"period": lens.asked.get("period", "")}, request.user)
        context["period"] = f.period(asked.or_this_quarter(), lens.company.fiscal)
    return render(request, "warnings/list.html", context)


@signed_in("GET")
def warning(request: PersonRequest, pk: int) -> HttpResponse:
    """One warning: why, what to do, and what was answered."""
    found = _warning(request, pk)
    context = _spoken(request.user) | {"warning": found}
    context["entries"] = about(found.deal, limit=ENTRIES, events=events.TOLD)
    context["can"] = found.is_standing and may(request.user, "warnings.answer", found)
    context["tasks"] = of_origin(request.user, "warning", found.pk)
    return render(request, "warnings/warning.html", context)


@signed_in("POST")
def done(request: PersonRequest, pk: int) -> HttpResponse:
    """Say that it is being seen to."""
    found = _warning(request, pk, to="warnings.answer")
    verbs.finish(found, by=request.user, version=posted_version(request))
    return _answered(request, found, _("Noted. It is asked about again in a week if nothing changes."))


@signed_in("GET", "POST")
def snooze(request: PersonRequest, pk: int) -> HttpResponse:
    """Put it off until a day, with the reason."""
    found = _warning(request, pk, to="warnings.answer")
    form = SnoozeForm(request.POST or None, initial={"until": organisation().today + timedelta(days=7)})
    if request.method == "POST" and form.is_valid():
        version = posted_version(request)
        act = partial(verbs.snooze, found, by=request.user, version=version, **form.cleaned_data)
        if attempt(form, act) is not None:
            return _answered(request, found, _("Put off."))
    return _dialog(request, "snooze", form, found)


@signed_in("GET", "POST")
def dispute(request: PersonRequest, pk: int) -> HttpResponse:
    """Say why it does not hold; a superior decides."""
    found = _warning(request, pk, to="warnings.answer")
    form = DisputeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        version = posted_version(request)
        act = partial(verbs.dispute, found, by=request.user, version=version, **form.cleaned_data)
        if attempt(form, act) is not None:
            return _answered(request, found, _("Disputed; your superior decides."))
    return _dialog(request, "dispute", form, found)


@signed_in("POST")
def confirm(request: PersonRequest, pk: int) -> HttpResponse:
    return answer(request, pk, verbs.confirm_dispute)


@signed_in("POST")
def refuse(request: PersonRequest, pk: int) -> HttpResponse:
    return answer(request, pk, verbs.refuse_dispute)


@signed_in("GET", to="warnings.see")
def prevention(request: PersonRequest) -> HttpResponse:
    """M48: how many warnings were closed before what they warned of came, by sign and by person."""
    lens = InsightLens.read(request.GET, request.user)
    report = count_prevention(lens)
    fiscal = lens.company.fiscal
    context = {
        "section": "warnings",
        "which_words": words.which,
        "lens": lens,
        "report": report,
        "people": report.by_owner[:MOST_PEOPLE],
        "sign_names": words.SIGNS,
        "problems": words.PROBLEMS,
        "announces": ANNOUNCES,
        "period": f.period(lens.or_this_quarter(), fiscal),
        "periods": [
            (f.period(one, fiscal), lens.href(period=name, **{"from": None, "to": None}), one == lens.period)
            for name, one in lens.period_choices()
        ],
        "units": [(one.name, lens.href(unit=one.code), one == lens.unit) for one in lens.unit_choices],
    }
    return render(request, "warnings/prevention.html", context)


def _warning(request: PersonRequest, pk: int, to: str = "") -> EarlyWarning:
    using = EarlyWarning.objects.select_related("deal__owner", "deal__unit", "deal__spec", "answered_by")
    return fetch(request.user, EarlyWarning, pk, to=to, using=using)


def _spoken(user: User) -> dict[str, Any]:
    """What every page that shows warnings says them with."""
    return {
        "section": "warnings",
        "warning_words": words,
        "which_words": words.which,
        "may_answer": may(user, "warnings.answer"),
    }


def _dialog(request: PersonRequest, name: str, form: Any, found: EarlyWarning) -> HttpResponse:
    """A form as a dialog, or as a page where there is no script."""
    context = _spoken(request.user) | {"form": form, "warning": found}
    context["back"] = (request.POST if request.method == "POST" else request.GET).get("back", "")
    status = 422 if form.errors else 200
    return htmx.page(request, f"warnings/{name}.html", f"warnings/_{name}.html", context, status=status)


def _answered(request: PersonRequest, found: EarlyWarning, message: str) -> HttpResponse:
    """Back to where the answer was given: one's day, the list as it was filtered, or the warning's own page."""
    to = {"home": reverse("desk:home"), "list": reverse("warnings:list")}.get(request.POST.get("back", ""))
    came = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer", ""))
    if to is not None and came.path == to and came.query:
        to = f"{to}?{came.query}"
    return htmx.done(request, to or reverse("warnings:warning", args=[found.pk]), message=message)
