"""Papers of shapes: cohorts by month with the map of what stands still, where the funnel narrows and leaks."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loudou.insight import words
from loudou.insight.figures.heat import COLUMNS, DAYS, ROWS, SIZES, HeatMap
from loudou.insight.figures.quota import ABOVE, ZONES
from loudou.insight.figures.through import DAYS as LATER
from loudou.insight.lens import InsightLens
from loudou.insight.papers._parts import Parts
from loudou.insight.reports.bottlenecks import BottlenecksReport, bottlenecks
from loudou.insight.reports.cohorts import cohort_grid, stay_map
from loudou.insight.reports.cumulative import cumulative
from loudou.insight.reports.leakage import LeakLine, leakage
from loudou.insight.reports.quota import quota_from_funnel
from loudou.kernel.numbers import ZERO
from loudou.ui import format as f
from loudou.ui.papers import Column, Group, Table, Value


def by_month(lens: InsightLens, most: int) -> Parts:
    """A line a month and stage (M02), and below it open deals by days in their stage and amount (M01)."""
    grid = cohort_grid(lens)
    columns = [
        Column(_("Month")),
        Column(_("Stage")),
        *(Column(str(words.COUNTED[name]), "number") for name in _COHORT),
        Column(_("Conversion"), "percent"),
        Column(_("Decided"), "percent"),
    ]
    rows: list[Sequence[Value]] = []
    for month in grid.months:
        for spec in grid.specs:
            one = month.at(spec.stage_id)
            counts = (one.cohort, one.advanced, one.exited, one.inflight)
            name = words.period(lens, month.period)
            rows.append((name, str(spec), *counts, one.rate.value, one.maturity.value))
    heat = stay_map(lens).heat
    tables = [Table(columns, [Group(rows[:most])], heading=_("Cohorts by month")), _cumulated(lens)]
    count = len(rows) + len(grid.months)
    if heat is None:
        note = _("Only of the present: how long deals had stood is not kept for every instant.")
        return tables, count, [note], ()
    return [*tables, _standing(heat)], count + ROWS, _apart(heat), ()


def _cumulated(lens: InsightLens) -> Table:
    """The share of each month's cohort that had got there after so many days."""
    report = cumulative(lens)
    heads = [
        Column(ngettext("%(num)d day", "%(num)d days", days) % {"num": days}, "percent") for days in LATER
    ]
    rows: list[Sequence[Value]] = [
        (
            words.period(lens, month.period),
            month.grown.cohort,
            *(month.share(place).value for place in range(len(LATER))),
        )
        for month in report.months
    ]
    title = _("Cumulative, by month of entry")
    name = f"{title} · {words.way(lens, report.spec)}"
    columns = [Column(_("Month of entry")), Column(_("Reached"), "number"), *heads]
    return Table(columns, [Group(rows)], heading=name)


_COHORT = ("cohort", "advanced", "exited", "in_flight")


def _standing(heat: HeatMap) -> Table:
    heads = [
        Column(f"{name} · {kind}", unit)
        for name in map(_days, range(COLUMNS))
        for kind, unit in ((_("Deals"), "number"), (_("Amount"), "money"))
    ]
    rows: list[Sequence[Value]] = []
    for row in reversed(range(ROWS)):
        cells = [heat.at(row, column) for column in range(COLUMNS)]
        told = [value for cell in cells for value in (cell.count, cell.amount)]
        rows.append((_size(row), *told))
    return Table(
        [Column(_("Amount"), wide=2), *heads], [Group(rows)], heading=_("Where open deals stand still")
    )


def _apart(heat: HeatMap) -> list[str]:
    resting = heat.resting
    if not resting.count:
        return []
    note = ngettext(
        "%(num)d more deal on hold, %(amount)s, is not on the map.",
        "%(num)d more deals on hold, %(amount)s, are not on the map.",
        resting.count,
    )
    return [note % {"num": resting.count, "amount": words.in_base(resting.amount)}]


def _days(column: int) -> str:
    if column == 0:
        return _("up to %(n)s days") % {"n": DAYS[0]}
    if column == len(DAYS):
        return _("over %(n)s days") % {"n": DAYS[-1]}
    return _("%(low)s to %(high)s days") % {"low": DAYS[column - 1] + 1, "high": DAYS[column]}


