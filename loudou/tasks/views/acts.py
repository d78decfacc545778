"""Setting tasks, changing them, ending them; several at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loudou.customers.models import Customer
from loudou.journal.record import acting
from loudou.kernel.numbers import key_of
from loudou.kernel.refusals import Refused
from loudou.people.models import User
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.pipeline.models import Deal, StageTask
from loudou.tasks import forms, verbs
from loudou.tasks.models import Task
from loudou.tasks.origins import origin_of
from loudou.tasks.verbs._values import FIELDS
from loudou.tasks.views._common import back, dialog, find
from loudou.ui import htmx

MOST_AT_ONCE = 200


@signed_in("POST", to="tasks.set")
def quick(request: PersonRequest) -> HttpResponse:
    """A task of one's own in one line; what is wrong with it is asked for in the full form."""
    form = forms.QuickForm(request.POST)
    if form.is_valid():
        act = partial(verbs.set_task, by=request.user, **form.cleaned_data)
        if attempt(form, act) is not None:
            return back(request, _("Set."))
    whole = forms.SetForm(request.POST, user=request.user)
    return dialog(request, "set_task", {"form": whole, **_about(request)})


@signed_in("GET", "POST", to="tasks.set")
def set_task(request: PersonRequest) -> HttpResponse:
    """A new task; opened from a deal, a customer or what gives rise to it, that is filled in."""
    about = _about(request)
    given = {name: request.GET[name] for name in ("title", "origin", "origin_key") if name in request.GET}
    form = forms.SetForm(request.POST or None, user=request.user, initial=about | given)
    if request.method == "POST" and form.is_valid():
        act = partial(verbs.set_task, by=request.user, **form.cleaned_data)
        if (made := attempt(form, act)) is not None:
            source = origin_of(made.origin).address(made.origin_key)
            return back(request, _("Set."), source or _seen(made, request))
    return dialog(request, "set_task", {"form": form, **about})


@signed_in("GET", "POST")
def edit_task(request: PersonRequest, pk: int) -> HttpResponse:
    """Change what is to be done."""
    found = find(request, pk, to="tasks.edit")
    initial = {name: getattr(found, name) for name in FIELDS}
    form = forms.TaskForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        version = posted_version(request)
        act = partial(verbs.edit_task, found, by=request.user, version=version, **form.cleaned_data)
        if attempt(form, act) is not None:
            return htmx.done(request, reverse("tasks:task", args=[pk]), message=_("Saved."))
    context = {"form": form, "task": found, "deal": found.deal, "customer": found.customer, "owner": None}
    return dialog(request, "edit_task", context)


@signed_in("GET", "POST")
def hand_over_task(request: PersonRequest, pk: int) -> HttpResponse:
    """Let somebody else do it."""
    found = find(request, pk, to="tasks.edit")
    form = forms.HandOverForm(request.POST or None)
    act = partial(verbs.hand_over_task, found)
    return _ending(request, found, form, act, "hand_over_task", _("Handed over."))


@signed_in("GET", "POST")
def finish_task(request: PersonRequest, pk: int) -> HttpResponse:
    """It is done, with what came of it."""
    found = find(request, pk, to="tasks.edit")
    form = forms.FinishForm(request.POST if request.method == "POST" else None)
    act = partial(verbs.finish_task, found)
    return _ending(request, found, form, act, "finish_task", _("Finished."))


@signed_in("GET", "POST")
def drop_task(request: PersonRequest, pk: int) -> HttpResponse:
    """It need not be done, and why."""
    found = find(request, pk, to="tasks.edit")
    form = forms.DropForm(request.POST or None)
    act = partial(verbs.drop_task, found)
    return _ending(request, found, form, act, "drop_task", _("Dropped."))


@signed_in("POST")
def reopen_task(request: PersonRequest, pk: int) -> HttpResponse:
    """It is to be done after all."""
    found = find(request, pk, to="tasks.edit")
    verbs.reopen_task(found, by=request.user, version=posted_version(request))
    return htmx.done(request, reverse("tasks:task", args=[pk]), message=_("It is to be done again."))


