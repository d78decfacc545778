"""What is said of figures on pages and papers: what numbers, filters and parts are called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from loudou.customers.models import SOURCES
from loudou.insight.asked import ALL_TIME, NO_REASON
from loudou.insight.figures.flow import Amounts, Span
from loudou.insight.figures.scope import NO_SOURCE
from loudou.insight.figures.through import NEXT
from loudou.insight.lens import InsightLens
from loudou.insight.queries.records import GONE, LEAK
from loudou.insight.reports.promotion import Names
from loudou.kernel.periods import Fiscal, Period
from loudou.people.queries import organisation
from loudou.pipeline.models import Reason, StageSpec
from loudou.pipeline.models.deal import Outcome
from loudou.pipeline.models.funnel import Category
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
    "out:forward": gettext_lazy("promoted"),
    "out:back": gettext_lazy("stepped back"),
    "out:invalid": gettext_lazy("invalid"),
    "promoted": gettext_lazy("promoted"),
    "gone": gettext_lazy("lost or cancelled"),
    "won_deals": gettext_lazy("won"),
    "lost_deals": gettext_lazy("lost or cancelled"),
    "off_funnel": gettext_lazy("won off the funnel"),
    "due": gettext_lazy("due in the period"),
    "due_beyond": gettext_lazy("due in the period, here or in a later stage"),
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
    "leak_stuck": gettext_lazy("leak in silence: too long in the stage"),
    "leak_idle": gettext_lazy("leak in silence: no next step"),
    "leak_unheard": gettext_lazy("leak in silence: no contact for long"),
    "undated": gettext_lazy("no expected date"),
    "resting": gettext_lazy("on hold"),
    **{one.value: one.label for one in Category},
    "waiting": gettext_lazy("still in the stage"),
    "timed": gettext_lazy("entered the stage for the first time"),
    "decided": gettext_lazy("advanced or lost there"),
    "through_won": gettext_lazy("won in the end"),
    "through_lost": gettext_lazy("lost in the end"),
    "through_open": gettext_lazy("neither won nor lost yet"),
    "through_decided": gettext_lazy("won or lost in the end"),
    "through_rate": gettext_lazy("Conversion to the win"),
    "through_maturity": gettext_lazy("Decided"),
    "through_amount_rate": gettext_lazy("Conversion to the win, by amount"),
    "passed_within": gettext_lazy("beyond the stage in time"),
    "won_within": gettext_lazy("won in time"),
    "passed_share": gettext_lazy("Beyond the stage, of all that reached it"),
    "won_share": gettext_lazy("Won, of all that reached the stage"),
    "been": gettext_lazy("were in the stage"),
    "closed_deals": gettext_lazy("Closed deals"),
    "contested": gettext_lazy("won, or lost to a named competitor"),
    "lost_to_rivals": gettext_lazy("lost to a named competitor"),
    "won_timed": gettext_lazy("won, with a known beginning"),
    "lost_timed": gettext_lazy("lost or cancelled, with a known beginning"),
    "won_quick": gettext_lazy("won within a day of their creation"),
    "lost_quick": gettext_lazy("lost within a day of their creation"),
    "won_cycle": gettext_lazy("Sales cycle"),
    "lost_cycle": gettext_lazy("Cycle of losses"),
    "born": gettext_lazy("created in the period"),
    "born_won": gettext_lazy("created in the period and won"),
    "born_open": gettext_lazy("created in the period and still open"),
    "born_share": gettext_lazy("Won, of all created in the period"),
    "won_mean": gettext_lazy("Mean amount won"),
    "velocity": gettext_lazy("Pipeline velocity"),
    "month_starts": gettext_lazy("standing at the starts of months"),
    "closed_here": gettext_lazy("closed, after they came to the stage"),
    "closed_here_won": gettext_lazy("won, after they came to the stage"),
    "closed_here_lost": gettext_lazy("lost or cancelled, after they came to the stage"),
    "zone_above": gettext_lazy("Above the zones"),
    "zone_upper": gettext_lazy("Upper zone"),
    "zone_middle": gettext_lazy("Middle zone"),
    "zone_lower": gettext_lazy("Lower zone"),
    **dict.fromkeys(("patch", "patch_deck"), gettext_lazy("Weighted funnel")),
    "won_and_due": gettext_lazy("Won so far and weighted"),
    "changed": gettext_lazy("changed meanwhile"),
    "leaked": gettext_lazy("leaked amount"),
    "conversion": gettext_lazy("Conversion"),
    "loss_rate": gettext_lazy("Loss rate"),
    "cohort_rate": gettext_lazy("Conversion of the cohort"),
    "maturity": gettext_lazy("Decided"),
    "cohort_amount_rate": gettext_lazy("Conversion by amount"),
    "skip_rate": gettext_lazy("Share that jumped over the stage"),
    "regression_rate": gettext_lazy("Share that stepped back"),
    "win_rate": pgettext_lazy("M05", "Win rate"),
    "win_amount_rate": gettext_lazy("Win rate by amount"),
    "competitive_rate": gettext_lazy("Competitive win rate"),
    "off_funnel_share": gettext_lazy("Share won off the funnel"),
    "closed_share": gettext_lazy("Share won"),
    "slippage": gettext_lazy("Slippage"),
    "begun_won_share": gettext_lazy("Share won"),
    "begun_lost_share": gettext_lazy("Share lost"),
    "past_yield": gettext_lazy("Yield"),
    "worth": gettext_lazy("Mending is worth"),
    "base_rate": gettext_lazy("Conversion of the cohorts of four quarters before"),
    "base_median": gettext_lazy("Days in the stage, four quarters before"),
}
IN_TIME = ("passed_within", "won_within", "passed_share", "won_share")
# What became of what was open and due when a period began (M11); of several periods together (M10).
_BEGUN = {
    "begun": gettext_lazy("Open and due when they began"),
    "begun_won": gettext_lazy("Won of it, with its amount at the start"),
    "begun_brought": gettext_lazy("Won of it"),
    "begun_lost": gettext_lazy("Lost of it"),
    "begun_slipped": gettext_lazy("Slipped of it"),
}
COUNTED |= _BEGUN | {f"past_{name}": text for name, text in _BEGUN.items()}
# What forecast categories add up to (M21).
ROLL_UPS = {
    "commitment": pgettext_lazy("M21", "Commitment"),
    "optimistic": pgettext_lazy("M21", "Optimistic"),
    "open": pgettext_lazy("M21", "Open"),
}
COUNTED |= ROLL_UPS
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


def of_period(lens: InsightLens, value: Period | None) -> dict[str, str | None]:
    """The parameters that choose a period and what is expected in it; none where there is none."""
    if value is None:
        return {}
    name = lens.company.fiscal.name(value)
    return {"period": name, "window": name, "from": None, "to": None}


def dates(value: Period) -> dict[str, str | None]:
    """The parameters that choose a period whatever it is called."""
    return {"period": None, "from": value.start.isoformat(), "to": value.end.isoformat()}


def instants(span: Span) -> dict[str, str | None]:
    """The parameters that choose a stretch of time to the instant."""
    return {
        "period": None,
        "from": span.since.isoformat() if span.since is not None else None,
        "to": span.until.isoformat() if span.until is not None else None,
    }


def part_change(by: str, part: Any, value: Period | None = None) -> dict[str, str | None]:
    """The parameters that narrow a number of the whole to that of one part."""
    row = part.row
    if value is not None:
        return dates(value)
    if by == "unit":
        return {"part": row.code}
    if by == "owner":
        return {"owner": row.username}
    if by == "product":
        return {"product": row.code}
    if by == "competitor":
        return {"competitor": str(row)}
    return {"source": str(part.key) or NO_SOURCE} if by == "source" else {}


def part_link(lens: InsightLens, by: str, part: Any) -> str:
    """The address of the figures of one part; empty where it has none of its own."""
    row = part.row
    if by == "unit" and row is not None and row != lens.shown_unit:
        return lens.href(unit=row.code)
    if by == "owner" and row is not None:
        return lens.href(owner=row.username, by="company")
    if by == "product" and row is not None:
        return lens.href(product=row.code, by="company")
    if by == "source":
        return lens.href(source=str(part.key) or NO_SOURCE, by="company")
    return ""


def why_lost(told: Sequence[tuple[Reason | None, Amounts]]) -> list[tuple[str, Amounts]]:
    """Reasons by their names; where a lost deal's and a cancelled one's are alike, with the kind."""
    names = Counter(str(reason) for reason, _amounts in told)
    return [(_named(reason, names), amounts) for reason, amounts in told]


def reason_word(reason: Reason | None) -> str:
    """The parameter that asks for what was lost for this reason."""
    return f"{reason.kind}.{reason.code}" if reason is not None else NO_REASON


def in_base(amount: Decimal, *, full: bool = False) -> str:
    """An amount as it is written in the base currency, in which all figures are."""
    return f.money(amount, organisation().base_currency, full=full)


# Why open deals leak in silence, by the number that opens to them.
LEAKS = {
    "leak_stuck": gettext_lazy("too long in the stage"),
    "leak_idle": gettext_lazy("no next step"),
    "leak_unheard": gettext_lazy("no contact for long"),
}


def wins(more: Decimal) -> str:
    """How many wins more; of less than a whole one a tenth would say nothing."""
    return f.number(more, 1 if more >= 1 else 2)


def why_silent(causes: Mapping[str, Amounts]) -> list[tuple[str, str, Amounts]]:
    """What opens to the deals, the cause by its name, and how many leak for it."""
    return [(f"{LEAK}_{cause}", str(LEAKS[f"{LEAK}_{cause}"]), amounts) for cause, amounts in causes.items()]


def _named(reason: Reason | None, names: Mapping[str, int]) -> str:
    if reason is None:
        return _("none named")
    name = str(reason)
    return f"{name} · {reason.get_kind_display()}" if names[name] > 1 else name


def stage_or_outcome(names: Names, stage: int | None, outcome: str) -> str:
    """Where a deal stands: its stage, else how it ended."""
    if stage is not None:
        return str(names.stages[stage])
    return str(Outcome(outcome).label) if outcome else f.DASH


# What the page of the discipline of visits counts, and the rates of two of these.
VISITS = {
    "due": gettext_lazy("plans signed and due"),
    "kept": gettext_lazy("of these, made"),
    "made": gettext_lazy("visits made"),
    "signed_first": gettext_lazy("signed before"),
    "emergencies": gettext_lazy("Emergencies"),
    "unplanned": gettext_lazy("Without a plan"),
    "valid": gettext_lazy("Valid visits"),
    "valid_unplanned": gettext_lazy("valid without a plan signed first"),
    "recorded": gettext_lazy("records that were due"),
    "on_time": gettext_lazy("Records on time"),
    "late": gettext_lazy("records late"),
    "locked": gettext_lazy("Missing records"),
    "owed": gettext_lazy("records still to come"),
    "days": gettext_lazy("working days"),
    "completion": gettext_lazy("Plan completion"),
    "compliance": gettext_lazy("Gate compliance"),
    "emergency_share": gettext_lazy("share of emergencies"),
    "unplanned_share": gettext_lazy("Unplanned share"),
    "punctuality": gettext_lazy("share of records on time"),
    "per_day": gettext_lazy("Visits a working day"),
}
