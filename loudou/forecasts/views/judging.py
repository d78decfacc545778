"""The page on which a leader judges the deals below, one by one or several at once."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import ngettext

from loudou.forecasts import queries, verbs
from loudou.forecasts.branches import below
from loudou.forecasts.forms import JudgeForm
from loudou.forecasts.lens import CycleLens
from loudou.forecasts.models import Level, Verdict, level_of
from loudou.forecasts.says import with_rates
from loudou.forecasts.views._tabs import tabs
from loudou.forecasts.words import HOW
from loudou.kernel.numbers import key_of
from loudou.people.web import PersonRequest, attempt, signed_in
from loudou.pipeline.models import Deal
from loudou.pipeline.models.funnel import Category
from loudou.ui import format as f
from loudou.ui import htmx
from loudou.ui.paging import keyset

MOST_JUDGED = 200


@signed_in("GET", "POST", to="forecasts.submit")
def judge(request: PersonRequest) -> HttpResponse:
    """The open deals below, each counted in or out of one's own forecast with a reason; ticked ones at once."""
    if level_of(request.user) == Level.REP:
        return redirect("forecasts:sheet")
    lens = CycleLens.read(request.GET, request.user)
    form = JudgeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        deals = Deal.objects.visible_to(request.user).filter(pk__in=_ticked(request))
        said = attempt(
            form,
            lambda: verbs.judge(list(deals), period=lens.chosen, by=request.user, **form.cleaned_data),
        )
        if said is not None:
            told = ngettext("%(n)d deal is judged.", "%(n)d deals are judged.", len(said)) % {"n": len(said)}
            return htmx.done(request, reverse("forecasts:judge") + lens.href(), message=told)
    context = _bench(request, lens) | {"form": form, "ticked": set(_ticked(request))}
    return render(request, "forecasts/judge.html", context, status=422 if form.errors else 200)


def _bench(request: PersonRequest, lens: CycleLens) -> dict[str, Any]:
    """The deals to judge, what they come to, and what others said of them."""
    me, period = request.user, lens.chosen
    deals = queries.to_judge(me, period, lens.company.today)
    if lens.owner is not None:
        deals = deals.filter(owner=lens.owner)
    if lens.verdict:
        deals = deals.filter(verdict=lens.verdict)

    def load(keys: list[int]) -> list[Deal]:
        rows = with_rates(deals.filter(pk__in=keys)).select_related("owner", "customer")
        return list(rows.defer("search", "extra", "note"))

    page = keyset(deals, order=("-base_amount", "-id"), load=load, after=request.GET.get("after", ""))
    return {
        "section": "insight",
        "hows": HOW,
        "lens": lens,
        "page": page,
        "bench": queries.bench(me, period, lens.company, lens.now),
        "others": queries.words_below(page.rows, me, period),
        "verdicts": Verdict.choices,
        "categories": dict(Category.choices),
        "period": f.period(period, lens.company.fiscal),
        "periods": [
            (f.period(one, lens.company.fiscal), lens.href(period=name), one == period)
            for name, one in lens.nearby
        ],
        "people": [(one.name, lens.href(owner=one.username), one == lens.owner) for one in below(me)],
        "tabs": tabs(me),
    }


def _ticked(request: PersonRequest) -> list[int]:
    return [key for raw in request.POST.getlist("deal") if (key := key_of(raw))][:MOST_JUDGED]
