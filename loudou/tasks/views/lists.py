"""One's own tasks, all of them, what stages ask for, the team's in numbers, one of them."""

from __future__ import annotations

from datetime import timedelta
from itertools import chain

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render

from loudou.journal.queries import about
from loudou.kernel import clock
from loudou.people.access import may
from loudou.people.grants import Reach
from loudou.people.web import PersonRequest, signed_in
from loudou.tasks.figures import due
from loudou.tasks.forms import QuickForm
from loudou.tasks.lens import TaskLens
from loudou.tasks.models import Task
from loudou.tasks.origins import ORIGINS
from loudou.tasks.queries import shown
from loudou.tasks.queries.stages import MOST, asked
from loudou.tasks.views._common import find, spoken
from loudou.ui import htmx

LATELY = timedelta(days=7)
ENTRIES = 30


@signed_in("GET", to="tasks.see")
def mine(request: PersonRequest) -> HttpResponse:
    """What one has to do, by when it is due; of somebody else with `owner`."""
    lens = TaskLens.read(request.GET, request.user)
    whose = lens.owner or request.user
    if not may(request.user, "tasks.see", Task(owner=whose)):
        raise PermissionDenied
    now = clock.now().astimezone(lens.company.zone)
    context = spoken() | {"lens": lens, "whose": whose, "own": whose.pk == request.user.pk}
    context["changes"] = may(request.user, "tasks.edit", Task(owner=whose))
    todo = shown.todo(whose, now)
    context |= {"todo": todo, "form": QuickForm(), "today": now.date()}
    context["open_origins"] = shown.open_origins(request.user, chain.from_iterable(todo.groups.values()))
    context["tomorrow"], context["next_week"] = now.date() + timedelta(days=1), now.date() + timedelta(days=7)
    return render(request, "tasks/mine.html", context)


@signed_in("GET", to="tasks.see")
def tasks(request: PersonRequest) -> HttpResponse:
    """Every task the person may see, filtered; unasked those that are open."""
    lens = TaskLens.read(request.GET, request.user)
    after = request.GET.get("after", "")
    now = clock.now().astimezone(lens.company.zone)
    page = lens.page(after)
    context = spoken() | {"lens": lens, "page": page, "now": now, "when": due.when}
    context["open_origins"] = shown.open_origins(request.user, page.rows)
    if after and htmx.asked(request):
        return render(request, "tasks/_rows.html", context)
    context |= {"priorities": Task.Priority.choices, "origins": ORIGINS.values()}
    return render(request, "tasks/list.html", context)


@signed_in("GET", to="pipeline.see")
def stages(request: PersonRequest) -> HttpResponse:
    """What the stages of one's deals ask for and nobody did yet, the earliest due first; of others with `owner`."""
    lens = TaskLens.read(request.GET, request.user)
    whose = lens.owner or request.user
    found = asked(request.user, [whose.pk], lens.company.zone, most=MOST + 1)
    context = spoken() | {"lens": lens, "whose": whose, "own": whose.pk == request.user.pk}
    context |= {"asked": found[:MOST], "more": len(found) > MOST, "today": lens.company.today}
    return render(request, "tasks/stages.html", context)


@signed_in("GET", to="tasks.see")
def team(request: PersonRequest) -> HttpResponse:
    """The tasks of one's people in numbers, the most overdue first."""
    lens = TaskLens.read(request.GET, request.user)
    if lens.far < Reach.TEAM:
        raise PermissionDenied
    now = clock.now()
    local = now.astimezone(lens.company.zone)
    loads = shown.loads(lens.owner_choices, local, now - LATELY)
    context = spoken() | {"lens": lens, "loads": loads}
    return render(request, "tasks/team.html", context)


@signed_in("GET")
def task(request: PersonRequest, pk: int) -> HttpResponse:
    """One task: what, for whom, where it came from, what was done about it."""
    found = find(request, pk)
    now = clock.now().astimezone(request.user._organisation.zone)  # type: ignore[attr-defined] # read for this request
    context = spoken() | {"task": found, "can": may(request.user, "tasks.edit", found)}
    context["urgency"] = due.when(found.due_on, found.due_time, now)
    context |= {
        "open_origins": shown.open_origins(request.user, [found]),
        "entries": about(found, limit=ENTRIES),
    }
    return render(request, "tasks/task.html", context)
