"""How the board is answered when a card was dragged: both columns' heads, the card, a message with a way back."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.kernel import clock
from loudou.people.web import PersonRequest
from loudou.pipeline import verbs, words
from loudou.pipeline.lens import DealLens
from loudou.pipeline.models import StageSpec
from loudou.pipeline.queries import board as read
from loudou.pipeline.queries.flags import thresholds
from loudou.pipeline.views._acting import toast, waits
from loudou.pipeline.views._looking import on_board, specs_by_key, sums_of


def moved_on_board(request: PersonRequest, moved: verbs.Moved, former: StageSpec) -> HttpResponse:
    """The board after a card was let through, or where it waits for a signature: then the card goes back."""
    deal = moved.deal
    lens = on_board(DealLens.read(request.POST, request.user), deal.funnel)
    now, today = clock.now(), lens.company.today
    specs = specs_by_key(deal.funnel)
    columns = read.columns(deal.funnel)
    touched = [column for column in columns if {former.pk, deal.spec_id} & set(column.keys)]
    sums = sums_of(lens, {key: specs[key] for column in touched for key in column.keys})
    shown = [read.fill(column, sums, {}, []) for column in touched]
    spec = specs.get(deal.spec_id) or deal.spec
    waiting = read.waiting_for([deal.pk]).get(deal.pk)
    card = read.card(deal, spec, now, today, thresholds(), waiting)
    context = {"columns": shown, "card": card, "lens": lens, "told": words.told, "expected": words.expected()}
    response = render(request, "pipeline/_moved.html", context)
    response["X-Moved"] = "0" if moved.request is not None else "1"
    response["HX-Trigger"] = _message(moved)
    return response


def _message(moved: verbs.Moved) -> str:
    if moved.request is not None:
        return toast(waits(moved.request))
    undo = reverse("pipeline:undo", args=[moved.deal.pk])
    return toast(
        _("%(title)s is now in %(stage)s.") % {"title": moved.deal, "stage": moved.deal.spec}, undo=undo
    )
