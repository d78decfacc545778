"""The market picture: by region, by competitor, and what was said, each leading to the record it stands in."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from loudou.insight.web import handed
from loudou.market.figures.voices import Voice
from loudou.market.lens import MarketLens
from loudou.market.papers import picture_paper
from loudou.market.reports.picture import Picture, market_picture
from loudou.market.views._common import context
from loudou.people.web import PersonRequest, signed_in
from loudou.ui import htmx

SIZE = 50
MOST_RIVALS = 30


@signed_in("GET", to="market.see")
def picture(request: PersonRequest) -> HttpResponse:
    """What competitors, prices and customers were told of in a period."""
    lens = MarketLens.read(request.GET, request.user)
    report = market_picture(lens)
    rows, following = _page(report, request.GET.get("after", ""))
    shown = context("picture", lens=lens, rows=rows, next=following)
    if request.GET.get("after") and htmx.asked(request):
        return render(request, "market/_voices.html", shown)
    shown |= {"report": report, "rivals": report.rivals[:MOST_RIVALS], "periods": lens.period_choices()}
    return render(request, "market/picture.html", shown)


@signed_in("POST", to="market.see")
def picture_file(request: PersonRequest, form: str) -> HttpResponse:
    """The picture as a file; that it was taken out is on record."""
    lens = MarketLens.read(request.GET, request.user)
    paper, count = picture_paper(market_picture(lens), request.user, form=form)
    return handed(request, paper, form, report="market-picture", count=count, asked=lens.asked)


def _page(report: Picture, after: str) -> tuple[list[Voice], str]:
    """A page of what was said, by the place of its last voice; a place that is no place begins anew."""
    start = int(after) if after.isascii() and after.isdigit() and len(after) < 7 else 0
    rows = list(report.chosen[start : start + SIZE])
    return rows, str(start + SIZE) if len(report.chosen) > start + SIZE else ""
