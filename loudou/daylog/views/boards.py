"""三E看板 and how managers sign: the same figures as the reports."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from loudou.daylog.figures.three_e import last_told
from loudou.daylog.papers import approvals_paper, board_paper
from loudou.daylog.reports.approvals import approvals as approvals_report
from loudou.daylog.reports.three_e import Person, ThreeEReport, three_e
from loudou.daylog.views._common import context
from loudou.insight.lens import InsightLens
from loudou.insight.web import handed, looking_back
from loudou.kernel.periods import Grain, Period
from loudou.people.web import PersonRequest, signed_in

SHOWN = 200


@signed_in("GET", to="daylog.see")
def board(request: PersonRequest) -> HttpResponse:
    """Everyone, every day, everything, together and by person, the weakest first."""
    report = _asked(request)
    lens, people = report.lens, sorted(report.people, key=_weakest)
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
    report = _asked(request)
    paper = board_paper(report, request.user)
    return handed(request, paper, form, report="three-e", count=len(report.people), asked=report.lens.asked)


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


def _asked(request: PersonRequest) -> ThreeEReport:
    """The board of the period asked for, else of the last day that has something to tell.

    Where nobody was on duty then, as before the first log of a house, it is that of today.
    """
    report = three_e(looking_back(request, Grain.DAY, _last_told))
    return report if report.people else three_e(looking_back(request, Grain.DAY))


def _last_told(lens: InsightLens) -> date:
    return last_told(lens.instant, lens.company.calendar.work_calendar(), lens.company.zone)


def _chosen(lens: InsightLens) -> dict[str, Any]:
    """What the filters offer: the last two working days, this and the last week, month, quarter, year."""
    fiscal, today = lens.company.fiscal, lens.today
    calendar = lens.company.calendar.work_calendar()
    last = calendar.latest(today)
    days = (last, calendar.latest(last - timedelta(days=1)))
    periods: list[Period] = [fiscal.of(day, Grain.DAY) for day in days]
    for grain in (Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR):
        now = fiscal.of(today, grain)
        periods += [now, fiscal.previous(now)]
    return {
        "periods": [(fiscal.name(one), one) for one in periods],
        "today": fiscal.of(today, Grain.DAY) if last == today else None,
        "sees_others": len(lens.unit_choices) > 0,
    }


def _weakest(person: Person) -> tuple[Any, ...]:
    score = person.discipline.score.value
    closing = person.three_e.closing.value
    return (1 if score is None else score, 1 if closing is None else closing, person.user.name_key)
