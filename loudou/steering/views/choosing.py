"""Whose: the units and people that a chip of the bar offers, read when it is opened."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.urls import reverse

from loudou.insight.web import choices_of
from loudou.people.web import PersonRequest, signed_in
from loudou.steering.lens import BackwardLens, BudgetLens, SteeringLens
from loudou.steering.views.ranking import RankingLens
from loudou.ui import htmx

LENSES: dict[str, type[SteeringLens]] = {
    "backward": BackwardLens,
    "budgets": BudgetLens,
    "pace": SteeringLens,
    "ranking": RankingLens,
}


@signed_in(to="targets.see")
def choices(request: PersonRequest, which: str) -> HttpResponse:
    """The units or people to choose from on one of the pages."""
    page = request.GET.get("page", "backward")
    if page not in LENSES:
        raise Http404
    lens = LENSES[page].read(request.GET, request.user)
    options = choices_of(lens, which, owner=None) if which == "unit" else choices_of(lens, which)
    context = {"which": which, "options": options, "lens": lens, "section": "targets"}
    context |= {"to": reverse(f"steering:{page}"), "all": lens.without(which)}
    return htmx.page(request, "insight/choices.html", "insight/_choices.html", context)
