"""The forecast of a period on paper."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from loudou.insight.lens import InsightLens
from loudou.odds.figures.outlook import Outlook
from loudou.odds.outlooks import OutlookReport
from loudou.people.models import User
from loudou.ui import format as f
from loudou.ui.papers import Column, Group, Paper, Table, Value


def outlook_paper(lens: InsightLens, me: User, report: OutlookReport) -> Paper:
    """What the period will bring, and what such forecasts would have said of the periods before."""
    fiscal = lens.company.fiscal
    before = [
        (
            f.period(one.period, fiscal),
            one.at.astimezone(lens.company.zone).date(),
            *_line(one.told),
            one.actual,
        )
        for one in report.tried
    ]
    heads = [
        Column(name, "money")
        for name in (_("Expected"), _("Low"), _("High"), _("Won so far"), _("Open deals"), _("Not yet begun"))
    ]
    tables = [
        Table(
            [Column(_("Period"), wide=2), *heads],
            [Group([(f.period(report.period, fiscal), *_line(report.told))])],
            heading=_("Period forecast"),
        ),
        Table(
            [
                Column(_("Period"), wide=2),
                Column(_("As of"), "day"),
                *heads,
                Column(_("Actually won"), "money"),
            ],
            [Group(before)],
            heading=_("What it would have said before"),
        ),
    ]
    facts = [
        (_("Of"), lens.owner.name if lens.owner else lens.shown_unit.name if lens.shown_unit else _("all")),
        (_("As of"), f.instant(lens.instant)),
        (_("Within the interval"), f"{report.within}/{len(report.tried)}"),
    ]
    return Paper(
        title=_("Period forecast"),
        author=me.name,
        made=f"{f.day(lens.now, year=True)} {lens.now.astimezone(lens.company.zone):%H:%M}",
        tables=tables,
        facts=facts,
        currency=lens.company.base_currency,
        name=f"period-forecast-{lens.company.today.isoformat()}",
    )


def _line(told: Outlook | None) -> Sequence[Value]:
    if told is None:
        return (None,) * 6
    found: tuple[Decimal, ...] = (told.expected, told.low, told.high, told.won, told.open, told.unborn)
    return found
