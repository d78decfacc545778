"""Win rate and cycle; forecast categories; success rates, the choice to forecast by what closed deals teach; the progress of a quarter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from loudou.insight import words
from loudou.insight.asked import TIMES
from loudou.insight.charts import categories_chart, closing_chart, cycle_chart, progress_chart
from loudou.insight.figures.categories import CATEGORIES
from loudou.insight.figures.pace import ON_PACE, Week
from loudou.insight.forms import ChooseRatesForm
from loudou.insight.lens import InsightLens
from loudou.insight.reports.calibration import stage_probability as count
from loudou.insight.reports.categories import SUMS, CategoriesReport, CategoryPart
from loudou.insight.reports.categories import forecast_categories as sort_out
from loudou.insight.reports.pace import PaceReport
from loudou.insight.reports.pace import sales_progress as count_progress
from loudou.insight.reports.velocity import win_rate_and_velocity
from loudou.insight.reports.winrate import BY, ClosingPart, WinRateReport
from loudou.insight.verbs import choose_rates as choose
from loudou.insight.views._looking import bar, behind, look, of_target
from loudou.insight.web import ask_for_rates
from loudou.people.web import PersonRequest, signed_in
from loudou.pipeline.models import Funnel
from loudou.ui.charts import Chart
from loudou.ui.format import reason_sentence


@signed_in(to="insight.see")
def forecast_categories(request: PersonRequest) -> HttpResponse:
    """M21: what is won, what is open by category, and what that adds up to beside the target."""
    lens = look(request)
    report = sort_out(lens)
    context = bar(request, lens, "forecast_categories", ("company", "unit", "owner"))
    context |= {
        "report": report,
        "whole": report.whole,
        "sums": [(name, words.ROLL_UPS[name], report.of_target(name)) for name in SUMS],
        "counted": words.COUNTED,
        "categories": CATEGORIES,
        "roll_ups": words.ROLL_UPS,
        "picture": _by_part(lens, report) if report.parts else None,
        "of_period": words.period(lens, report.period),
        "this_period": {"period": lens.company.fiscal.name(report.period)},
        "by_name": words.BY[lens.by or "company"],
        "part_change": words.part_change,
        "part_link": words.part_link,
        "part_name": words.part_name,
    }
    return render(request, "insight/forecast_categories.html", context)


@signed_in(to="insight.see")
def stage_probability(request: PersonRequest) -> HttpResponse:
    """M04: the configured and the calibrated rates of each stage, and how far either lay from what happened."""
    lens = look(request)
    context = bar(request, lens, "stage_probability", ())
    report = count(lens)
    context |= {"report": report, "reason_sentence": reason_sentence}
    context["choices"] = [(one, report.seen(one)) for one in report.choices]
    return render(request, "insight/stage_probability.html", context)


@signed_in(to="insight.see")
def sales_progress(request: PersonRequest) -> HttpResponse:
    """M14: what every week of the quarter brought."""
    lens = look(request)
    report = count_progress(lens)
    context = bar(request, lens, "sales_progress", ())
    context |= {
        "report": report,
        "pace": report.pace,
        "quarter": words.period(lens, report.period),
        "of_target": of_target(lens, report.period),
        "picture": _by_week(lens, report) if report.pace.weeks else None,
        "benchmark": ON_PACE,
        "this_quarter": {"period": lens.company.fiscal.name(report.period), "from": None, "to": None},
        "before_it": report.period.start - timedelta(days=1),
        "reason_sentence": reason_sentence,
    }
    return render(request, "insight/sales_progress.html", context)


def _by_part(lens: InsightLens, report: CategoriesReport) -> Chart:
    """The chart of categories; its table leads to the deals of each part."""

    def of_part(what: str, part: CategoryPart) -> str:
        period = {"period": lens.company.fiscal.name(report.period)}
        return behind(lens, what, **period, **words.part_change(lens.by, part))

    return categories_chart(report, words.part_name, words.COUNTED, of_part)


def _by_week(lens: InsightLens, report: PaceReport) -> Chart:
    """The chart of a quarter's weeks; its table leads to the deals as they were known at the end of each."""

    def of_week(what: str, week: Week) -> str:
        asked = week.last_day.isoformat() if week.is_over else lens.asked.get("as_of")
        period = {"period": lens.company.fiscal.name(report.period), "from": None, "to": None}
        return behind(lens, what, as_of=asked, **period)

    return progress_chart(report.pace, of_week)


@signed_in(to="insight.see")
def win_rate(request: PersonRequest) -> HttpResponse:
    """M05, M07 and M09: how much of what is closed is won, how long it takes, and what that is worth a day."""
    lens = look(request)
    report, speed = win_rate_and_velocity(lens)
    names = [words.part_name(part, lens.company.fiscal) for part in report.parts]
    context = bar(request, lens, "win_rate", BY)
    context |= {
        "report": report,
        "split_by": report.by,
        "by_name": words.BY[report.by],
        "named": list(zip(names, report.parts, strict=True)),
        "change": partial(_of_part, report.by),
        "part_link": words.part_link,
        "speed": speed,
        "of_year": {"funnel": lens.shown_funnel.code, **words.instants(speed.year)},
        "this_funnel": {"funnel": lens.shown_funnel.code},
        "pictures": _of_closes(lens, report, names) if report.parts else (),
        "reason_sentence": reason_sentence,
    }
    return render(request, "insight/win_rate.html", context)


def _of_part(by: str, part: ClosingPart) -> dict[str, str | None]:
    """The parameters that narrow a number to a part: a stretch of time, or whose or what it is of."""
    return words.part_change(by, part, part.row if by in TIMES else None)


def _of_closes(lens: InsightLens, report: WinRateReport, names: Sequence[str]) -> tuple[Chart, Chart]:
    """The charts of closes; their tables lead to the deals of each part."""

    def of_part(what: str, part: ClosingPart) -> str:
        return behind(lens, what, **_of_part(report.by, part))

    return closing_chart(report, names, of_part), cycle_chart(report, names, of_part)


@signed_in("GET", "POST", to="pipeline.set_up")
def choose_rates(request: PersonRequest, pk: int) -> HttpResponse:
    """Let forecasts of a funnel count with calibrated rates, or with the configured ones again."""
    funnel = get_object_or_404(Funnel, pk=pk)
    wanted = {"calibrated": request.GET.get("rates") == "calibrated"}
    form = ChooseRatesForm(request.POST if request.method == "POST" else None, initial=wanted)
    title = (
        _("Forecast with calibrated rates")
        if form["calibrated"].value()
        else _("Forecast with configured rates")
    )
    return ask_for_rates(request, funnel, form, choose, title=title, back="insight:stage_probability")
