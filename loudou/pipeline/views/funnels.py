"""Funnels and how they are made and changed: the list, one funnel with its drawing, its draft, its versions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import partial
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.journal.queries import about
from loudou.kernel.refusals import Stale
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.pipeline import verbs
from loudou.pipeline.changes import changes
from loudou.pipeline.figures.drafting import slabs
from loudou.pipeline.forms.funnels import (
    AddFunnelForm,
    FunnelForm,
    MarkForm,
    MarkForms,
    PublishForm,
    StageForm,
    TaskForm,
    TaskForms,
)
from loudou.pipeline.models import Funnel, FunnelVersion, StageSpec
from loudou.pipeline.presets import PRESETS
from loudou.pipeline.queries import setting_up as read
from loudou.pipeline.queries.funnels import draft_of, specs
from loudou.pipeline.queries.gates import FIELDS
from loudou.pipeline.verbs import StagePlan, plan_of
from loudou.ui import htmx
from loudou.ui.format import in_words

EMPTY = "empty"
_FIRST = {"zh-hans": "第一阶段", "zh-hant": "第一階段", "en": "First stage"}
STATES = ("use", "retired", "all")


@signed_in("GET", to="pipeline.set_up")
def funnels(request: PersonRequest) -> HttpResponse:
    """Every funnel, those in use unless others are asked for."""
    state = request.GET.get("state", "")
    state = state if state in STATES else "use"
    every = read.lines()
    chosen = [
        line for line in every if state == "all" or (line.funnel.retired_at is None) == (state == "use")
    ]
    context = {
        "section": "settings",
        "state": state,
        "lines": [(line, slabs(line.rates, width=72, height=7, gap=2)) for line in chosen],
        "in_use": sum(line.funnel.retired_at is None for line in every),
        "retired": sum(line.funnel.retired_at is not None for line in every),
    }
    return render(request, "pipeline/funnels.html", context)


@signed_in("GET", "POST", to="pipeline.set_up")
def add_funnel(request: PersonRequest) -> HttpResponse:
    """A new funnel begins as a draft with the stages of a template, or with one to begin from."""
    starts = _starts()
    form = AddFunnelForm(request.POST or None, starts=starts, initial={"start": next(iter(starts))})
    if request.method == "POST" and form.is_valid():
        begun = starts[form.cleaned_data["start"]]
        given = {
            "code": "",
            "names": form.said("name") or begun["names"],
            "business": form.cleaned_data["business"] or begun["business"],
            "stages": begun["stages"],
        }
        made = attempt(form, partial(verbs.add_funnel, by=request.user, **given))
        if made is not None:
            return _to(request, made, _("Added; publish it and it can be used."))
    drawn = [
        (key, begun, slabs([plan.probability for plan in begun["stages"]], width=72, height=8, gap=2))
        for key, begun in starts.items()
    ]
    return _dialog(request, "add_funnel", {"form": form, "starts": drawn})


def _starts() -> dict[str, dict[str, Any]]:
    """What a funnel can begin with: key → names, business and stages."""
    found = {
        f"preset-{preset.code}": {"names": preset.names, "business": preset.business, "stages": preset.stages}
        for preset in PRESETS
    }
    stage = StagePlan("", _FIRST, PRESETS[0].stages[0].probability)
    return found | {EMPTY: {"names": {}, "business": "", "stages": (stage,)}}


@signed_in("GET", to="pipeline.set_up")
def funnel(request: PersonRequest, pk: int) -> HttpResponse:
    """A funnel drawn, stage by stage: its draft if there is one, else the version in force, or the one asked for."""
    found = _funnel(pk)
    versions = read.versions_of(found)
    draft = next((version for version in versions if version.published_at is None), None)
    shown = _asked(versions, request.GET.get("version", "")) or draft or found.current
    assert shown is not None  # a funnel has a draft from the beginning, or a version in force
    stages = specs(shown)
    running = read.running_by_version(Q(spec__version__funnel=found))
    context = {
        "section": "settings",
        "funnel": found,
        "units": list(found.units.order_by("path")),
        "versions": versions,
        "draft": draft,
        "shown": shown,
        "editable": found.retired_at is None and shown == (draft or found.current),
        "draft_version": draft.version if draft else 0,
        "stages": stages,
        "standing": read.running_by_spec(Q(spec__in=[spec.pk for spec in stages])),
        "drawing": drawing(stages),
        "changes": _changes(found, draft) if draft and draft == shown else None,
        "running": running,
        "behind": sum((row.count for key, row in running.items() if key != found.current_id), 0),
        "migration": read.migration_of(found),
        "entries": about(found, limit=12),
        "field_names": FIELDS,
    }
    return render(request, "pipeline/funnel.html", context)


def drawing(stages: list[StageSpec]) -> dict[str, Any]:
    """A funnel as it is drawn: each stage with its slab, and the win after the last."""
    rates = [*(spec.probability for spec in stages), Decimal(1)]
    *drawn, won = slabs(rates, width=170, height=58, gap=14, x=140, y=4)
    return {"rows": list(zip(stages, drawn, strict=True)), "won": won, "height": won.bottom + 4}


@signed_in("GET", "POST", to="pipeline.set_up")
def edit_funnel(request: PersonRequest, pk: int) -> HttpResponse:
    """What it is called, for what business, who may use it, whether new deals start on it."""
    found = _funnel(pk)
    initial = {
        "business": found.business_name,
        "units": list(found.units.values_list("pk", flat=True)),
        "is_default": found.is_default,
    }
    form = FunnelForm(request.POST or None, initial=FunnelForm.filled({**initial, "name": found.names}))
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("business", "units", "is_default")}
        act = partial(verbs.set_funnel, found, by=request.user, version=posted_version(request), **given)
        if attempt(form, lambda: act(names=form.said("name"))) is not None:
            return _to(request, found, _("Saved."))
    return _dialog(request, "edit_funnel", {"form": form, "funnel": found})


@signed_in("POST", to="pipeline.set_up")
def retire_funnel(request: PersonRequest, pk: int) -> HttpResponse:
    """No new deals on it; those that run on it run on."""
    found = _funnel(pk)
    verbs.set_funnel(found, by=request.user, version=posted_version(request), in_use=False)
    return _to(request, found, _("Out of use; deals that run on it run on."))


@signed_in("POST", to="pipeline.set_up")
def restore_funnel(request: PersonRequest, pk: int) -> HttpResponse:
    found = _funnel(pk)
    verbs.set_funnel(found, by=request.user, version=posted_version(request), in_use=True)
    return _to(request, found, _("In use again."))


# The draft -----------------------------------------------------------------------------------------------------


@signed_in("GET", "POST", to="pipeline.set_up")
def set_stage(request: PersonRequest, pk: int, stage: int | None = None) -> HttpResponse:
    """A stage of the draft, or a new one, with its marks and tasks."""
    found = _funnel(pk)
    plan, draft = _plan(found, stage), draft_of(found)
    sent = request.POST if request.method == "POST" else None
    form = StageForm.of(plan, sent)
    marks = MarkForms(sent, prefix="marks", initial=[MarkForm.row(mark) for mark in plan.evidence])
    tasks = TaskForms(sent, prefix="tasks", initial=[TaskForm.row(task) for task in plan.tasks])
    good = sent is not None and all([form.is_valid(), marks.is_valid(), tasks.is_valid()])
    overtaken: dict[str, Any] = {"sentence": "", "differences": {}}
    if good:
        wanted = form.plan(plan.code, marks, tasks)
        act = partial(verbs.set_stage, found, stage=wanted, by=request.user, version=posted_version(request))
        try:
            if attempt(form, act) is not None:
                return _to(request, found, _("Saved in the draft."))
        except Stale as problem:
            overtaken = {"sentence": problem.sentence, "differences": _both(plan, wanted)}
    context = {
        **overtaken,
        "form": form,
        "marks": marks,
        "tasks": tasks,
        "funnel": found,
        "stage": stage,
        "title": in_words(plan.names) if stage else _("Add a stage"),
        "draft_version": draft.version if draft else 0,
        "bad": sent is not None,
    }
    return _dialog(request, "set_stage", context)


@signed_in("POST", to="pipeline.set_up")
def place_stage(request: PersonRequest, pk: int, stage: int) -> HttpResponse:
    """Another place for a stage: `to`, counted from 0."""
    found = _funnel(pk)
    to = request.POST.get("to", "")
    if not (to.isascii() and to.isdigit() and len(to) < 4):
        raise Http404
    place = partial(verbs.place_stage, code=_plan(found, stage).code, to=int(to))
    return _redraft(request, found, place, near=stage)


@signed_in("POST", to="pipeline.set_up")
def remove_stage(request: PersonRequest, pk: int, stage: int) -> HttpResponse:
    found = _funnel(pk)
    return _redraft(request, found, partial(verbs.remove_stage, code=_plan(found, stage).code))


def _redraft(
    request: PersonRequest, found: Funnel, act: Callable[..., object], *, near: int | None = None
) -> HttpResponse:
    act(found, by=request.user, version=posted_version(request))
    return redirect(f"{_address(found)}#stage-{near}" if near else _address(found))


@signed_in("POST", to="pipeline.set_up")
def discard_draft(request: PersonRequest, pk: int) -> HttpResponse:
    found = _funnel(pk)
    verbs.discard_draft(found, by=request.user, version=posted_version(request))
    return _to(request, found, _("The draft is gone; the version in force stays."))


@signed_in("GET", "POST", to="pipeline.set_up")
def publish(request: PersonRequest, pk: int) -> HttpResponse:
    """The draft with what it changes, and a word about why; then it is in force."""
    found = _funnel(pk)
    draft = draft_of(found)
    form = PublishForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = {"by": request.user, "version": posted_version(request), "note": form.cleaned_data["note"]}
        version = attempt(form, lambda: verbs.publish(found, **given))
        if version is not None:
            said = _("Version %(number)s is in force for new deals.") % {"number": version.number}
            return _to(request, found, said)
    context = {
        "form": form,
        "funnel": found,
        "draft": draft,
        "changes": _changes(found, draft) if draft else [],
        "version": draft.version if draft else 0,
        "bad": request.method == "POST",
    }
    return _dialog(request, "publish", context)


# What they share -----------------------------------------------------------------------------------------------


def _funnel(pk: int) -> Funnel:
    found = Funnel.objects.select_related("current").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _asked(versions: Iterable[FunnelVersion], number: str) -> FunnelVersion | None:
    """The version whose number was asked for."""
    return next((version for version in versions if str(version.number) == number), None)


def _plan(found: Funnel, stage: int | None) -> StagePlan:
    """A stage of the draft, or of the version in force where there is none; a new one that begins like the last."""
    base = draft_of(found) or found.current
    stages = specs(base) if base is not None else []
    if stage is None:
        return StagePlan("", {}, stages[-1].probability, stages[-1].category)
    for spec in stages:
        if spec.stage_id == stage:
            return plan_of(spec)
    raise Http404


def _both(stored: StagePlan, sent: StagePlan) -> dict[str, tuple[str, str]]:
    """What two who changed one stage say of it, by what it is called; of a stage that is not there yet nothing."""
    told: dict[str, tuple[str, str]] = {}
    for one in changes([stored], [sent]) if stored.code else []:
        told[one.label if one.label not in told else f"{one.label} {len(told) + 1}"] = (one.was, one.now)
    return told


def _changes(found: Funnel, draft: FunnelVersion) -> list[Any]:
    """What the draft changes; of a first draft nothing is said."""
    if found.current is None:
        return []
    before, after = ([plan_of(spec) for spec in specs(version)] for version in (found.current, draft))
    return changes(before, after)


def _address(found: Funnel) -> str:
    return reverse("pipeline:funnel", args=[found.pk])


def _dialog(request: PersonRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    """A form as a dialog, or as a page where there is no script."""
    bad = context["form"].is_bound or context.get("bad", False)
    context |= {"section": "settings", "partial": f"pipeline/_{name}.html"}
    status = 409 if context.get("sentence") else 422 if bad else 200
    return htmx.page(request, "pipeline/setting_up.html", context["partial"], context, status=status)


def _to(request: PersonRequest, found: Funnel, message: str) -> HttpResponse:
    messages.success(request, message)
    if htmx.asked(request):
        return HttpResponse(status=204, headers={"HX-Redirect": _address(found)})
    return redirect(_address(found))
