"""What a number of a page opens to: its deals, and the numbers it is made of."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render

from loudou.insight import words
from loudou.insight.lens import InsightLens
from loudou.insight.reports.reckoned import reckoned
from loudou.insight.reports.terms import Opened, Remainder, Together, opened, quotient_of
from loudou.insight.terms import HOW, RATES
from loudou.insight.views._looking import bar, look
from loudou.people.web import PersonRequest, signed_in
from loudou.pipeline.models import Deal
from loudou.pipeline.queries.lists import rows as load_deals
from loudou.pipeline.words import told
from loudou.ui import htmx
from loudou.ui.paging import CAP, keyset


@signed_in(to="insight.see")
def show_records(request: PersonRequest) -> HttpResponse:
    """The deals behind a number, as far as the person may see them now; behind a rate what is divided, too."""
    lens, after = look(request), request.GET.get("after", "")
    if not lens.what:
        raise Http404
    number = opened(lens)
    context: dict[str, Any]
    if isinstance(number, Together) and not number.is_listed:
        context = bar(request, lens, "records", ()) | _made_of(lens, number) | _named(lens)
        context |= {"page": None, "hidden": 0, "is_weighed": False}
        return render(request, "insight/records.html", context)
    behind = number.deals()
    visible = Deal.objects.filter(pk__in=behind.values("pk")).visible_to(request.user)
    page = keyset(
        visible,
        order=("-base_amount", "-id"),
        load=lambda keys: load_deals(keys, lens.now, lens.today),
        after=after,
    )
    context = {"lens": lens, "page": page, "told": told}
    each = number.of_each([row.pk for row in page.rows])
    context |= {"each": each, "weights": number.weights(each), "is_weighed": number.is_weighed}
    if isinstance(number, Remainder):
        context["ends"] = number.changes(list(each))
    if after and htmx.asked(request):
        return render(request, "insight/_records.html", context)
    context |= bar(request, lens, "records", ()) | _made_of(lens, number)
    context |= {"weighted": number.weighted(), **_named(lens)}
    context["hidden"] = behind[: CAP + 1].count() - (page.count or 0)
    return render(request, "insight/records.html", context)


def _named(lens: InsightLens) -> dict[str, str]:
    """What the number is called, and which explanation says how it comes about."""
    return {"name": words.counted(lens), "how": HOW[lens.what]}


def _made_of(lens: InsightLens, number: Opened) -> dict[str, Any]:
    """The number, and those it is added up from or divided by; each names the address of its own deals."""
    found: dict[str, Any] = {"number": number.counted(), "quotient": quotient_of(lens, number), "parts": []}
    found["reckoned"] = [(words.RECKONED[one.name], one) for one in reckoned(lens, number)]
    if found["quotient"] is not None:
        rate = RATES[lens.what]
        found["divided"] = [
            (words.COUNTED[name], amounts, lens.href(what=name))
            for name, amounts in ((rate.top, found["quotient"].top), (rate.bottom, found["number"]))
        ]
    elif isinstance(number, Together):
        found["parts"] = [
            (
                words.period(lens, part.period) if part.period else words.COUNTED[part.what],
                part,
                lens.href(what=part.what, **words.of_period(lens, part.period)),
            )
            for part in number.parts
        ]
    return found
