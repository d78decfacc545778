"""What the views of tasks have in common."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from loudou.people.access import fetch
from loudou.people.web import PersonRequest
from loudou.tasks import words
from loudou.tasks.models import Task
from loudou.tasks.origins import HAND, origin_of
from loudou.ui import htmx


def find(request: PersonRequest, pk: int, to: str = "") -> Task:
    """A task the person may see, with what its page shows."""
    using = Task.objects.select_related("owner__unit", "setter", "customer", "deal", "ended_by")
    return fetch(request.user, Task, pk, to=to, using=using)


def spoken() -> dict[str, Any]:
    """What every page that shows tasks says them with."""
    return {"section": "tasks", "task_words": words, "origin_of": origin_of, "by_hand": HAND}


def back(request: PersonRequest, message: str, to: str = "") -> HttpResponse:
    """Where the act was asked for: the page named by the form's `back`, else one's tasks."""
    asked = request.POST.get("back", "")
    places = {"home": "desk:home", "stages": "tasks:stages", "mine": "tasks:mine"}
    address = reverse(places[asked]) if asked in places else to or reverse("tasks:mine")
    return htmx.done(request, address, message=message)


def dialog(request: PersonRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    """A form as a dialog, or as a page where there is no script."""
    status = 422 if context["form"].errors else 200
    context = spoken() | context
    return htmx.page(request, f"tasks/{name}.html", f"tasks/_{name}.html", context, status=status)
