"""A sheet of targets as its script reads it: rows, columns, cells, what time weighs, weeks and days, other years."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from loudou.kernel.periods import Fiscal, Grain
from loudou.targets.figures.decompose import Timing
from loudou.targets.figures.sheet import Fault
from loudou.targets.models import Kind
from loudou.targets.queries.sheet import Sheet
from loudou.targets.queries.sheet_editions import Change
from loudou.targets.queries.slices import Slice, Slices
from loudou.ui import format as f


def plain(found: Sheet, fiscal: Fiscal, slices: Slices | None = None) -> dict[str, Any]:
    """The sheet as JSON, with its weeks or days where they are looked at."""
    return {
        "columns": [
            {
                "key": column.key,
                "name": f.part(column.period, fiscal),
                "weight": str(column.weight),
                "closed": column.closed,
                "quarter": f.part(column.quarter, fiscal) if column.quarter is not None else "",
            }
            for column in found.every
        ],
        "rows": _rows(found),
        "cells": _cells(found),
        "times": [_weights(found, slices, time) for time in found.times],
        "slices": _slices(slices) if slices is not None else None,
        "sums": _by_row((row, key, str(amount)) for (row, key), amount in found.sums.items()),
        "faults": told_faults(found.faults()),
        "notes": notes(found, fiscal),
    }


def _rows(found: Sheet) -> list[list[Any]]:
    return [
        [
            row.key,
            row.parent,
            row.depth,
            row.name,
            int(row.person is not None),
            int(row.editable),
            row.leader,
            found.time_of[row.key],
        ]
        for row in found.rows
    ]


def _cells(found: Sheet) -> dict[str, dict[str, Any]]:
    return _by_row(
        (
            row,
            column,
            [str(cell.amount), cell.target.version, int(cell.target.locked), cell.fixed],
        )
        for (row, column), cell in found.cells.items()
    )


def _by_row(told: Iterable[tuple[str, str, Any]]) -> dict[str, dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for row, key, value in told:
        rows.setdefault(row, {})[key] = value
    return rows


def _weights(found: Sheet, slices: Slices | None, time: Timing) -> dict[str, list[str]]:
    """What columns, weeks and days weigh in one way; all to the same places, so that they can be read as whole numbers."""
    told = {"columns": [_weight(time.weight(column.period)) for column in found.columns]}
    if slices is not None:
        told["weeks"] = [_weight(weight) for weight in slices.weigh(slices.weeks, time)]
        told["days"] = [_weight(weight) for weight in slices.weigh(slices.days, time)]
    return told


def _weight(weight: Decimal) -> str:
    return f"{weight:.8f}"  # an index has six decimals, a selling day two


def _slices(slices: Slices) -> dict[str, Any]:
    finer = slices.found.finer
    return {
        "months": [month.key for month in slices.months],
        "weeks": [[one.key, one.month, *slice_name(one)] for one in slices.weeks],
        "days": [[one.key, one.week, *slice_name(one)] for one in slices.days],
        "set": _by_row((row, key, str(stored.base_amount)) for (row, key), stored in finer.items()),
    }


def slice_name(one: Slice) -> tuple[str, str]:
    """What stands over a week or a day within its month, and what it is in full: 13–17, 13 Mon."""
    first, last = one.period.start, one.period.days()[-1]
    if one.week:
        return f"{first.day} {f.weekday(first)}", f"{first.isoformat()} {f.weekday(first)}"
    span = f"{first.day}–{last.day}" if first != last else str(first.day)
    number = first.isocalendar().week
    return span, _("Week {n}: {first} to {last}").format(
        n=number, first=first.isoformat(), last=last.isoformat()
    )


def notes(found: Sheet, fiscal: Fiscal) -> list[list[str]]:
    """What is to be said beside single cells: how a number is meant (R002), who waived its 120 % and why (R006)."""
    told = [
        [
            *place,
            "waiver",
            _("waived by {who}: {why}").format(who=one.by or _("System"), why=one.why),
        ]
        for place, one in found.waivers.items()
    ]
    for place, cell in found.cells.items():
        target = cell.target
        if target.asked_rate is None or target.base_value is None:
            continue
        said = [str(Kind(target.kind).label), f.percent(target.asked_rate, 2)]
        base = f.number(target.base_value, 0 if target.base_value == int(target.base_value) else 2)
        said.append(_("frozen base {base}").format(base=base))
        said += [fiscal.name(target.base_period)] if target.base_period is not None else []
        told.append([*place, "goal", " · ".join(said)])
    return told


def told_faults(faults: Iterable[Fault]) -> list[list[str]]:
    """The checks that fail as rows of JSON."""
    return [[fault.row, fault.column, fault.rule, f"{fault.shortfall:.2f}"] for fault in faults]


def former(changes: Sequence[Change]) -> dict[str, dict[str, str | None]]:
    """By row and column what another edition had, where that is not what stands now."""
    return _by_row(
        (one.row.key, one.column, str(one.before) if one.before is not None else None) for one in changes
    )


def beside(years: Mapping[str, Mapping[str, Decimal]]) -> list[list[Any]]:
    """Other years, each with what its rows have."""
    return [[year, {row: str(amount) for row, amount in rows.items()}] for year, rows in years.items()]


def grains(current: Grain) -> list[tuple[str, str, bool]]:
    """What a sheet can be looked at in: value, name, whether it is now."""
    names = {
        Grain.YEAR: pgettext("periods", "Year"),
        Grain.QUARTER: pgettext("periods", "Quarter"),
        Grain.MONTH: pgettext("periods", "Month"),
        Grain.WEEK: pgettext("periods", "Week"),
        Grain.DAY: pgettext("periods", "Day"),
    }
    return [(one.value, name, one is current) for one, name in names.items()]


def differing(count: int) -> str:
    """How many cells differ from another edition."""
    return ngettext("%(n)d cell differs", "%(n)d cells differ", count) % {"n": count}