@signed_in("POST", to="tasks.see")
def bulk(request: PersonRequest) -> HttpResponse:
    """Finish the chosen tasks, or put them off until a day; what is refused is told task by task."""
    act = request.POST.get("act", "")
    keys = [key for raw in request.POST.getlist("task")[:MOST_AT_ONCE] if (key := key_of(raw))]
    chosen = list(Task.objects.visible_to(request.user).filter(pk__in=keys).select_related("owner"))
    if act == "finish":
        _each(request, [*map(_finishing, chosen), *map(_doing, _of_stages(request))])
        return back(request, "")
    form = forms.PostponeForm({"due_on": act if act != "until" else request.POST.get("until", "")})
    if form.is_valid():
        _each(request, [_postponing(task, form.cleaned_data["due_on"]) for task in chosen])
    else:
        messages.error(request, _("Choose a day."))
    return back(request, "")


def _finishing(task: Task) -> Callable[[User], object]:
    return lambda by: verbs.finish_tasks([task], by=by)


def _doing(pair: tuple[Deal, StageTask]) -> Callable[[User], object]:
    return lambda by: verbs.finish_tasks([], of_stages=[pair], by=by)


def _postponing(task: Task, due_on: date) -> Callable[[User], object]:
    return lambda by: verbs.postpone_tasks([task], due_on=due_on, by=by)


def _each(request: PersonRequest, acts: list[Callable[[User], object]]) -> None:
    """Each by itself inside one act: a refusal undoes its own part only."""
    refused = []
    with acting():
        for act in acts:
            try:
                act(request.user)
            except Refused as refusal:
                refused.append(str(refusal.sentence))
    count = len(acts) - len(refused)
    messages.success(request, ngettext("%(n)d task done.", "%(n)d tasks done.", count) % {"n": count})
    for sentence in list(dict.fromkeys(refused))[:5]:
        messages.error(request, sentence)


def _of_stages(request: PersonRequest) -> list[tuple[Deal, StageTask]]:
    """The chosen tasks of stages, `deal-task`, of deals the person may see."""
    pairs = []
    for raw in request.POST.getlist("stage")[:MOST_AT_ONCE]:
        deal, _dash, task = raw.partition("-")
        pairs.append((key_of(deal) or 0, key_of(task) or 0))
    deals = Deal.objects.visible_to(request.user).in_bulk([deal for deal, _task in pairs])
    tasks = StageTask.objects.select_related("spec").in_bulk([task for _deal, task in pairs])
    return [(deals[deal], tasks[task]) for deal, task in pairs if deal in deals and task in tasks]


def _about(request: PersonRequest) -> dict[str, Any]:
    """What the address, or the form sent, says the task is about and whose it is, as far as the person sees it."""
    asked = request.POST if request.method == "POST" else request.GET
    rows: dict[str, Any] = {
        "deal": Deal.objects.visible_to(request.user),
        "customer": Customer.objects.current().visible_to(request.user),
        "owner": User.objects.active(),
    }
    keys = {name: key_of(asked.get(name)) for name in rows}
    return {name: found.filter(pk=keys[name]).first() if keys[name] else None for name, found in rows.items()}


def _ending(
    request: PersonRequest, task: Task, form: Any, act: Callable[..., Task], name: str, said: str
) -> HttpResponse:
    """Carry a form's act out on a task, and go back to where it was asked for."""
    if request.method == "POST" and form.is_valid():
        done = partial(act, by=request.user, version=posted_version(request), **form.cleaned_data)
        if attempt(form, done) is not None:
            return back(request, said, _seen(task, request))
    return dialog(request, name, {"form": form, "task": task, "back": request.GET.get("back", "")})


def _seen(task: Task, request: PersonRequest) -> str:
    """Where one sees it: the deal or customer it was asked for from, else one's tasks."""
    for name in ("deal", "customer"):
        if request.POST.get("back") == name and (key := getattr(task, f"{name}_id")):
            return reverse("pipeline:deal" if name == "deal" else "customers:customer", args=[key])
    return ""
