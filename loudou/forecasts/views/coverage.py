"""What covers the targets: the column of the sheet, which is read after it, and the page of each of its numbers."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from loudou.forecasts import queries
from loudou.forecasts.branches import whose
from loudou.forecasts.covers import covers
from loudou.forecasts.lens import CycleLens
from loudou.forecasts.lines import shown
from loudou.forecasts.views._tabs import tabs
from loudou.forecasts.words import HOW
from loudou.kernel.periods import Grain
from loudou.people.web import PersonRequest, signed_in
from loudou.ui import format as f
from loudou.ui import htmx


@signed_in(to="forecasts.submit")
def cells(request: PersonRequest) -> HttpResponse:
    """The coverage of everybody on the sheet: a part of it, which is where it leads to alone."""
    me, lens = request.user, CycleLens.read(request.GET, request.user)
    if not htmx.asked(request):
        return redirect(reverse("forecasts:sheet") + lens.href())
    view = queries.rolled_up(me, lens.chosen, lens.company, lens.now)
    people = shown(view, lens) | {me.pk: me}
    context = {
        "each": [(people[key], told) for key, told in covers(view, lens, me, people.values()).items()],
        "period_name": lens.company.fiscal.name(lens.chosen),
        "reason_sentence": f.reason_sentence,
    }
    return render(request, "forecasts/_covers.html", context)


@signed_in(to="forecasts.submit")
def show(request: PersonRequest) -> HttpResponse:
    """The coverage of somebody on one's own sheet, number by number, each opening to its deals."""
    me, lens = request.user, CycleLens.read(request.GET, request.user)
    view = queries.rolled_up(me, lens.chosen, lens.company, lens.now)
    user = lens.owner or me
    if user.pk not in view.owners:
        raise Http404
    fiscal = lens.company.fiscal
    quarter = fiscal.of(lens.chosen.start, Grain.QUARTER)
    context = {
        "section": "insight",
        "lens": lens,
        "whom": user,
        "quarter": (fiscal.name(quarter), f.period(quarter, fiscal)) if quarter != lens.chosen else None,
        "told": covers(view, lens, me, [user])[user.pk],
        "whose": whose(user),
        "hows": HOW,
        "period": f.period(lens.chosen, fiscal),
        "period_name": fiscal.name(lens.chosen),
        "periods": [
            (f.period(one, fiscal), lens.href(period=name), one == lens.chosen) for name, one in lens.nearby
        ],
        "reason_sentence": f.reason_sentence,
        "tabs": tabs(me),
    }
    return render(request, "forecasts/coverage.html", context)
