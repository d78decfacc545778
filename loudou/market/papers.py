"""Walks and the market picture on paper."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from loudou.market.figures.voices import Voice
from loudou.market.reports.picture import Picture
from loudou.market.reports.walks import WalksReport
from loudou.market.words import ABOUT, SOURCES
from loudou.people.models import User
from loudou.ui import format as f
from loudou.ui.papers import MOST_IN_WORKBOOK, MOST_ON_PAPER, Column, Group, Paper, Table, made_at


def walks_paper(report: WalksReport, by: User) -> Paper:
    """走动管理 of a period, a line a manager."""
    lens = report.lens
    columns = [
        Column(_("Leader"), wide=2),
        Column(_("Unit"), wide=2),
        Column(_("Working days"), "number"),
        Column(_("Field days"), "number"),
        Column(_("Customers met"), "number"),
        Column(_("Share of the whole"), "percent"),
    ]
    rows = [
        (
            user.name,
            user.unit.name if user.unit else "",
            one.working_days,
            one.field_days,
            one.customers,
            one.share.value,
        )
        for user, one in report.rows
    ]
    total = report.total
    last = (_("Total"), "", total.working_days, total.field_days, total.customers, total.share.value)
    return Paper(
        title=_("Market walks"),
        author=by.name,
        made=made_at(lens.now, lens.company.zone),
        tables=[Table(columns, [Group(rows)], total=last)],
        facts=[(_("Period"), f.period(lens.or_this_quarter(), lens.company.fiscal))],
        notes=[_("A fifth of the working days at least is spent in the field.")],
        currency=lens.company.base_currency,
        name=f"market-walks-{lens.today.isoformat()}",
    )


def picture_paper(picture: Picture, by: User, *, form: str) -> tuple[Paper, int]:
    """The market picture: what was said, region by region, and how many lines the paper takes out."""
    lens = picture.lens
    most = MOST_ON_PAPER if form == "pdf" else MOST_IN_WORKBOOK
    chosen = picture.chosen[:most]
    columns = [
        Column(_("Day"), "day"),
        Column(_("About")),
        Column(_("Customer"), wide=2),
        Column(_("In their words"), wide=5),
        Column(_("Competitors"), wide=2),
        Column(_("By"), wide=1),
        Column(_("Stands in")),
    ]
    groups = [_region(name, [one for one in chosen if one.region == name]) for name, _n in picture.regions]
    counts = [
        (name or _("no region"), one.competitor, one.price, one.customer, one.total)
        for name, one in picture.regions
    ]
    heads = [Column(_("Region"), wide=2), *(Column(str(text), "number") for text in ABOUT.values())]
    paper = Paper(
        title=_("Market picture"),
        author=by.name,
        made=made_at(lens.now, lens.company.zone),
        tables=[
            Table([*heads, Column(_("Total"), "number")], [Group(counts)]),
            Table(columns, groups, heading=_("In their words"), by=_("Region")),
        ],
        facts=[(_("Period"), f.period(lens.or_this_quarter(), lens.company.fiscal))],
        currency=lens.company.base_currency,
        name=f"market-picture-{lens.today.isoformat()}",
    )
    return paper, len(chosen)


def _region(name: str, voices: Sequence[Voice]) -> Group:
    rows = [
        (
            one.day,
            str(ABOUT[one.said.about]),
            one.customer,
            one.said.text,
            f.comma().join(one.said.competitors),
            one.who,
            str(SOURCES[one.source]),
        )
        for one in voices
    ]
    return Group(rows, name or _("no region"))
