"""What can be mailed: reports as they stand on paper, and lists, of which only how long they are leaves the house.

Lists name customers and people: their rows are taken out through an export, which may have to be approved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from loudou.customers.lens import CustomerLens
from loudou.fieldwork.lens.activities import ActivityLens
from loudou.fieldwork.lens.visits import VisitLens
from loudou.forecasts.lens import BoardLens
from loudou.forecasts.papers import accuracy_paper
from loudou.forecasts.reports import forecast_accuracy
from loudou.insight import papers, words
from loudou.insight.lens import InsightLens
from loudou.odds.outlooks import period_forecast
from loudou.odds.papers import outlook_paper
from loudou.people.models import User
from loudou.pipeline.lens import DealLens
from loudou.ui.papers import Paper
from loudou.warnings.lens import WarningLens


@dataclass(frozen=True)
class Content:
    """What there is to say: a paper or none, how many rows, and which filters nobody understood."""

    rows: int
    paper: Paper | None = None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Subject:
    """A page that can be mailed: its name, the right it takes, and how its content is found for a person."""

    title: Any
    right: str
    content: Callable[[Mapping[str, str], User, str], Content]  # the last: the form it comes in


def _report(name: str) -> Subject:
    def content(query: Mapping[str, str], user: User, form: str) -> Content:
        lens = InsightLens.read(query, user)
        made = papers.paper(name, lens, user, form=form)
        return Content(made.count, made.paper, lens.problems)

    return Subject(words.TITLES[name], "insight.see", content)


def _board(query: Mapping[str, str], user: User, form: str) -> Content:
    """The accuracy board."""
    lens = BoardLens.read(query, user)
    report = forecast_accuracy(lens)
    count = len(report.records) + len(report.verdicts)
    return Content(count, accuracy_paper(lens, user, report), lens.problems)


def _outlook(query: Mapping[str, str], user: User, form: str) -> Content:
    """The forecast of the period with its interval."""
    lens = InsightLens.read(query, user)
    report = period_forecast(lens)
    return Content(len(report.tried) + 1, outlook_paper(lens, user, report), lens.problems)


def _list(title: Any, right: str, lens_of: Any, rows: str) -> Subject:
    def content(query: Mapping[str, str], user: User, form: str) -> Content:
        lens = lens_of.read(query, user)
        return Content(getattr(lens, rows).order_by().count(), None, lens.problems)

    return Subject(title, right, content)


SUBJECTS: dict[str, Subject] = {
    **{f"insight:{name}": _report(name) for name in papers.MAKERS},
    "forecasts:accuracy": Subject(_("Forecast accuracy"), "forecasts.see", _board),
    "odds:outlook": Subject(_("Period forecast"), "forecasts.see", _outlook),
    "pipeline:list": _list(_("Deals"), "pipeline.see", DealLens, "deals"),
    "customers:list": _list(_("Customers"), "customers.see", CustomerLens, "customers"),
    "fieldwork:list": _list(_("Activities"), "fieldwork.see", ActivityLens, "activities"),
    "fieldwork:visits": _list(_("Visits"), "fieldwork.see", VisitLens, "visits"),
    "warnings:list": _list(_("Early warnings"), "warnings.see", WarningLens, "warnings"),
}
