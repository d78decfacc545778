"""Papers of rates: parts side by side, win rate and cycle, coverage, the progress of a quarter, success rates."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from loudou.insight import words
from loudou.insight.figures.conversion import Conversion
from loudou.insight.figures.cycle import Closing
from loudou.insight.figures.times import Times
from loudou.insight.figures.velocity import Velocity
from loudou.insight.lens import InsightLens
from loudou.insight.papers._parts import Parts
from loudou.insight.reports.calibration import stage_probability
from loudou.insight.reports.comparison import Compared, Leaked, comparison
from loudou.insight.reports.pace import sales_progress
from loudou.insight.reports.slippage import coverage
from loudou.insight.reports.velocity import win_rate_and_velocity
from loudou.pipeline.models import StageSpec
from loudou.ui.papers import Column, Group, Table, Value


def beside(lens: InsightLens, most: int) -> Parts:
    """A line a part, and the whole below them: win rate, then conversion, days and leakage of every stage."""
    report = comparison(lens)
    columns = [
        Column(str(words.BY[report.by]), wide=2),
        Column(_("Won"), "number"),
        Column(pgettext("M05", "Lost"), "number"),
        Column(pgettext("M05", "Win rate"), "percent"),
        *(
            Column(f"{spec} {name}", kind)
            for spec in report.specs
            for name, kind in (
                (_("Conversion"), "percent"),
                ("n", "number"),
                (_("Median"), "days"),
                (_("Leakage"), "percent"),
            )
        ),
    ]
    fiscal = lens.company.fiscal
    rows = [_compared(words.part_name(part, fiscal), part, report.specs) for part in report.parts]
    total = _compared(_("Total"), report.whole, report.specs)
    return [Table(columns, [Group(rows[:most])], total=total)], len(rows), [], ()


def _compared(name: str, part: Compared, specs: Sequence[StageSpec]) -> Sequence[Value]:
    told: list[Value] = [name, part.closes.won, part.closes.lost, part.closes.rate.value]
    for spec in specs:
        cohort = part.stages.get(spec.stage_id, Conversion())
        times, leak = part.times.get(spec.stage_id, Times()), part.leaks.get(spec.stage_id, Leaked())
        told += [cohort.rate.value, cohort.decided, times.median.value, leak.rate.value]
    return told


def closed(lens: InsightLens, most: int) -> Parts:
    """Win rate and cycle (M05, M07): a line a part, below them the chosen period; then the velocity (M09)."""
    report, speed = win_rate_and_velocity(lens)
    columns = [
        Column(str(words.BY[report.by]), wide=2),
        Column(_("Won"), "number"),
        Column(pgettext("M05", "Lost"), "number"),
        Column(pgettext("M05", "Win rate"), "percent"),
        Column(_("Win rate by amount"), "percent"),
        Column(_("Competitive win rate"), "percent"),
        Column(_("Created: at least"), "percent"),
        Column(_("Created: at most"), "percent"),
        *(
            Column(f"{kind} · {name}", how)
            for kind in (_("Won"), pgettext("M05", "Lost"))
            for name, how in (
                (_("Mean days"), "days"),
                (_("Median days"), "days"),
                ("n", "number"),
                (_("Within a day"), "number"),
            )
        ),
    ]
    fiscal = lens.company.fiscal
    rows = [_closing(words.part_name(part, fiscal), part.closing) for part in report.parts]
    total = _closing(words.period(lens), report.whole)
    parts = _speed(speed.velocity)
    tables = [
        Table(columns, [Group(rows[:most])], total=total),
        Table([Column("", wide=2), Column(_("Value"), "figure")], [Group(parts)], _("Pipeline velocity")),
    ]
    return tables, len(rows) + len(parts), [], ()


def _speed(told: Velocity) -> Sequence[Sequence[Value]]:
    """The velocity (M09) with the four it is made of."""
    rate, name = told.closes.rate.value, pgettext("M05", "Win rate")
    return [
        (_("Deals standing"), told.open.value),
        (f"{name} %", rate * 100 if rate is not None else None),
        (_("Mean amount won"), told.won_amount_mean.value),
        (_("Mean days"), told.closes.cycle_mean_days.value),
        (_("Pipeline velocity"), told.value.value),
    ]


def _closing(name: str, one: Closing) -> Sequence[Value]:
    rate = one.rate
    rates = (rate.rate, rate.amount_rate, one.competitive, rate.cohort_low, rate.cohort_high)
    told: list[Value] = [name, rate.won, rate.lost, *(each.value for each in rates)]
    for cycle in (one.won, one.lost):
        told += [cycle.mean_days.value, cycle.median_days.value, cycle.count, cycle.quick]
    return told


def covered(lens: InsightLens, most: int) -> Parts:
    """Coverage: what the page shows, number by number."""
    report = coverage(lens)
    told, past = report.coverage, report.coverage.past
    amounts: list[Sequence[Value]] = [
        (_("Target"), told.target),
        (_("Won"), told.won),
        (_("left to reach"), told.remaining.value),
        (_("Open and due"), told.open.amount),
        (_("What the open deals bring by experience"), told.expected.value),
        (_("Left out: past the expected date"), report.overdue.amount),
    ]
    former: list[Sequence[Value]] = [
        (_("Open and due when they began"), past.start.amount),
        (_("Won of it"), past.won),
        (_("Lost of it"), past.lost.amount),
        (_("Slipped of it"), past.slipped.amount),
    ]
    ratios: list[Sequence[Value]] = [
        (_("Coverage"), told.ratio.value),
        (_("required"), told.required),
        (_("Yield"), past.returned.value),
    ]
    name = Column("", wide=2)
    tables = [
        Table([name, Column(_("Amount"), "money")], [Group(amounts)]),
        Table([name, Column(_("Ratio"), "percent")], [Group(ratios)], _("Coverage")),
        Table([name, Column(_("Amount"), "money")], [Group(former)], _("How the four periods before went")),
    ]
    return tables, len(amounts) + len(ratios) + len(former), [], ()


def progressed(lens: InsightLens, most: int) -> Parts:
    """The progress of a quarter, week by week (M14)."""
    pace = sales_progress(lens).pace
    columns = [
        Column(_("Until"), "day"),
        Column(_("Won so far"), "money"),
        Column(_("Expected"), "money"),
        Column(_("Sales progress"), "percent"),
    ]
    rows: list[Sequence[Value]] = [
        (week.last_day, week.won, week.expected, pace.progress(place).value)
        for place, week in enumerate(pace.weeks)
    ]
    return [Table(columns, [Group(rows)])], len(rows), [], ()


def taught(lens: InsightLens, most: int) -> Parts:
    """The success rates of every stage: configured, what closed deals teach, what counts (M04)."""
    report = stage_probability(lens)
    columns = [
        Column(_("Stage"), wide=2),
        Column(_("Won"), "number"),
        Column(pgettext("M05", "Lost"), "number"),
        Column(_("Configured"), "percent"),
        Column(_("Calibrated"), "percent"),
        Column(_("Gap"), "percent"),
    ]
    rows: list[Sequence[Value]] = [
        (
            str(line.spec),
            line.rate.closed.won,
            line.rate.closed.lost,
            line.rate.configured,
            line.rate.calibrated,
            line.rate.gap,
        )
        for line in report.lines
    ]
    return [Table(columns, [Group(rows)])], len(rows), [], ()
