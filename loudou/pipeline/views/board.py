"""The board: a column a stage, heads over all that stands there, cards that are dragged through gates."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render

from loudou.kernel import clock
from loudou.people.web import PersonRequest, signed_in
from loudou.pipeline import words
from loudou.pipeline.models import StageSpec
from loudou.pipeline.queries import board as read
from loudou.pipeline.views._looking import (
    BOARD_SORTS,
    bar,
    funnels_of,
    look,
    on_board,
    put_together,
    specs_by_key,
)
from loudou.ui.paging import keyset


@signed_in("GET", to="pipeline.see")
def board(request: PersonRequest) -> HttpResponse:
    asked = look(request)
    funnels = funnels_of(request.user)
    funnel = asked.funnel or next(iter(funnels), None)
    context = {**bar(request, asked, "pipeline:board", BOARD_SORTS), "funnels": funnels, "board": None}
    if funnel is not None and funnel.current_id is not None:
        lens = on_board(asked, funnel)
        context |= {"board": put_together(lens, funnel), "sort": lens.sort}
    return render(request, "pipeline/board.html", context)


@signed_in("GET", to="pipeline.see")
def column(request: PersonRequest, pk: int) -> HttpResponse:
    """More cards of a column; `pk` is the stage as the board shows it."""
    spec = StageSpec.objects.select_related("version__funnel").filter(pk=pk).first()
    if spec is None or spec.version.published_at is None:
        raise Http404
    funnel = spec.version.funnel
    lens = on_board(look(request), funnel)
    specs, now, today = specs_by_key(funnel), clock.now(), lens.company.today
    keys = [key for key, other in specs.items() if other.stage_id == spec.stage_id]
    page = keyset(
        lens.deals.filter(spec__in=keys),
        order=lens.order,
        load=lambda wanted: list(read.cards(wanted, specs, now, today).values()),
        after=request.GET.get("after", ""),
        size=read.CARDS,
        counted=False,
    )
    context = {
        "section": "pipeline",
        "spec": spec,
        "page": page,
        "lens": lens,
        "told": words.told,
        "expected": words.expected(),
    }
    return render(request, "pipeline/_more_cards.html", context)
