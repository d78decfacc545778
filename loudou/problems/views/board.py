"""What recurs, and on whom results depend (P23): causes with their rules, the key-person risk."""

from __future__ import annotations

from functools import partial

from django.http import HttpResponse
from django.shortcuts import render

from loudou.insight.lens import InsightLens
from loudou.insight.reports.key_person import key_person
from loudou.insight.web import handed
from loudou.people.access import may
from loudou.people.web import PersonRequest, signed_in
from loudou.problems.papers import board_paper
from loudou.problems.reports.recurrence import recurrence
from loudou.problems.views._common import context
from loudou.ui import format as f
from loudou.warnings.reports import prevention

SHOWN = 50


@signed_in("GET", to="problems.see")
def board(request: PersonRequest) -> HttpResponse:
    """The board of a period and a unit."""
    lens = InsightLens.read(request.GET, request.user)
    fiscal = lens.company.fiscal
    risk = key_person(lens)
    # The register shows all there ever was unless it is told the period that the board counts unasked.
    unasked = {} if lens.period is not None else {"period": fiscal.name(lens.or_this_quarter())}
    shown = context(
        "board",
        lens=lens,
        report=recurrence(lens),
        listed=partial(lens.href, **unasked),
        risk=risk,
        prevented=prevention(lens).whole if may(request.user, "warnings.see") else None,
        people=risk.rows[:SHOWN],
        period=f.period(lens.or_this_quarter(), fiscal),
        periods=[
            (f.period(one, fiscal), lens.href(period=name, **{"from": None, "to": None}), one == lens.period)
            for name, one in lens.period_choices()
        ],
        units=[(one.name, lens.href(unit=one.code), one == lens.unit) for one in lens.unit_choices],
    )
    return render(request, "problems/board.html", shown)


@signed_in("POST", to="problems.see")
def board_file(request: PersonRequest, form: str) -> HttpResponse:
    """The board as a file, everybody in it; that it was taken out is on record."""
    lens = InsightLens.read(request.GET, request.user)
    report, risk = recurrence(lens), key_person(lens)
    paper = board_paper(report, risk, request.user)
    return handed(request, paper, form, report="problems", count=report.whole.registered, asked=lens.asked)
