"""The forecast sheet on paper (F16)."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loudou.insight import words
from loudou.insight.lens import InsightLens
from loudou.insight.papers._parts import Parts
from loudou.insight.queries.sheet import Line
from loudou.insight.reports.forecast import ForecastSheet, SheetStage, forecast_sheet
from loudou.ui import format as f
from loudou.ui.papers import Column, Group, Table, Value


def _titled(line: Line) -> str:
    """A line's deal, and which of its deliveries it is."""
    if line.number is None:
        return line.title
    return " · ".join((line.title, _("delivery %(n)s") % {"n": line.number}))


def by_stage(lens: InsightLens, most: int) -> Parts:
    """The forecast sheet (F16): the deals of each stage, the largest first, below what all of it comes to."""
    sheet = forecast_sheet(lens)
    columns = [
        Column(_("Customer number")),
        Column(_("Customer"), wide=3),
        Column(_("Deal"), wide=3),
        Column(_("Owner")),
        Column(_("Expected order amount"), "money"),
        Column(_("Success rate"), "percent"),
        Column(_("Expected order date"), "day"),
        Column(_("Sales"), "money"),
    ]
    left = most
    groups = []
    for stage in sheet.stages:
        groups.append(_sheet_group(stage, left))
        left -= len(groups[-1].rows)
    whole = sheet.whole
    total = (_("Total"), "", "", "", whole.amount, "", "", whole.weighted)
    table = Table(columns, groups, total=total, by=_("Stage"))
    count = sum(len(stage.lines) for stage in sheet.stages)
    return (
        [table],
        count,
        _left_out(lens, sheet),
        (_("Manager's signature"), _("Manager's opinion"), _("Date")),
    )


def _sheet_group(stage: SheetStage, most: int) -> Group:
    """The largest deals of a stage, at most so many, below what all of it comes to."""
    rows: list[Sequence[Value]] = [
        (
            line.customer_code,
            line.customer or _("No customer"),
            _titled(line),
            line.owner,
            line.amount,
            line.chance,
            line.expected_on,
            line.weighted,
        )
        for line in stage.lines[:most]
    ]
    sums = stage.sums
    total = (
        _("%(stage)s, sum") % {"stage": stage.spec},
        "",
        "",
        "",
        sums.amount,
        sums.chance,
        "",
        sums.weighted,
    )
    return Group(rows, f"{stage.spec} {f.percent(sums.chance, 0)}", total)


def _left_out(lens: InsightLens, sheet: ForecastSheet) -> list[str]:
    """What the sheet does not count, in sentences."""
    notes = [_("Lines kept in the ERP are not in the amounts; deals on hold are not counted.")]
    for name, (count, amount) in sheet.left_out.items():
        told_count = ngettext("%(num)d deal", "%(num)d deals", count) % {"num": count}
        money = f.money(amount, lens.company.base_currency, full=True)
        notes.append(
            _("Not counted: %(category)s – %(deals)s, %(amount)s")
            % {"category": words.COUNTED[name], "deals": told_count, "amount": money}
        )
    return notes
