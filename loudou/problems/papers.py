"""The register and a rule on paper."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from loudou.daylog.papers import of_lens
from loudou.insight.reports.key_person import KeyPersonReport
from loudou.kernel import clock
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.problems.lens import ORDER, STATES, ProblemLens
from loudou.problems.models import Rule
from loudou.problems.queries.register import SHOWN
from loudou.problems.reports.recurrence import Line, ProblemsReport
from loudou.ui import format as f
from loudou.ui.papers import MOST_IN_WORKBOOK, MOST_ON_PAPER, Column, Group, Paper, Table, Value, made_at


def register_paper(lens: ProblemLens, by: User, *, form: str) -> tuple[Paper, int]:
    """The problems a lens shows as one table, and how many of them the paper takes out."""
    most = MOST_ON_PAPER if form == "pdf" else MOST_IN_WORKBOOK
    found = lens.register.select_related(*SHOWN).defer("customer__search", "customer__extra")
    rows = [
        (
            one.code,
            one.happened_on,
            one.title,
            one.get_area_display(),
            one.customer.name if one.customer else "",
            one.owner.name,
            one.get_state_display(),
            one.cause.name if one.cause else "",
            one.get_kind_display() if one.kind else "",
            one.rule.code if one.rule else "",
        )
        for one in found.order_by(*ORDER)[:most]
    ]
    columns = [
        Column(_("Number")),
        Column(_("Happened on"), "day"),
        Column(_("Problem"), wide=3),
        Column(_("Area")),
        Column(_("Customer"), wide=2),
        Column(_("Responsible")),
        Column(_("State")),
        Column(_("Root cause"), wide=2),
        Column(_("Kind")),
        Column(_("Rule")),
    ]
    paper = Paper(
        title=_("Register of problems"),
        author=by.name,
        made=made_at(clock.now(), organisation().zone),
        tables=[Table(columns, [Group(rows)])],
        facts=[(_("State"), str(STATES[lens.state or "open"]))],
        currency=organisation().base_currency,
        name=f"problems-{organisation().today.isoformat()}",
    )
    return paper, len(rows)


def board_paper(report: ProblemsReport, risk: KeyPersonReport, by: User) -> Paper:
    """What recurs by its cause, and on whom what was won in the period hangs."""
    lens, whole = report.lens, report.whole
    causes = [
        Column(_("Root cause"), wide=3),
        Column(_("In the period"), "number"),
        Column(_("In 90 days"), "number"),
        Column(_("Rule"), wide=3),
        Column(_("In the 90 days before it"), "number"),
        Column(_("Since, on 90 days"), "figure"),
    ]
    people = [
        Column(_("Person"), wide=2),
        Column(_("Unit"), wide=2),
        Column(_("Won"), "number"),
        Column(_("Amount"), "money"),
        Column(_("Share of the whole"), "percent"),
    ]
    won = [
        (
            one.user.name,
            one.user.unit.name if one.user.unit else "",
            one.won.count,
            one.won.amount,
            one.share.value,
        )
        for one in risk.rows
    ]
    counts = (
        (_("Registered"), whole.registered),
        (_("closed"), whole.closed),
        (_("Exceptions"), whole.exceptions),
        (_("Routine problems"), whole.routine),
        (_("Out of early warnings"), whole.from_warnings),
    )
    return Paper(
        title=_("What recurs, and whom results hang on"),
        author=by.name,
        made=made_at(clock.now(), organisation().zone),
        tables=[
            Table(causes, [Group([_recurs(line) for line in report.lines])], heading=_("By cause")),
            Table(people, [Group(won)], heading=_("Key-person risk")),
        ],
        facts=[*of_lens(lens), *((name, str(count)) for name, count in counts)],
        currency=organisation().base_currency,
        name=f"recurrence-{lens.today.isoformat()}",
    )


def _recurs(line: Line) -> Sequence[Value]:
    rule, held = line.rule, line.recurrence
    told = (held.before, held.rate_since.value) if held is not None else (None, None)
    return (line.cause.name, line.count, line.last_90_days, str(rule) if rule is not None else "", *told)


def rule_paper(rule: Rule, *, by: User) -> Paper:
    """A rule as it hangs on the wall, to be signed."""
    parts = [
        (_("What it applies to"), rule.applies_to),
        (_("What it says"), rule.content),
        (_("How it is done"), rule.procedure),
        (_("What shows that it is kept"), rule.evidence),
    ]
    said = [(name, line) for name, text in parts if text for line in text.splitlines() if line.strip()]
    rows = [
        (name if name != before else "", line)
        for (name, line), before in zip(said, ["", *(name for name, _line in said)], strict=False)
    ]
    return Paper(
        title=str(rule),
        author=by.name,
        made=made_at(clock.now(), organisation().zone),
        tables=[Table([Column(_("Part"), wide=1), Column(_("Text"), wide=4)], [Group(rows)])],
        facts=[
            (_("Edition"), str(rule.edition)),
            (_("Root cause"), rule.cause.name),
            (_("Responsible"), rule.owner.name),
            (_("In force from"), f.day(rule.effective_on, year=True)),
            (_("To be reviewed on"), f.day(rule.review_on, year=True)),
        ],
        signatures=[_("Responsible"), _("Superior")],
        landscape=False,
        name=rule.code,
    )