def _size(row: int) -> str:
    if row == 0:
        return _("below %(amount)s") % {"amount": words.in_base(SIZES[0])}
    if row == len(SIZES):
        return _("%(amount)s and more") % {"amount": words.in_base(SIZES[-1])}
    return _("%(low)s to %(high)s") % {
        "low": words.in_base(SIZES[row - 1]),
        "high": words.in_base(SIZES[row]),
    }


def narrowing(lens: InsightLens, most: int) -> Parts:
    """Each stage against its own four quarters, what mending is worth (M15), and what it loses (M12)."""
    narrow = bottlenecks(lens)
    leaks = leakage(lens, narrow.p75s, narrow.lost)
    columns = [
        Column(_("Stage")),
        Column(_("Conversion"), "percent"),
        Column(_("Conversion before"), "percent"),
        Column(_("Median"), "days"),
        Column(_("Median before"), "days"),
        Column(_("Score"), "figure"),
        Column(_("Mending is worth"), "money"),
        Column(_("Lost there"), "number"),
        Column(_("of those that came"), "percent"),
        Column(_("Amount lost"), "money"),
        Column(_("Leak in silence"), "number"),
        Column(_("Amount"), "money"),
        Column(_("Leaked amount"), "money"),
    ]
    rows: list[Sequence[Value]] = []
    for line in leaks.lines:
        health = narrow.of(line.spec)
        told: Sequence[Value] = (None,) * 6
        if health is not None:
            now = health.now
            rates = (now.conversion.rate.value, health.base_rate.value)
            days = (now.median.value, health.base_median.value)
            told = (*rates, *days, health.score.value, health.worth(narrow.amount).value)
        rows.append((str(line.spec), *told, *_leaked(line)))
    reasons: list[Sequence[Value]] = [
        (name, amounts.count, amounts.amount) for name, amounts in words.why_lost(leaks.pareto())
    ]
    silent: list[Sequence[Value]] = [
        (name, amounts.count, amounts.amount) for _what, name, amounts in words.why_silent(leaks.causes())
    ]
    heads = [Column(_("Reason"), wide=2), Column(_("Deals"), "number"), Column(_("Amount"), "money")]
    tables = [
        Table(columns, [Group(rows)]),
        Table(heads, [Group(reasons)], heading=_("Why deals were lost")),
        Table(heads, [Group(silent)], heading=_("Why open deals leak in silence")),
    ]
    return tables, len(rows) + len(reasons) + len(silent), _verdict(narrow), ()


def _verdict(narrow: BottlenecksReport) -> list[str]:
    """The bottleneck as the page says it: what it converts, and what mending it is worth."""
    if narrow.narrowest is None or not narrow.is_narrow:
        return []
    spec, health = narrow.narrowest
    sentence = _(
        "It converts %(rate)s, in the four quarters before %(base)s; half leave after %(days)s days, before after %(base_days)s."
    )
    said = [
        _("Bottleneck: %(stage)s.") % {"stage": spec},
        sentence
        % {
            "rate": f.percent(health.now.conversion.rate),
            "base": f.percent(health.base_rate),
            "days": f.number(health.now.median.value, 1),
            "base_days": f.number(health.base_median.value, 1),
        },
    ]
    worth = health.worth(narrow.amount)
    if worth.value:
        sentence = _("Converting as before would bring %(wins)s more wins, worth %(value)s.")
        wins = words.wins(health.extra_wins.value or ZERO)
        said.append(sentence % {"wins": wins, "value": words.in_base(worth.value)})
    return [" ".join(said)]


def _leaked(line: LeakLine) -> Sequence[Value]:
    leak = line.leak
    lost: tuple[Value, ...] = (leak.lost.count, leak.rate.value, leak.lost.amount)
    return (*lost, leak.silent.count, leak.silent.amount, leak.amount)


def quotas(lens: InsightLens, most: int) -> Parts:
    """What each person has open zone by zone, and their quota (M25)."""
    report = quota_from_funnel(lens)
    heads = (_("Above the zones"), _("Upper zone"), _("Middle zone"), _("Lower zone"), _("Weighted funnel"))
    columns = [
        Column(_("Person"), wide=2),
        *(Column(name, "money") for name in heads),
        Column(_("Share of all patches"), "percent"),
        Column(_("Quota"), "money"),
    ]
    rows: list[Sequence[Value]] = [
        (
            row.user.name,
            *(row.patch.of(zone) for zone in (ABOVE, *ZONES)),
            row.patch.raw,
            row.share.value,
            row.quota.value,
        )
        for row in report.rows
    ]
    return [Table(columns, [Group(rows[:most])])], len(rows), [], ()
