"""One target: seeing, setting, adjusting, withdrawing it."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.journal.queries import about
from loudou.journal.record import acting
from loudou.people.access import company_of, fetch, may
from loudou.people.models import User
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.targets import verbs
from loudou.targets.forms import AdjustForm, TargetForm, WordsForm
from loudou.targets.lens import parts_of
from loudou.targets.models import Target
from loudou.targets.queries import editions
from loudou.targets.queries.agreeing import catching_up, whole_above
from loudou.targets.queries.waiting import waiting_changes
from loudou.targets.queries.words import words_of
from loudou.targets.views._answering import dialog, moved_on
from loudou.ui import format as f


@signed_in()
def target(request: PersonRequest, pk: int) -> HttpResponse:
    found = fetch(request.user, Target, pk)
    context = {
        "section": "targets",
        "target": found,
        "period_name": partial(f.period, fiscal=company_of(request.user).fiscal),
        "period_key": company_of(request.user).fiscal.name,
        "editions": editions(found),
        "parts": parts_of(found, request.user),
        "catching_up": catching_up(found, company_of(request.user)),
        "manage": may(request.user, "targets.set", found),
        "entries": about(found, limit=30),
        "whole": whole_above(found) if found.approved_by_id is not None else None,
        "waits": waiting_changes([found.pk]).get(found.pk),
    }
    said = words_of([found])[found.pk]
    wholes = {word.whole.pk for word in said.values() if word.whole is not None}
    seen = Target.objects.visible_to(request.user).filter(pk__in=wholes).values_list("pk", flat=True)
    context |= {"said": said, "linked": set(seen)}
    return render(request, "targets/target.html", context)


@signed_in("GET", "POST", to="targets.set")
def add(request: PersonRequest) -> HttpResponse:
    form = TargetForm(request.POST if request.method == "POST" else None, user=request.user)
    if request.method == "POST" and form.is_valid():
        made = attempt(form, partial(verbs.set_target, by=request.user, anew=True, **form.cleaned_data))
        if made is not None:
            return moved_on(request, reverse("targets:target", args=[made.pk]), _("Added."))
    return dialog(request, "add", {"form": form})


@signed_in("GET", "POST")
def adjust(request: PersonRequest, pk: int) -> HttpResponse:
    found = fetch(request.user, Target, pk, to="targets.set")
    initial = {name: getattr(found, name) for name in ("amount", *verbs.WORDS)}
    form = AdjustForm(request.POST if request.method == "POST" else None, initial=initial)
    form.below(words_of([found])[pk])
    if request.method == "POST" and form.is_valid():
        act = partial(_adjusted, found, form.cleaned_data, by=request.user, version=posted_version(request))
        if attempt(form, act) is not None:
            return moved_on(request, reverse("targets:target", args=[pk]), _("Saved."))
    return dialog(request, "adjust", {"form": form, "target": found})


@signed_in("GET", "POST")
def describe(request: PersonRequest, pk: int) -> HttpResponse:
    """Its words alone, of what was approved too: they change no number."""
    found = fetch(request.user, Target, pk, to="targets.set")
    initial = {name: getattr(found, name) for name in verbs.WORDS}
    form = WordsForm(request.POST if request.method == "POST" else None, initial=initial)
    form.below(words_of([found])[pk])
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        act = partial(verbs.describe_target, found, by=request.user, version=posted_version(request), **said)
        if attempt(form, act) is not None:
            return moved_on(request, reverse("targets:target", args=[pk]), _("Saved."))
    return dialog(request, "describe", {"form": form, "target": found})


def _adjusted(found: Target, said: dict[str, Any], *, by: User, version: int | None) -> Target:
    """The number and the words in one act; who was too late sees both numbers."""
    words = {name: said[name] for name in verbs.WORDS}
    number = {name: said[name] for name in ("amount", "cause", "reason")}
    with acting():
        adjusted = verbs.adjust_target(found, by=by, version=version, **number)
        return verbs.describe_target(adjusted, by=by, **words)


@signed_in("POST")
def withdraw(request: PersonRequest, pk: int) -> HttpResponse:
    found = fetch(request.user, Target, pk, to="targets.set")
    verbs.withdraw_targets([found.pk], by=request.user, version=posted_version(request))
    return moved_on(request, reverse("insight:target_progress"), _("Withdrawn."))
