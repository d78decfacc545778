"""Reports on paper: what stands on each, in raw values (`ui.papers` writes them out)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

from django.utils.translation import gettext as _

from loudou.insight import words
from loudou.insight.figures.categories import CATEGORIES, COLUMNS
from loudou.insight.figures.times import Lasted, Times
from loudou.insight.figures.waterfall import BUCKETS
from loudou.insight.lens import InsightLens
from loudou.insight.papers._deals import contacted, promoted
from loudou.insight.papers._parts import Parts
from loudou.insight.papers._rates import beside, closed, covered, progressed, taught
from loudou.insight.papers._shapes import by_month, narrowing, quotas
from loudou.insight.papers._sheet import by_stage
from loudou.insight.queries.anomalies import Odd
from loudou.insight.reports.anomalies import every_odd
from loudou.insight.reports.categories import forecast_categories
from loudou.insight.reports.conversion import ConversionLine, conversion, stage_time
from loudou.insight.reports.funnel import StageLine, funnel
from loudou.insight.reports.promotion import HELPING, Names, names_for
from loudou.insight.reports.waterfall import waterfall
from loudou.people.models import User
from loudou.pipeline.figures.flags import Flag
from loudou.pipeline.words import FLAGS, advice, told
from loudou.ui import format as f
from loudou.ui.papers import MOST_IN_WORKBOOK, MOST_ON_PAPER, Column, Group, Paper, Table, Value, made_at


@dataclass(frozen=True)
class Made:
    """A paper, and how many rows it takes out."""

    paper: Paper
    count: int


def paper(report: str, lens: InsightLens, by: User, *, form: str) -> Made:
    """The paper of a report, for a PDF (`pdf`) or a workbook (`xlsx`)."""
    most = MOST_ON_PAPER if form == "pdf" else MOST_IN_WORKBOOK
    tables, count, notes, signatures = MAKERS[report](lens, most)
    if count > most:
        notes = [*notes, _("The first %(n)s of %(m)s lines.") % {"n": f.number(most), "m": f.number(count)}]
    whom = lens.owner.name if lens.owner else lens.shown_unit.name if lens.shown_unit else _("all")
    facts = [
        (_("Of"), by.name if lens.scope.owner == by.pk else whom),
        (_("Period"), words.period(lens)),
        (_("As of"), words.as_of(lens)),
        (_("Funnel"), str(lens.shown_funnel)),
        *((chip.label, chip.value) for chip in words.chips(lens)),
    ]
    made = Paper(
        title=str(words.TITLES[report]),
        author=by.name,
        made=made_at(lens.now, lens.company.zone),
        tables=tables,
        facts=facts,
        notes=notes,
        signatures=signatures,
        currency=lens.company.base_currency,
        name=f"{report.replace('_', '-')}-{lens.today.isoformat()}",
    )
    return Made(made, min(count, most))


def _funnel(lens: InsightLens, most: int) -> Parts:
    if lens.view == "cohort":
        return _cohort(lens)
    report = funnel(lens)
    columns = [
        Column(_("Stage")),
        Column(_("Deals"), "number"),
        Column(_("Amount"), "money"),
        Column(_("Weighted"), "money"),
        *(Column(str(words.COUNTED[name]), "number") for name in _FLOW),
        Column(_("Conversion"), "percent"),
        Column(_("Loss rate"), "percent"),
    ]
    rows = [_staged(line) for line in report.lines]
    return [Table(columns, [Group(rows)])], len(rows), [], ()


def _cohort(lens: InsightLens) -> Parts:
    report, times = conversion(lens), {line.spec.pk: line.times for line in stage_time(lens).lines}
    columns = [
        Column(_("Stage")),
        *(
            Column(str(words.COUNTED[name]), "number")
            for name in ("cohort", "advanced", "exited", "in_flight")
        ),
        Column(_("Conversion"), "percent"),
        Column(_("At least"), "percent"),
        Column(_("At most"), "percent"),
        Column(_("Decided"), "percent"),
        Column(_("Median"), "days"),
        Column(_("P75"), "days"),
        Column(_("Mean"), "days"),
        Column(_("To the next stage"), "days"),
    ]
    rows = [_became(line, times.get(line.spec.pk, Times())) for line in report.lines]
    total: Sequence[Value] = ()
    notes = []
    if report.whole is not None:
        whole = ConversionLine(report.whole.spec, report.whole.conversion)
        total = (_("Created → won"), *_became(whole, Times())[1:])
        won, currency = report.whole.won, lens.company.base_currency
        said = f.money(won.amount, currency, full=True)
        notes = [
            _("Won in the period: %(n)s deals, %(amount)s.") % {"n": f.number(won.count), "amount": said}
        ]
    return [Table(columns, [Group(rows)], total=total)], len(rows), notes, ()


def _became(line: ConversionLine, times: Times | Lasted) -> Sequence[Value]:
    one = line.conversion
    rates: list[Value] = [ratio.value for ratio in (one.rate, one.low, one.high, one.maturity)]
    days: list[Value] = [ratio.value for ratio in (times.median, times.p75, times.mean, times.first_to_next)]
    return (str(line.spec), one.cohort, one.advanced, one.exited, one.inflight, *rates, *days)


_FLOW = ("start", "inflow", "backflow_in", "outflow", "lost", "backflow_out", "stay")


def _staged(line: StageLine) -> Sequence[Value]:
    flow = line.flow
    counts: list[Value] = [getattr(flow, name).count for name in _FLOW]
    rates: list[Decimal | None] = [flow.conversion.value, flow.loss.value]
    return (str(line.spec), line.count, line.amount, line.weighted, *counts, *rates)


def _anomalies(lens: InsightLens, most: int) -> Parts:
    columns = [
        Column(_("Anomaly")),
        Column(_("Deal"), wide=3),
        Column(_("Customer"), wide=2),
        Column(_("Owner")),
        Column(_("Stage")),
        Column(_("Amount"), "money"),
        Column(_("Why"), wide=3),
        Column(_("What to do"), wide=4),
    ]
    lines: list[Sequence[Value]] = []
    count, rest = 0, every_odd(lens)
    while some := list(islice(rest, HELPING)):
        names = names_for(lens, [odd.deal for odd in some])
        for odd in some:
            lines += (_anomaly(odd, flag, names) for flag in odd.flags[: max(most - count, 0)])
            count += len(odd.flags)
    return [Table(columns, [Group(lines)])], count, [], ()


def _anomaly(odd: Odd, flag: Flag, names: Names) -> Sequence[Value]:
    return (
        str(FLAGS[flag.code]),
        odd.deal.title,
        odd.deal.customer_name,
        odd.owner.name,
        str(names.stages[odd.stage]),
        odd.amount,
        told(flag),
        advice(flag),
    )


def _waterfall(lens: InsightLens, most: int) -> Parts:
    """The sums, and below them the deals of every change; who only stood there is in the list of deals."""
    report = waterfall(lens)
    told = report.told.waterfall
    sums = Table(
        [Column(_("Movement"), wide=2), Column(_("Deals"), "number"), Column(_("Amount"), "money")],
        [Group([(str(words.BUCKETS[name]), told[name].count, told[name].amount) for name in BUCKETS])],
    )
    groups, left = [], most - len(BUCKETS)
    for name in BUCKETS[1:-1]:
        rows: list[Sequence[Value]] = [
            (
                way.deal.title,
                way.deal.customer_name,
                way.deal.owner.name,
                way.before.expected_on if way.before else None,
                way.after.expected_on if way.after else None,
                way.brought(name),
            )
            for way in report.behind(name, most=max(left, 0))
        ]
        left -= len(rows)
        if rows:
            groups.append(Group(rows, str(words.BUCKETS[name])))
    columns = [
        Column(_("Deal"), wide=3),
        Column(_("Customer"), wide=2),
        Column(_("Owner")),
        Column(_("Expected before"), "day"),
        Column(_("Expected after"), "day"),
        Column(_("Amount"), "money"),
    ]
    notes = [words.window(lens), words.rates(lens)]
    count = len(BUCKETS) + sum(told[name].count for name in BUCKETS[1:-1])
    return [sums, Table(columns, groups, by=_("Movement"))] if groups else [sums], count, notes, ()


def _categories(lens: InsightLens, most: int) -> Parts:
    """The parts that are asked for, and the whole below them."""
    report = forecast_categories(lens)
    names = [*COLUMNS, *words.ROLL_UPS]
    columns = [
        Column(str(words.BY[lens.by or "company"]), wide=2),
        Column(_("Won"), "money"),
        *(Column(str(words.COUNTED[name]), "money") for name in CATEGORIES),
        *(Column(str(label), "money") for label in words.ROLL_UPS.values()),
    ]
    rows: list[Sequence[Value]] = [
        (words.part_name(part), *(getattr(part.told, name).amount for name in names)) for part in report.parts
    ]
    total = (_("Total"), *(getattr(report.whole, name).amount for name in names))
    notes = []
    if report.target is not None:
        told = f.money(report.target, lens.company.base_currency, full=True)
        notes = [_("Target: %(amount)s") % {"amount": told}]
    return [Table(columns, [Group(rows[:most])], total=total)], len(rows), notes, ()


MAKERS: dict[str, Callable[[InsightLens, int], Parts]] = {
    "forecast_sheet": by_stage,
    "forecast_categories": _categories,
    "promotion_table": promoted,
    "contact_table": contacted,
    "funnel": _funnel,
    "anomalies": _anomalies,
    "waterfall": _waterfall,
    "comparison": beside,
    "win_rate": closed,
    "coverage": covered,
    "sales_progress": progressed,
    "stage_probability": taught,
    "cohorts": by_month,
    "bottlenecks": narrowing,
    "quota": quotas,
}
