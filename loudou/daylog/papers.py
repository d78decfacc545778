"""The 3E board on paper."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from loudou.daylog.figures.discipline import Discipline
from loudou.daylog.figures.three_e import ThreeE
from loudou.daylog.reports.three_e import ThreeEReport
from loudou.people.models import User
from loudou.ui import format as f
from loudou.ui.papers import Column, Group, Paper, Table, Value
from loudou.ui.papers.making import made_at


def board_paper(report: ThreeEReport, by: User) -> Paper:
    """Everyone, every day, everything: a line a person, the house below."""
    lens = report.lens
    columns = [
        Column(_("Person"), wide=2),
        Column(_("Unit"), wide=2),
        Column(_("On duty"), "number"),
        Column(_("Checked"), "number"),
        Column(_("On time"), "number"),
        Column(_("Evening"), "number"),
        Column(_("Log discipline"), "percent"),
        Column(_("Done on the day"), "percent"),
        Column(_("Both logs agree"), "percent"),
        Column(_("Truthfulness"), "percent"),
    ]
    rows = [
        (one.user.name, one.user.unit.name if one.user.unit else "", *_cells(one.three_e, one.discipline))
        for one in report.people
    ]
    return Paper(
        title=_("3E board"),
        author=by.name,
        made=made_at(lens.now, lens.company.zone),
        tables=[
            Table(columns, [Group(rows)], total=(_("Total"), "", *_cells(report.total, report.discipline)))
        ],
        facts=[
            (_("Period"), f.period(lens.or_this_quarter(), lens.company.fiscal)),
            (_("Unit"), lens.unit.name if lens.unit is not None else _("all")),
        ],
        signatures=[_("Control desk"), _("Superior")],
        currency=lens.company.base_currency,
        name=f"three-e-{lens.today.isoformat()}",
    )


def _cells(one: ThreeE, logs: Discipline) -> Sequence[Value]:
    counts = (one.on_duty, one.checked, one.punctual, one.reported)
    return (*counts, logs.score.value, one.closing.value, one.agreement.value, one.truth.value)
