"""Every report by its name: the same figures for pages, the command line and `/api/v1/reports/NAME`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from loudou.insight.lens import InsightLens
from loudou.insight.misread import misread
from loudou.insight.reports.anomalies import anomalies
from loudou.insight.reports.bottlenecks import bottlenecks
from loudou.insight.reports.calibration import stage_probability
from loudou.insight.reports.categories import forecast_categories
from loudou.insight.reports.cohorts import cohort_grid, stay_map
from loudou.insight.reports.comparison import comparison
from loudou.insight.reports.contacts import contact_table
from loudou.insight.reports.conversion import conversion, stage_time
from loudou.insight.reports.cumulative import cumulative
from loudou.insight.reports.forecast import forecast_sheet
from loudou.insight.reports.funnel import funnel
from loudou.insight.reports.key_person import key_person
from loudou.insight.reports.leakage import leakage
from loudou.insight.reports.pace import sales_progress
from loudou.insight.reports.promotion import AT_ONCE, promotion_table
from loudou.insight.reports.quota import quota_from_funnel
from loudou.insight.reports.slippage import coverage, slippage
from loudou.insight.reports.targets import target_progress
from loudou.insight.reports.velocity import velocity
from loudou.insight.reports.visits import visit_discipline
from loudou.insight.reports.waterfall import waterfall
from loudou.insight.reports.winrate import win_rate
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.people.queries import organisation_read_once

Plain = dict[str, Any]
REPORTS: dict[str, Callable[[InsightLens], Plain]] = {
    "funnel": lambda lens: funnel(lens).plain(),
    "comparison": lambda lens: comparison(lens).plain(),
    "conversion": lambda lens: conversion(lens).plain(),
    "cohort-grid": lambda lens: cohort_grid(lens).plain(),
    "cumulative-conversion": lambda lens: cumulative(lens).plain(),
    "stay-map": lambda lens: stay_map(lens).plain(),
    "stage-time": lambda lens: stage_time(lens).plain(),
    "bottlenecks": lambda lens: bottlenecks(lens).plain(),
    "leakage": lambda lens: leakage(lens).plain(),
    "velocity": lambda lens: velocity(lens).plain(),
    "key-person": lambda lens: key_person(lens).plain(),
    "win-rate": lambda lens: win_rate(lens).plain(),
    "stage-probability": lambda lens: stage_probability(lens).plain(),
    "forecast-sheet": lambda lens: forecast_sheet(lens).plain(),
    "forecast-categories": lambda lens: forecast_categories(lens).plain(),
    "promotion-table": lambda lens: promotion_table(lens).plain(),
    "waterfall": lambda lens: waterfall(lens).plain(),
    "slippage": lambda lens: slippage(lens).plain(),
    "sales-progress": lambda lens: sales_progress(lens).plain(),
    "quota": lambda lens: quota_from_funnel(lens).plain(),
    "coverage": lambda lens: coverage(lens).plain(),
    "contact-table": lambda lens: contact_table(lens).plain(),
    "anomalies": lambda lens: anomalies(lens, whole=True).plain(),
    "visit-discipline": lambda lens: visit_discipline(lens).plain(),
    "target-progress": lambda lens: target_progress(lens).plain(),
}

# Those that have as many lines as there are deals: a page of one, and where to go on, empty at its end.
PAGED: dict[str, Callable[[InsightLens, str], tuple[Plain, str]]] = {
    "anomalies": lambda lens, after: anomalies(lens, after=after, whole=True, size=AT_ONCE).page(),
    "contact-table": lambda lens, after: contact_table(lens, after).page(),
    "promotion-table": lambda lens, after: promotion_table(lens, after).page(),
}


def run(name: str, params: Mapping[str, str], user: User | None) -> Plain:
    """A report as JSON (`contract.md`), of what the person may see; None is the system and sees everything.

    Parameters are the lens' own, with hyphens or underscores. Refused: a report, a parameter or a value that is not
    known; Forbidden without the right to see figures at all.
    """
    require(user, "insight.see")
    report = REPORTS.get(name)
    if report is None:
        raise Refused(
            _("There is no report “{name}”; there are {names}.").format(name=name, names=", ".join(REPORTS)),
            field="name",
        )
    with organisation_read_once():
        return report(read(params, user))


def run_page(name: str, params: Mapping[str, str], user: User | None, after: str) -> tuple[Plain, str]:
    """The same of a report of `PAGED`, with so many lines as a page has, and where the next one begins."""
    require(user, "insight.see")
    with organisation_read_once():
        return PAGED[name](read(params, user), after)


def read(params: Mapping[str, str], user: User | None) -> InsightLens:
    """The lens of a report; what a page would leave out is refused here, by the names that were typed."""
    typed = {key.replace("-", "_"): key for key, value in params.items() if value not in (None, "")}
    asked = {key: params[name] for key, name in typed.items()}
    lens = InsightLens.read(asked, user)
    for key in asked:
        if key not in lens.names():
            raise Refused(_("There is no parameter “{name}”.").format(name=typed[key]), field=key)
    for key in lens.problems:
        raise Refused(misread(key, asked, lens, typed[key]), field=key)
    return lens
