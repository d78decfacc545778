"""What pages, parts and filters are called: what a lens looks at, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from loudou.customers.models import SOURCES
from loudou.insight.asked import ALL_TIME
from loudou.insight.figures.scope import NO_SOURCE
from loudou.insight.figures.through import NEXT
from loudou.insight.lens import InsightLens
from loudou.insight.queries.records import GONE
from loudou.insight.words.numbers import COUNTED, IN_TIME
from loudou.kernel.periods import Fiscal, Period
from loudou.pipeline.models import StageSpec
from loudou.pipeline.words import FLAGS
from loudou.ui import format as f

REPORTS = {
    "funnel": gettext_lazy("Funnel analysis"),
    "comparison": gettext_lazy("Side by side"),
    "win_rate": gettext_lazy("Win rate and cycle"),
    "promotion_table": gettext_lazy("Promotion table"),
    "contact_table": gettext_lazy("Contact table"),
    "forecast_sheet": gettext_lazy("Forecast sheet"),
    "forecast_categories": gettext_lazy("Forecast categories"),
    "stage_probability": gettext_lazy("Success rates"),
    "sales_progress": gettext_lazy("Sales progress"),
    "coverage": gettext_lazy("Coverage"),
    "waterfall": gettext_lazy("Waterfall"),
    "anomalies": gettext_lazy("Anomalies"),
}
# What stands on paper and has no tab of its own.
TITLES = {
    **REPORTS,
    "cohorts": gettext_lazy("Cohorts by month"),
    "bottlenecks": gettext_lazy("Where it narrows and where it leaks"),
    "quota": gettext_lazy("Quota from the funnel"),
}
ICONS = {
    "funnel": "filter",
    "comparison": "layout-columns",
    "win_rate": "trophy",
    "promotion_table": "arrows-transfer-up",
    "contact_table": "phone",
    "forecast_sheet": "report-money",
    "forecast_categories": "stack-2",
    "stage_probability": "percentage",
    "sales_progress": "chart-line",
    "coverage": "chart-bar",
    "waterfall": "chart-histogram",
    "anomalies": "alert-triangle",
}
BY = {
    "company": gettext_lazy("Company"),
    "unit": gettext_lazy("Department"),
    "owner": gettext_lazy("Person"),
    "product": gettext_lazy("Product"),
    "source": gettext_lazy("Source"),
    "competitor": gettext_lazy("Competitor"),
    "period": gettext_lazy("Period"),
    "month": gettext_lazy("Month"),
    "quarter": gettext_lazy("Quarter"),
}


@dataclass(frozen=True)
class Chip:
    """A filter that is on: what it filters, by what, and the address without it."""

    label: str
    value: str
    href: str


def chips(lens: InsightLens) -> Iterator[Chip]:
    """The filters that are on, beside unit, owner, period and funnel, which have their own."""
    if lens.product is not None:
        yield Chip(_("Product"), lens.product.name, lens.without("product"))
    if lens.source:
        yield Chip(_("Source"), source_name(lens.source), lens.without("source"))
    if lens.part is not None:
        yield Chip(str(BY["unit"]), lens.part.name, lens.without("part"))
    if lens.as_of is not None:
        yield Chip(_("As known"), as_of(lens), lens.without("as_of"))
    if lens.kind:
        yield Chip(_("Anomaly"), str(FLAGS[lens.kind]), lens.without("kind"))


def period(lens: InsightLens, value: Period | None = None) -> str:
    """A period in the organisation's fiscal year."""
    shown = value or lens.or_this_quarter()
    if shown == ALL_TIME:
        return _("all time")
    return f.period(shown, lens.company.fiscal)


def as_of(lens: InsightLens) -> str:
    """The instant the figures are of."""
    local = lens.instant.astimezone(lens.company.zone)
    if (local.hour, local.minute) == (0, 0) and lens.as_of is not None:
        return _("end of %(day)s") % {"day": f.day(lens.today, year=True)}
    return f"{f.day(local, year=True)} {local:%H:%M}"


def window(lens: InsightLens) -> str:
    """When the deals of a waterfall are expected."""
    if lens.window is None:
        return _("whenever they are expected")
    return _("expected in %(period)s") % {"period": period(lens, lens.window)}


def rates(lens: InsightLens) -> str:
    """How a waterfall values other currencies."""
    return _("at current rates") if lens.rates == "current" else _("at plan rates")


def part_name(part: Any, fiscal: Fiscal | None = None) -> str:
    """What a part of the whole is called."""
    if isinstance(part.row, Period):
        return f.period(part.row, fiscal)
    if part.row is None:
        return _("none named") if part.key in (None, "") else str(part.key)
    return str(part.row)


def source_name(source: str) -> str:
    """A source, or that there is none."""
    return _("none named") if source == NO_SOURCE else str(SOURCES[source])


def counted(lens: InsightLens) -> str:
    """What the number is called whose deals are shown, with its stage."""
    name = str(COUNTED[lens.what])
    if lens.what == GONE and lens.why is not None:
        why = _("none named") if lens.unexplained else str(lens.reason)
        name = f"{name} · {why}"
    if lens.what in IN_TIME:
        days = ngettext("within %(num)d day", "within %(num)d days", lens.within) % {"num": lens.within}
        name = f"{name} · {days}"
    if lens.rival:
        name = f"{name} · {lens.rival}"
    return f"{lens.stage} · {name}" if lens.stage is not None else name


def way(lens: InsightLens, spec: StageSpec, goal: str = "") -> str:
    """Where a cohort is followed from and to."""
    won = _("Won")
    if (goal or lens.goal) == NEXT:
        after = lens.stages[lens.stages.index(spec) + 1 :] if spec in lens.stages else []
        return f"{spec} → {after[0] if after else won}"
    return _("Created → won") if spec == lens.stages[0] else f"{spec} → {won}"
