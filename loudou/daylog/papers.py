"""The 3E board, how managers sign and a day's log on paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import tzinfo

from django.utils.translation import gettext as _

from loudou.customers.looks import phone_of
from loudou.customers.models import Customer
from loudou.daylog.figures.discipline import Discipline
from loudou.daylog.figures.three_e import ThreeE
from loudou.daylog.models import DayLog, DeskLog, Expense, Line
from loudou.daylog.queries.dual import desk_log_of, may_compare
from loudou.daylog.reports.approvals import ApprovalsReport
from loudou.daylog.reports.three_e import ThreeEReport
from loudou.daylog.words import STANDINGS
from loudou.insight.lens import InsightLens
from loudou.kernel import clock
from loudou.people.access import may
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.signoff.figures import Approvals
from loudou.signoff.queries import answered_about
from loudou.signoff.words import said as said_by
from loudou.ui import format as f
from loudou.ui.papers import Column, Group, Paper, Table, Value, made_at


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
        facts=of_lens(lens),
        signatures=[_("Control desk"), _("Superior")],
        currency=lens.company.base_currency,
        name=f"three-e-{lens.today.isoformat()}",
    )


def _cells(one: ThreeE, logs: Discipline) -> Sequence[Value]:
    counts = (one.on_duty, one.checked, one.punctual, one.reported)
    return (*counts, logs.score.value, one.closing.value, one.agreement.value, one.truth.value)


def approvals_paper(report: ApprovalsReport, by: User) -> Paper:
    """How managers sign (M46, P13): a line a signer, all below."""
    lens = report.lens
    columns = [
        Column(_("Signer"), wide=2),
        Column(_("Unit"), wide=2),
        Column(_("Received"), "number"),
        Column(_("in time"), "number"),
        Column(_("late"), "number"),
        Column(_("waiting"), "number"),
        Column(_("Timeliness"), "percent"),
        Column(_("Substance"), "percent"),
        Column(_("Score"), "figure"),
        Column(_("Read for (seconds)"), "number"),
        Column(_("Note")),
    ]
    rows = [(user.name, user.unit.name if user.unit else "", *_signed(one)) for user, one in report.rows]
    return Paper(
        title=_("How managers sign"),
        author=by.name,
        made=made_at(lens.now, lens.company.zone),
        tables=[Table(columns, [Group(rows)], total=(_("Total"), "", *_signed(report.total)))],
        facts=of_lens(lens),
        signatures=[_("Control desk"), _("Superior")],
        name=f"approvals-{lens.today.isoformat()}",
    )


def _signed(one: Approvals) -> Sequence[Value]:
    counts = (one.received, one.in_time, one.late, one.pending)
    rates = (one.timeliness.value, one.substance.value, one.score.value, one.median_reading.value)
    return (*counts, *rates, _("rubber stamp") if one.is_rubber_stamp else "")


def of_lens(lens: InsightLens) -> Sequence[tuple[str, str]]:
    """Of when and of whom a paper is."""
    return [
        (_("Period"), f.period(lens.or_this_quarter(), lens.company.fiscal)),
        (_("Unit"), lens.unit.name if lens.unit is not None else _("all")),
    ]


def log_paper(log: DayLog, written: Sequence[Line], heard: Sequence[Line], *, by: User) -> Paper:
    """A day as its author tells it (F08), to be signed; beside what the desk heard (F09) for those who may compare."""
    zone = organisation().zone
    desk = desk_log_of(log) if may_compare(by, log) else None
    tables = [_stops(_("As written"), written, zone, by)]
    if heard:
        tables.append(_stops(_("As the desk heard it"), heard, zone, by))
    if spent := list(log.expenses.all()):
        tables.append(_spent(spent))
    said = [
        (_("Reflection"), log.reflection),
        (_("Help needed"), log.help_needed),
        (_("Plan for the next day"), log.plan),
        (_("Why it is late"), log.late_reason),
        (_("Deviations"), desk.deviation if desk is not None else ""),
        (_("Why it does not hold"), log.annulled_reason),
    ]
    words = [line for line in said if line[1]]
    if words:
        tables.append(Table([Column("", wide=1), Column("", wide=6)], [Group(words)]))
    return Paper(
        title=_("Day log"),
        author=by.name,
        made=made_at(clock.now(), zone),
        tables=tables,
        facts=_of_log(log, desk),
        notes=[said_by(one) for one in reversed(answered_about(log))],
        signatures=[_("Filled in by"), _("Control desk"), _("Superior")],
        currency=spent[0].currency if spent else organisation().base_currency,
        name=f"F08-{log.user.username}-{log.day.isoformat()}",
    )


def _of_log(log: DayLog, desk: DeskLog | None) -> Sequence[tuple[str, str]]:
    standing = _("annulled") if log.annulled_at is not None else STANDINGS[log.standing][0]
    facts = [
        (_("Person"), log.user.name),
        (_("Unit"), log.unit.name if log.unit else ""),
        (_("Day"), f.day(log.day, year=True)),
        (_("Handed in"), f"{f.instant(log.submitted_at)} · {standing}"),
        (_("Edition"), str(log.edition)),
    ]
    if desk is not None and desk.checked_at is not None:
        checked = (desk.get_arrival_display(), f.instant(desk.checked_at), _name(desk.checked_by))
        facts.append((_("Morning check"), _joined(*checked)))
    if desk is not None and desk.reported_at is not None:
        until = f" – {f.instant(desk.ended_at)}" if desk.ended_at is not None else ""
        reported = (f.instant(desk.reported_at) + until, _name(desk.reported_by))
        facts.append((_("Evening call"), _joined(*reported)))
    return facts


def _stops(heading: str, lines: Iterable[Line], zone: tzinfo, by: User) -> Table:
    columns = [
        Column(_("When"), wide=1),
        Column(_("Place"), wide=2),
        Column(_("Customer"), wide=3),
        Column(_("Address and phone"), wide=3),
        Column(_("With whom"), wide=2),
        Column(_("What was talked about"), wide=3),
        Column(_("Result"), wide=4),
        Column(_("Still open"), wide=3),
    ]
    return Table(columns, [Group([_stop(line, zone, by) for line in lines])], heading=heading)


def _stop(line: Line, zone: tzinfo, by: User) -> Sequence[Value]:
    at = f"{line.at.astimezone(zone):%H:%M}" if line.at else ""
    result = _joined(line.get_outcome_display(), line.result)
    return (
        *(at, line.place, line.customer_name, _reached(line.customer, by)),
        *(line.persons, line.topics, result, line.unsolved),
    )


def _spent(expenses: Sequence[Expense]) -> Table:
    """What the day cost, line by line, and together."""
    columns = [
        Column(_("For what"), wide=2),
        Column(_("Amount"), "figure", wide=1),
        Column(_("Note"), wide=4),
    ]
    rows = [(one.get_kind_display(), one.amount, one.note) for one in expenses]
    together = (_("Total"), sum(one.amount for one in expenses), "")
    heading = _("Expenses of the day") + f" ({expenses[0].currency})"
    return Table(columns, [Group(rows)], heading=heading, total=together)


def _reached(customer: Customer | None, by: User) -> str:
    """Where a customer is and how to ring it, as far as the person may see either."""
    if customer is None or not may(by, "customers.see", customer):
        return ""
    phone = phone_of(by, customer)
    return _joined(customer.address, phone.text if phone is not None else "")


def _joined(*parts: str) -> str:
    return " · ".join(filter(None, parts))


def _name(user: User | None) -> str:
    return user.name if user is not None else ""
