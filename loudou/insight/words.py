"""What is said of figures on pages and papers: what numbers are called, how they come about, what they leave out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from loudou.customers.models import SOURCES
from loudou.insight.figures.scope import NO_SOURCE
from loudou.insight.lens import ALL_TIME, InsightLens
from loudou.insight.reports.funnel import Part
from loudou.kernel.periods import Period
from loudou.pipeline.words import FLAGS
from loudou.ui import format as f

REPORTS = {
    "funnel": gettext_lazy("Funnel analysis"),
    "promotion_table": gettext_lazy("Promotion table"),
    "contact_table": gettext_lazy("Contact table"),
    "forecast_sheet": gettext_lazy("Forecast sheet"),
    "stage_probability": gettext_lazy("Success rates"),
    "sales_progress": gettext_lazy("Sales progress"),
    "coverage": gettext_lazy("Coverage"),
    "waterfall": gettext_lazy("Waterfall"),
    "anomalies": gettext_lazy("Anomalies"),
}
ICONS = {
    "funnel": "filter",
    "promotion_table": "arrows-transfer-up",
    "contact_table": "phone",
    "forecast_sheet": "report-money",
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
    "period": gettext_lazy("Period"),
}
# What a number counts; the names of M03 are those of the trade.
COUNTED = {
    "count": pgettext_lazy("M01", "standing"),
    "start": gettext_lazy("at the start"),
    "inflow": pgettext_lazy("M03", "in"),
    "backflow_in": pgettext_lazy("M03", "back in"),
    "outflow": pgettext_lazy("M03", "out"),
    "lost": pgettext_lazy("M03", "lost"),
    "backflow_out": pgettext_lazy("M03", "back out"),
    "stay": pgettext_lazy("M03", "stay"),
    "in:first": gettext_lazy("new"),
    "in:forward": gettext_lazy("promoted"),
    "in:skip": gettext_lazy("promoted over a stage"),
    "in:back": gettext_lazy("stepped back"),
    "in:reopen": gettext_lazy("reopened"),
    "out:won": gettext_lazy("won"),
    "out:lost": pgettext_lazy("M03", "lost"),
    "out:cancelled": gettext_lazy("cancelled by the customer"),
    "promoted": gettext_lazy("promoted"),
    "gone": gettext_lazy("lost or cancelled"),
    "won_deals": gettext_lazy("won"),
    "lost_deals": gettext_lazy("lost or cancelled"),
    "off_funnel": gettext_lazy("won off the funnel"),
    "due": gettext_lazy("due in the period"),
    "overdue": gettext_lazy("past the expected date"),
    "outside": gettext_lazy("expected at another time"),
    "cohort": gettext_lazy("reached the stage"),
    "advanced": gettext_lazy("advanced"),
    "exited": gettext_lazy("lost there"),
    "in_flight": gettext_lazy("in flight"),
    "jumped": gettext_lazy("jumped over the stage"),
    "regressed": gettext_lazy("stepped back out of the stage"),
    "left_stage": gettext_lazy("left the stage"),
    "leak": gettext_lazy("leak in silence"),
    "undated": gettext_lazy("no expected date"),
    "resting": gettext_lazy("on hold"),
}
# The doors of a waterfall, by which deals come in and go out.
BUCKETS = {
    "start": pgettext_lazy("M13", "Start"),
    "new": pgettext_lazy("M13", "New"),
    "reopened": pgettext_lazy("M13", "Reopened"),
    "moved_in": pgettext_lazy("M13", "Moved in"),
    "transfer_in": pgettext_lazy("M13", "Handed over to here"),
    "increase": pgettext_lazy("M13", "Increase"),
    "fx": pgettext_lazy("M13", "Rates"),
    "won": pgettext_lazy("M13", "Won"),
    "lost": pgettext_lazy("M13", "Lost"),
    "moved_out": pgettext_lazy("M13", "Moved out"),
    "transfer_out": pgettext_lazy("M13", "Handed over to others"),
    "decrease": pgettext_lazy("M13", "Decrease"),
    "end": pgettext_lazy("M13", "End"),
}
EVENTS = {
    "opened": gettext_lazy("opened"),
    "up": gettext_lazy("promoted"),
    "skip": gettext_lazy("promoted over a stage"),
    "down": gettext_lazy("stepped back"),
    "reopen": gettext_lazy("reopened"),
    "won": gettext_lazy("won"),
    "lost": pgettext_lazy("M03", "lost"),
    "cancelled": gettext_lazy("cancelled by the customer"),
    "invalid": gettext_lazy("invalid"),
}


CONTACT_STATES = {
    "fresh": gettext_lazy("in contact"),
    "due": gettext_lazy("contact due"),
    "silent": gettext_lazy("silent"),
    "never": gettext_lazy("never contacted"),
}


# The "?" beside a figure: its formula, what goes into it, what it leaves out.
EXPLAINED = {
    "stock": (
        gettext_lazy("Stock (M01)"),
        gettext_lazy(
            "Deals that stand on the funnel, open or on hold, with their amount without VAT in the base currency at"
            " the plan rate. Weighted: amount × success rate, the deal's own where one was approved, else its"
            " stage's. Won, lost and invalid deals are left out."
        ),
    ),
    "flow": (
        gettext_lazy("Flow (M03)"),
        gettext_lazy(
            "A deal counts once a stage: its first arrival in the period and its last departure. Winning flows out, a"
            " reopening flows in; losses and steps back are told apart. What happened counts for whom it happened"
            " to. Deals on hold stand in their stage; invalid ones are left out."
        ),
    ),
    "identity": (
        gettext_lazy("Stock identity"),
        gettext_lazy(
            "At the start + in + back in = stay + out + lost + back out, for every stage. In a part of the company"
            " the deals handed over by others and to others close it."
        ),
    ),
    "conversion": (
        gettext_lazy("Conversion (M03)"),
        gettext_lazy(
            "Out ÷ in, and lost ÷ in, within the period. Old stock that flows out can take it beyond 100 %. The"
            " cohort conversion (M02) is another figure and is never mixed with it."
        ),
    ),
    "cohort": (
        gettext_lazy("Cohort conversion (M02)"),
        gettext_lazy(
            "Deals that first reached the stage in the period, or jumped over it. Advanced: ever beyond it, a win"
            " is beyond all; lost there: closed without having been beyond. Conversion = advanced ÷ (advanced +"
            " lost); what it can still become is told by its bounds, how sure it is by Wilson's interval (95%)."
            " Decided below 80%, a cohort is not ripe. Reopened losses are in flight again. Invalid deals are left"
            " out."
        ),
    ),
    "times": (
        gettext_lazy("Stage times (M06, M08)"),
        gettext_lazy(
            "Days over all stays of deals that first entered the stage in the period, without holds and the time they"
            " were closed. Median and P75 are Kaplan and Meier's: deals that still stand there count as so long at"
            " least. To the next stage: from the first entry to that of the next one, of the last stage to the win."
        ),
    ),
    "bottlenecks": (
        gettext_lazy("Bottleneck (M15)"),
        gettext_lazy(
            "Score = conversion ÷ its mean of the four quarters before × their mean of median days ÷ the median. The"
            " lowest score is the bottleneck, among stages with ten decided deals. Worth = deals in flight × what the"
            " conversion lacks × the chance to win from there × the mean amount won in twelve months."
        ),
    ),
    "leakage": (
        gettext_lazy("Leakage (M12)"),
        gettext_lazy(
            "Lost ÷ entered in the period. A silent leak is an open deal without a next step, or longer in its stage"
            " than one and a half times P75. Deals on hold leak nothing."
        ),
    ),
    "changed": (
        gettext_lazy("Changed meanwhile"),
        gettext_lazy(
            "Amounts that changed while deals stood in the stage, and what was handed over: it closes the identity"
            " in money."
        ),
    ),
    "by_product": (
        gettext_lazy("By product"),
        gettext_lazy(
            "A deal with several products counts in each of them: the lines may sum to more than the whole."
        ),
    ),
    "promotion": (
        gettext_lazy("Promotion table (F17)"),
        gettext_lazy(
            "Deals that stood on the funnel some time during the period, one a line. ↑ promoted, ⇈ promoted over a"
            " stage, ↓ stepped back, ⟲ reopened. What happened counts for whom it happened to; a deal is listed"
            " with who had it at the end of the period. Days in the stage are without time on hold. Invalid deals"
            " are left out."
        ),
    ),
    "contacts": (
        gettext_lazy("Contact table (P03)"),
        gettext_lazy(
            "The deals of the promotion table with what was done about them. A contact is a call, a message, a meeting"
            " or a valid visit: with a person of the customer and a result or a next step (M40); several visits of one"
            " person to one customer on one day count once. A live deal shall hear of us every 7 days; beyond 14 days"
            " it is silent."
        ),
    ),
    "effort": (
        gettext_lazy("Visits a deal won takes (M42)"),
        gettext_lazy(
            "Visits that count in the twelve months up to the day of the figures ÷ deals won in them; visits to"
            " customers that were lost are effort too. Beside it the visits a won deal had on average."
        ),
    ),
    "sheet": (
        gettext_lazy("Forecast sheet (F16, M20)"),
        gettext_lazy(
            "Expected order amount × success rate; the sums of the stages make the total. Counted are open deals that"
            " are due in the period and not past their expected date. The success rate is the deal's own where one"
            " was approved, else its stage's. Lines kept in the ERP, deals on hold, won and invalid ones are left"
            " out. Every sum is rounded once."
        ),
    ),
    "waterfall": (
        gettext_lazy("Waterfall (M13)"),
        gettext_lazy(
            "Start + new + reopened + moved in + handed over to here + increase + rates = end + won + lost + moved out"
            " + handed over to others + decrease. Both ends are as they were known then. Handing over goes before a"
            " close, a close before a moved date, that before the amount; what was undone in between is not seen."
            " Deals on hold stand; cancelled and invalid ones are lost."
        ),
    ),
    "grid": (
        gettext_lazy("Cohorts by month (M02)"),
        gettext_lazy(
            "Each row is the deals that reached a stage for the first time, or passed it by, in that month. The rate is"
            " advanced ÷ (advanced + lost there); who is still on the way is left out, and where that is more than a"
            " fifth the month is pale: it says little yet."
        ),
    ),
    "heat": (
        gettext_lazy("Open deals by days in their stage and amount"),
        gettext_lazy(
            "Every open deal of the funnel once, by the days it has stood in its stage, without time on hold, and by its"
            " amount. The darker a cell, the more money stands in it."
        ),
    ),
    "coverage": (
        gettext_lazy("Coverage (M10)"),
        gettext_lazy(
            "Open deals due in the period and not past their date ÷ (target − won). Required is 1 ÷ the yield of the"
            " four periods before: what was won in them ÷ what was open and due in them when they began; without"
            " history it is three. Once the target is met there is no ratio."
        ),
    ),
    "slippage": (
        gettext_lazy("Slippage (M11)"),
        gettext_lazy(
            "Of the amount that was expected in the period when it began, the share that was neither won nor lost by"
            " its end: put off or still open. Deals count with their amounts at the start, whoever has them since."
        ),
    ),
    "anomalies": (
        gettext_lazy("Anomalies (M16)"),
        gettext_lazy(
            "Live deals over their stage's limit, past the expected date, without a next step or evidence, with a"
            " date pushed twice or more, an amount changed by more than half, stepped back or let over a gate; and"
            " wins younger than 7 days or first seen at the last stage. Invalid deals are left out."
        ),
    ),
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


def part_name(part: Part) -> str:
    """What a part of the whole is called."""
    if part.row is None:
        return _("none named") if part.key in (None, "") else str(part.key)
    return str(part.row)


def source_name(source: str) -> str:
    """A source, or that there is none."""
    return _("none named") if source == NO_SOURCE else str(SOURCES[source])


def counted(lens: InsightLens) -> str:
    """What the number is called whose deals are shown, with its stage."""
    name = str(COUNTED[lens.what])
    return f"{lens.stage} · {name}" if lens.stage is not None else name


def dates(value: Period) -> dict[str, str | None]:
    """The parameters that choose a period whatever it is called."""
    return {"period": None, "from": value.start.isoformat(), "to": value.end.isoformat()}


def part_change(by: str, part: Part, value: Period | None = None) -> dict[str, str | None]:
    """The parameters that narrow a number of the whole to that of one part."""
    row: Any = part.row
    if value is not None:
        return dates(value)
    if by == "unit":
        return {"part": row.code}
    if by == "owner":
        return {"owner": row.username}
    if by == "product":
        return {"product": row.code}
    return {"source": str(part.key) or NO_SOURCE} if by == "source" else {}


def part_link(lens: InsightLens, by: str, part: Part) -> str:
    """The address of the figures of one part; empty where it has none of its own."""
    row: Any = part.row
    if by == "unit" and row is not None and row != lens.shown_unit:
        return lens.href(unit=row.code)
    if by == "owner" and row is not None:
        return lens.href(owner=row.username, by="company")
    if by == "product" and row is not None:
        return lens.href(product=row.code, by="company")
    if by == "source":
        return lens.href(source=str(part.key) or NO_SOURCE, by="company")
    return ""
