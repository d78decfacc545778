"""Cohorts by month with the map of what stands still, and what covers a target."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from loudou.insight import words
from loudou.insight.figures.heat import COLUMNS, DAYS, ROWS, SIZES
from loudou.insight.figures.through import DAYS as LATER
from loudou.insight.figures.through import NEXT, WON
from loudou.insight.lens import InsightLens
from loudou.insight.queries.heat import MOST, deals_of
from loudou.insight.reports.cohorts import MATURE, cohort_grid, stay_map
from loudou.insight.reports.comparison import BY
from loudou.insight.reports.comparison import comparison as set_beside
from loudou.insight.reports.cumulative import cumulative as add_up
from loudou.insight.reports.quota import DECK, quota_from_funnel
from loudou.insight.reports.slippage import coverage as count_coverage
from loudou.insight.views._looking import bar, look, of_target
from loudou.kernel.numbers import key_of
from loudou.people.web import PersonRequest, signed_in
from loudou.pipeline.models import Deal
from loudou.ui import htmx
from loudou.ui.format import reason_sentence


@signed_in(to="insight.see")
def cumulative(request: PersonRequest) -> HttpResponse:
    """M02 by month of entry, cumulated over the days since, of one stage; part of the funnel's page and of that by month."""
    lens = look(request)
    report = add_up(lens)
    context = bar(request, lens, "cohorts", ())
    context |= {
        "report": report,
        "after": LATER,
        "way": words.way(lens, report.spec),
        "ways": [
            (words.way(lens, spec, goal), {"stage": spec.stage.code, "goal": goal})
            for goal, specs in ((WON, lens.stages[:1]), (NEXT, lens.stages))
            for spec in specs
        ],
        "what": "won" if lens.goal == WON else "passed",
        "month_name": lambda period: words.period(lens, period),
        "dates": words.dates,
        "here": {"funnel": lens.shown_funnel.code, "stage": report.spec.stage.code},
        "reason_sentence": reason_sentence,
    }
    return htmx.page(request, "insight/cumulative.html", "insight/_cumulative.html", context)


@signed_in(to="insight.see")
def cohorts(request: PersonRequest) -> HttpResponse:
    """M02 by month of entry, stage by stage; open deals by days in their stage and amount, a cell opening to its deals."""
    lens = look(request)
    context = bar(request, lens, "cohorts", ())
    context |= {
        "grid": cohort_grid(lens),
        "heat": stay_map(lens).heat,
        "mature": MATURE,
        "month_name": lambda period: words.period(lens, period),
        "dates": words.dates,
        "days": DAYS,
        "sizes": SIZES,
        "rows": range(ROWS),
        "columns": range(COLUMNS),
        "this_funnel": {"funnel": lens.shown_funnel.code},
    }
    return render(request, "insight/cohorts.html", context | _opened(request, lens))


@signed_in(to="insight.see")
def comparison(request: PersonRequest) -> HttpResponse:
    """Units, persons, products, sources or periods side by side: win rate, conversion, days and leakage."""
    lens = look(request)
    report = set_beside(lens)
    context = bar(request, lens, "comparison", BY)
    context |= {
        "report": report,
        "by": report.by,
        "split_by": report.by,
        "by_name": words.BY[report.by],
        "part_name": lambda part: words.part_name(part, lens.company.fiscal),
        "part_change": words.part_change,
        "this_funnel": {"funnel": lens.shown_funnel.code},
        "reason_sentence": reason_sentence,
    }
    return render(request, "insight/comparison.html", context)


@signed_in(to="insight.see")
def coverage(request: PersonRequest) -> HttpResponse:
    """M10: what is open for the period beside what is left to reach, and what it takes by experience."""
    lens = look(request)
    report = count_coverage(lens)
    context = bar(request, lens, "coverage", ())
    context |= {
        "report": report,
        "told": report.coverage,
        "of_period": words.period(lens, report.period),
        "behind_period": {"period": lens.company.fiscal.name(report.period)},
        "reason_sentence": reason_sentence,
    }
    return render(request, "insight/coverage.html", context)


@signed_in(to="insight.see")
def quota(request: PersonRequest) -> HttpResponse:
    """M25: what each person has open zone by zone, and their part of 120 % of the target."""
    lens = look(request)
    report = quota_from_funnel(lens)
    context = bar(request, lens, "quota", ())
    context |= {
        "report": report,
        "deck": lens.zone_rates == DECK,
        "of_target": of_target(lens, report.period),
        "period": words.period(lens, report.period),
        "reason_sentence": reason_sentence,
    }
    return render(request, "insight/quota.html", context)


def _opened(request: PersonRequest, lens: InsightLens) -> dict[str, Any]:
    """The cell that is asked for and its largest deals, as far as the person may see them now."""
    row, column = key_of(request.GET.get("row")), key_of(request.GET.get("column"))
    asked = row is not None or column is not None or request.GET.get("row") == "all"
    if not asked or (row or 0) >= ROWS or (column or 0) >= COLUMNS or lens.known is not None:
        return {"cell": None}
    behind = deals_of(lens.scope, lens.now, lens.shown_funnel.pk, row, column)
    visible = Deal.objects.visible_to(request.user)
    return {"cell": (row, column), "deals": behind.filter(pk__in=visible)[:MOST], "shown": MOST}
