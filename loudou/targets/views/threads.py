"""The thread of a negotiation beside the sheet: read and written without leaving it."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from loudou.people.access import fetch
from loudou.people.web import PersonRequest, attempt, signed_in
from loudou.targets import verbs
from loudou.targets.forms import WordForm
from loudou.targets.lens import may_say
from loudou.targets.models import Negotiation
from loudou.targets.queries.thread import thread_of
from loudou.ui import htmx


@signed_in()
def thread(request: PersonRequest, pk: int) -> HttpResponse:
    """The thread alone, for the sheet; where there is no script, the negotiation's own page."""
    found = fetch(request.user, Negotiation, pk)
    return _thread(request, found, WordForm()) if htmx.asked(request) else redirect("targets:negotiation", pk)


@signed_in("POST")
def say(request: PersonRequest, pk: int) -> HttpResponse:
    """Write a word; the thread comes back with it."""
    found = fetch(request.user, Negotiation, pk, to="targets.set")
    form = WordForm(request.POST)
    said = None
    if form.is_valid():
        said = attempt(form, partial(verbs.say_in_negotiation, found, by=request.user, **form.cleaned_data))
    if htmx.asked(request):
        return _thread(request, found, WordForm() if said else form)
    if not said:
        messages.error(request, str(form.errors["text"][0]))
    return redirect("targets:negotiation", pk)


def _thread(request: PersonRequest, found: Negotiation, form: WordForm) -> HttpResponse:
    talk = Negotiation.objects.select_related("unit__parent", "proposer").get(pk=found.pk)
    context = {"thread": thread_of(talk, may_say=may_say(request.user, talk)), "word": form}
    return render(request, "targets/_thread.html", context, status=422 if form.errors else 200)
