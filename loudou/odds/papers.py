"""The forecast of a period on paper."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from decimal import Decimal

from django.utils.translation import gettext as _

from loudou.insight.lens import InsightLens
from loudou.kernel.periods import Fiscal
from loudou.odds.figures.outlook import Outlook
from loudou.odds.outlooks import OutlookReport
from loudou.people.models import User
from loudou.ui import format as f
from loudou.ui.papers import Column, Group, Paper, Table, Value, made_at


def outlook_paper(lens: InsightLens, me: User, report: OutlookReport) -> Paper:
    """What the period will bring, and what such forecasts would have said of the periods before."""
    facts = [
        (_("Of"), lens.owner.name if lens.owner else lens.shown_unit.name if lens.shown_unit else _("all")),
        (_("As of"), made_at(lens.instant, lens.company.zone)),
        (_("Within the interval"), f"{report.within}/{len(report.tried)}"),
    ]
    return Paper(
        title=_("Period forecast"),
        author=me.name,
        made=made_at(lens.now, lens.company.zone),
        tables=_tables(report, lens.company.fiscal, lens.company.zone),
        facts=facts,
        currency=lens.company.base_currency,
        name=f"period-forecast-{lens.company.today.isoformat()}",
    )


def _tables(report: OutlookReport, fiscal: Fiscal, zone: tzinfo) -> list[Table]:
    sums = (_("Expected"), _("Low"), _("High"), _("Won so far"), _("Open deals"), _("Not yet begun"))
    period, heads = Column(_("Period"), wide=2), [Column(name, "money") for name in sums]
    before = [
        (f.period(one.period, fiscal), one.at.astimezone(zone).date(), *_line(one.told), one.actual)
        for one in report.tried
    ]
    return [
        Table(
            [period, *heads],
            [Group([(f.period(report.period, fiscal), *_line(report.told))])],
            heading=_("Period forecast"),
        ),
        Table(
            [period, Column(_("As of"), "day"), *heads, Column(_("Actually won"), "money")],
            [Group(before)],
            heading=_("What it would have said before"),
        ),
    ]


def _line(told: Outlook | None) -> Sequence[Value]:
    if told is None:
        return (None,) * 6
    found: tuple[Decimal, ...] = (told.expected, told.low, told.high, told.won, told.open, told.unborn)
    return found
