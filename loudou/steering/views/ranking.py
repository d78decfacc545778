"""Leaderboards, and switching them on and off."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.insight.reports.aiming import wanted_period
from loudou.insight.reports.aims import asked_of
from loudou.kernel.periods import Period
from loudou.people.access import may, unit_ids
from loudou.people.grants import Reach
from loudou.people.models import Unit
from loudou.people.web import PersonRequest, signed_in
from loudou.steering import verbs
from loudou.steering.lens import SteeringLens
from loudou.steering.models import Leaderboard
from loudou.steering.reports.ranking import Board, Place, leaderboard
from loudou.steering.views._looking import bar
from loudou.ui import htmx
from loudou.ui.format import reason_sentence
from loudou.ui.texts import storable


@dataclass(frozen=True)
class RankingLens(SteeringLens):
    """Whose leaderboard, of when and what, by pace or by improvement."""

    def names(self) -> tuple[str, ...]:
        """The parameters it understands."""
        return ("unit", "period", "as_of", "by", "metric")

    def _take(self, name: str, raw: str) -> Self:
        if name == "by" and raw == "improvement":
            return replace(self, by=raw)
        return super()._take(name, raw)


@signed_in(to="targets.see")
def ranking(request: PersonRequest) -> HttpResponse:
    """Who stands where in one's unit, or in the one looked at."""
    lens = RankingLens.read(request.GET, request.user)
    board = leaderboard(lens, [lens.metric])
    context = bar(lens, wanted_period(lens), "ranking") | {
        "board": board,
        "places": board.by_improvement() if lens.by == "improvement" else board.places,
        "manage": may(request.user, "steering.leaderboard", Leaderboard(unit=board.unit)),
        "reason_sentence": reason_sentence,
        "asked": {place.person.pk: _asked(place, lens, board.period) for place in _seen(board, lens)},
    }
    return render(request, "steering/ranking.html", context)


def _seen(board: Board, lens: RankingLens) -> list[Place]:
    """Those whose results the person may open: of the others shares alone are told."""
    if lens.far is Reach.ALL:
        return list(board.places)
    below = unit_ids(lens.user, lens.far) if lens.user is not None and lens.far >= Reach.TEAM else frozenset()
    return [one for one in board.places if one.person == lens.user or one.person.unit_id in below]


def _asked(place: Place, lens: RankingLens, period: Period) -> str:
    return asked_of(place.metric, period, place.unit, place.person, as_of=lens.asked.get("as_of", ""))


@signed_in("POST", to="steering.leaderboard")
def show_leaderboard(request: PersonRequest) -> HttpResponse:
    code = request.POST.get("unit", "")
    unit = get_object_or_404(Unit, code=code if storable(code) else "") if code else None
    verbs.show_leaderboard(unit, shown=request.POST.get("shown") == "1", by=request.user)
    place = reverse("steering:ranking") + (f"?unit={unit.code}" if unit is not None else "")
    return htmx.done(request, place, message=_("Saved."))
