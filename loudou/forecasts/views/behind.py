"""What a number of the forecast sheet opens to: its deals, or the numbers people handed in."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from loudou.forecasts.behind import WEIGHTED, Behind, Term, behind
from loudou.forecasts.lens import OF_PEOPLE, BehindLens
from loudou.forecasts.views._tabs import tabs
from loudou.forecasts.words import HOW, NUMBERS, how_of
from loudou.people.web import PersonRequest, signed_in
from loudou.pipeline.models import Deal
from loudou.pipeline.queries.lists import rows as load_deals
from loudou.ui import format as f
from loudou.ui import htmx
from loudou.ui.paging import CAP, keyset


@signed_in(to="forecasts.submit")
def show(request: PersonRequest) -> HttpResponse:
    """What a number of one's own sheet is made of; its deals as far as the person may see them now."""
    lens, after = BehindLens.read(request.GET, request.user), request.GET.get("after", "")
    number = behind(lens, request.user)
    if number is None:
        raise Http404
    context = {"section": "insight", "lens": lens, "number": number, "is_weighed": lens.what == WEIGHTED}
    if lens.what not in OF_PEOPLE:
        deals = number.deals()
        visible = Deal.objects.filter(pk__in=deals.values("pk")).visible_to(request.user)
        page = keyset(
            visible,
            order=("-base_amount", "-id"),
            load=lambda keys: load_deals(keys, lens.now, lens.company.today),
            after=after,
        )
        context |= {"page": page, "each": number.of_each([row.pk for row in page.rows])}
        if after and htmx.asked(request):
            return render(request, "forecasts/_behind_rows.html", context)
        context["hidden"] = deals[: CAP + 1].count() - (page.count or 0)
    context |= {
        "hows": HOW,
        "tabs": tabs(request.user),
        "name": NUMBERS[lens.what],
        "how": how_of(lens.what),
        "period": f.period(lens.chosen, lens.company.fiscal),
        "terms": [(term, _to(number, term)) for term in number.terms],
    }
    return render(request, "forecasts/behind.html", context)


def _to(number: Behind, term: Term) -> str:
    """What a number of somebody opens to in its turn."""
    if term.submission is not None:
        return reverse("forecasts:submission", args=[term.submission.pk])
    asked = {"owner": term.user.username, "what": "base" if term.leads else WEIGHTED}
    asked["period"] = number.lens.company.fiscal.name(number.lens.chosen)
    return f"{reverse('forecasts:behind')}?{urlencode(asked | ({'own': '1'} if term.own else {}))}"
