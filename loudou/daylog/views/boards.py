"""三E看板 and how managers sign: the same figures as the reports."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from loudou.daylog.papers import approvals_paper, board_paper
from loudou.daylog.reports.approvals import approvals as approvals_report
from loudou.daylog.reports.three_e import Person, three_e
from loudou.daylog.views._common import context
from loudou.insight.lens import InsightLens
from loudou.insight.web import handed, looking_back
from loudou.kernel.periods import Grain, Period
from loudou.people.web import PersonRequest, signed_in

SHOWN = 200


@signed_in("GET", to="daylog.see")
def board(request: PersonRequest) -> HttpResponse:
    """Everyone, every day, everything: of the last working day unless said, together and by person, the weakest first."""
    lens = looking_back(request, Grain.DAY)
    report = three_e(lens)
    people = sorted(report.people, key=_weakest)
    shown = context(
        "board",
        lens=lens,
        report=report,
        total=report.total,
        logs=report.discipline,
        people=people[:SHOWN],
        **_chosen(lens),
    )
    return render(request, "daylog/board.html", shown)


@signed_in("POST", to="daylog.see")
def board_file(request: PersonRequest, form: str) -> HttpResponse:
    """The board as a file, everybody on it; that it was taken out is on record."""
    lens = looking_back(request, Grain.DAY)
    report = three_e(lens)
    paper = board_paper(report, request.user)
    return handed(request, paper, form, report="three-e", count=len(report.people), asked=lens.asked)


@signed_in("GET", to="daylog.see_approvals")
def approvals(request: PersonRequest) -> HttpResponse:
    """How managers sign: in time, with substance, after reading; the weakest first."""
    lens = looking_back(request, Grain.MONTH)
    report = approvals_report(lens)
    rows = sorted(report.rows, key=lambda row: (row[1].score.value is None, row[1].score.value or 0))
    shown = context("approvals", lens=lens, report=report, rows=rows[:SHOWN], **_chosen(lens))
    return render(request, "daylog/approvals.html", shown)


@signed_in("POST", to="daylog.see_approvals")
def approvals_file(request: PersonRequest, form: str) -> HttpResponse:
    """How managers sign as a file, everybody in it; that it was taken out is on record."""
    lens = looking_back(request, Grain.MONTH)
    report = approvals_report(lens)
    paper = approvals_paper(report, request.user)
    return handed(request, paper, form, report="approvals", count=len(report.rows), asked=lens.asked)


def _chosen(lens: InsightLens) -> dict[str, Any]:
    """What the filters offer: the last days, this and the last week, month, quarter."""
    fiscal, today = lens.company.fiscal, lens.today
    periods: list[Period] = []
    for grain in (Grain.DAY, Grain.WEEK, Grain.MONTH, Grain.QUARTER):
        now = fiscal.of(today, grain)
        periods += [now, fiscal.previous(now)]
    return {
        "periods": [(fiscal.name(one), one) for one in periods],
        "sees_others": len(lens.unit_choices) > 0,
    }


def _weakest(person: Person) -> tuple[Any, ...]:
    score = person.discipline.score.value
    closing = person.three_e.closing.value
    return (1 if score is None else score, 1 if closing is None else closing, person.user.name_key)
