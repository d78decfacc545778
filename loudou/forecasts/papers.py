"""The forecast sheet of a level and the accuracy board on paper, in raw values (`ui.papers` writes them out)."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from loudou.forecasts import queries
from loudou.forecasts.covers import covers
from loudou.forecasts.lens import BoardLens, CycleLens
from loudou.forecasts.models import Level, Submission
from loudou.forecasts.queries import RollUp
from loudou.forecasts.reports import AccuracyReport, Verdict
from loudou.forecasts.says import Says
from loudou.forecasts.words import FLAGS
from loudou.insight.figures.slippage import Coverage
from loudou.insight.lens import InsightLens
from loudou.kernel.periods import Fiscal
from loudou.people.models import User
from loudou.ui import format as f
from loudou.ui.papers import Column, Group, Paper, Table, Value, made_at


def sheet_paper(lens: CycleLens, me: User, view: RollUp, last: Submission | None) -> Paper:
    """What those below handed in and what the funnel says for them, oneself below, to be signed."""
    numbers = queries.latest(view.people, lens.chosen)
    covered = covers(view, lens, me, view.people)
    rows = [_row(user, numbers.get(user.pk), view.each[user.pk], covered[user.pk]) for user in view.people]
    columns = [
        Column(_("Person"), wide=2),
        Column(_("Forecast"), "money"),
        *(
            Column(name, "money")
            for name in (
                _("Weighted"),
                _("Won"),
                _("Commit"),
                _("Commit without its discipline"),
                _("Most likely"),
                _("Best case"),
                _("Pipeline"),
            )
        ),
        Column(_("Omitted"), "money"),
        Column(_("Coverage"), "figure"),
        Column(_("Required coverage"), "figure"),
        Column(_("Comment"), wide=3),
    ]
    total = _row(me, last, view.says, covered[me.pk])
    table = Table(columns, [Group(rows)] if rows else [], total=total)
    fiscal = lens.company.fiscal
    facts = [(_("Of"), me.name), (_("Period"), f.period(lens.chosen, fiscal))]
    if last is not None and last.reason:
        facts.append((_("Reason of the adjustment"), last.reason))
    signatures = (_("Manager's signature"), _("Manager's opinion"), _("Date"))
    return _paper(lens, me, _("Forecast"), [table], facts, f"forecast-{fiscal.name(lens.chosen)}", signatures)


def accuracy_paper(lens: BoardLens, me: User, report: AccuracyReport) -> Paper:
    """Forecast by forecast, and by person."""
    whose = lens.owner.name if lens.owner else lens.shown_unit.name if lens.shown_unit else _("all")
    fiscal = lens.company.fiscal
    facts = [(_("Of"), whose), (_("Period"), f.period(lens.or_this_quarter(), fiscal))]
    tables = [_by_person(report), _by_forecast(report, fiscal)]
    return _paper(lens, me, _("Forecast accuracy"), tables, facts, "forecast-accuracy")


def _by_person(report: AccuracyReport) -> Table:
    rates = "WAPE", _("Bias"), _("Value added"), _("Off the funnel")
    columns = [
        Column(_("Person"), wide=2),
        Column(_("Level"), wide=2),
        Column(_("Within the limit")),
        *(Column(name, "percent") for name in rates),
        Column(_("Review"), wide=2),
    ]
    rows = [
        (
            one.user.name,
            str(Level(one.level).label),
            f"{one.passed}/{len(one.verdicts)}",
            one.accuracy.wape.value,
            one.accuracy.bias.value,
            one.accuracy.value_added.value,
            one.off_funnel.value,
            _("; ").join(str(FLAGS[flag][0]) for flag in one.flags),
        )
        for one in report.records
    ]
    return Table(columns, [Group(rows)], heading=_("By person"))


def _by_forecast(report: AccuracyReport, fiscal: Fiscal) -> Table:
    columns = [
        Column(_("Period")),
        Column(_("Person"), wide=2),
        Column(_("Level"), wide=2),
        Column(_("Forecast"), "money"),
        Column(_("Won"), "money"),
        Column(_("Error"), "percent"),
        Column(_("Limit"), "percent"),
        Column(_("Verdict")),
        Column(_("Adjustment"), "money"),
        Column(_("Reason"), wide=3),
    ]
    rows = [
        (
            fiscal.name(one.submission.period),
            one.submission.user.name,
            str(Level(one.submission.level).label),
            one.held.forecast,
            one.held.actual,
            one.held.ape.value,
            one.limit,
            _verdict(one),
            one.submission.adjustment,
            one.submission.reason,
        )
        for one in report.verdicts
    ]
    return Table(columns, [Group(rows)], heading=_("Forecast by forecast"))


def _verdict(one: Verdict) -> str:
    if not one.over:
        return _("running")
    return _("within the limit") if one.passed else _("beyond the limit")


def _row(user: User, number: Submission | None, says: Says, covered: Coverage) -> Sequence[Value]:
    return (
        user.name,
        number.submitted if number is not None else None,
        says.weighted,
        says.closed,
        says.commit,
        says.lax,
        says.most_likely,
        says.best_case,
        says.pipeline,
        says.omitted,
        covered.ratio.value,
        covered.required if covered.ratio.value is not None else None,
        (number.comment or number.reason) if number is not None else "",
    )


def _paper(
    lens: CycleLens | InsightLens,
    me: User,
    title: str,
    tables: Sequence[Table],
    facts: Sequence[tuple[str, str]],
    name: str,
    signatures: Sequence[str] = (),
) -> Paper:
    return Paper(
        title=title,
        author=me.name,
        made=made_at(lens.now, lens.company.zone),
        tables=tables,
        facts=facts,
        signatures=signatures,
        currency=lens.company.base_currency,
        name=f"{name}-{lens.company.today.isoformat()}",
    )
