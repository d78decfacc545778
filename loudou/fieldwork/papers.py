"""Papers of field work: the customer interview report (客户访谈报告表, F05), which has plan and record of a visit on one
sheet as the sources lay it out, and the phone record (电话记录卡, F13).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from loudou.customers.looks import Phone
from loudou.fieldwork.figures.discipline import MOST_OBJECTIVES
from loudou.fieldwork.models import Activity, PhoneCall, VisitPlan, VisitRecord
from loudou.fieldwork.queries.cadence import Due
from loudou.kernel import clock
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.signoff.queries import answered_about
from loudou.signoff.words import said
from loudou.ui import format as f
from loudou.ui.papers import Column, Group, Paper, Table, made_at


@dataclass(frozen=True)
class Sheet:
    """What stands on the report: three of each, blank where there are fewer."""

    customer: str
    day: date
    objectives: Sequence[str]
    results: Sequence[str]
    unresolved: Sequence[str]
    people: Sequence[Sequence[str]]


def sheet(plan: VisitPlan, kept: VisitRecord | None) -> Sheet:
    """The report of a visit; one that is not recorded yet has its objectives only."""
    when = (plan.executed_at or plan.starts_at).astimezone(organisation().zone)
    return Sheet(
        customer=plan.customer.name,
        day=when.date(),
        objectives=_three(plan.objectives),
        results=_three(kept.results if kept else ()),
        unresolved=_three(kept.unresolved if kept else ()),
        people=[*(kept.people if kept else ()), *[["", ""]] * MOST_OBJECTIVES][
            : max(MOST_OBJECTIVES, len(kept.people) if kept else 0)
        ],
    )


def interview_report(plan: VisitPlan, kept: VisitRecord | None, *, by: User) -> Paper:
    """The report as a paper to be signed; what superiors wrote stands below it."""
    found = sheet(plan, kept)
    return Paper(
        title=_("Customer interview report"),
        author=by.name,
        made=made_at(clock.now(), organisation().zone),
        tables=[
            _numbered(_("Objectives of the interview"), found.objectives),
            _numbered(_("Results of the interview"), found.results),
            _numbered(_("Unresolved"), found.unresolved),
            Table(
                [Column(_("Full name"), wide=1), Column(_("Position"), wide=2)],
                [Group(found.people)],
                heading=_("Present from the customer"),
            ),
        ],
        facts=[
            (_("Customer"), found.customer),
            (_("Day"), f.day(found.day, year=True)),
            (_("Done by"), plan.owner.name),
            (_("Number"), plan.code),
            *_annulled(plan.activity),
        ],
        notes=[said(answer) for answer in reversed(answered_about(plan))],
        signatures=[_("Done by"), _("Superior")],
        landscape=False,
        name=plan.code,
    )


def _annulled(one: Activity | PhoneCall | None) -> list[tuple[str, str]]:
    """That a record does not hold, and why: on every paper of it."""
    return [] if one is None or one.annulled_at is None else [(_("annulled"), one.annulled_reason)]


def phone_card(call: PhoneCall, phone: Phone | None, *, by: User) -> Paper:
    """A phone record on one sheet; the number as the person may see it."""
    zone = organisation().zone
    at = call.at.astimezone(zone)
    rows = [
        (_("Matter"), call.matter),
        (_("Reply"), call.reply),
        (_("Followed up by"), call.owner.name if call.owner else ""),
        (_("Due on"), f.day(call.due_on, year=True) if call.due_on else ""),
        (_("Result"), call.result),
    ]
    return Paper(
        title=_("Phone record card"),
        author=by.name,
        made=made_at(clock.now(), zone),
        tables=[Table([Column("", wide=1), Column("", wide=4)], [Group(rows)])],
        facts=[
            (_("Number"), call.code),
            (_("Who rang"), " · ".join(filter(None, (call.name, phone.text if phone else "")))),
            (_("Customer"), call.customer.name if call.customer else ""),
            (_("When"), f"{f.day(at, year=True)} {at:%H:%M}"),
            (_("Minutes"), "" if call.minutes is None else str(call.minutes)),
            (_("Answered by"), call.taker.name),
            *_annulled(call),
        ],
        signatures=[_("Answered by"), _("Superior")],
        landscape=False,
        name=call.code,
    )


def contact_plan(rows: Sequence[Due], whose: User, *, by: User) -> Paper:
    """Whom somebody is to contact, by when, as a table."""
    columns = [
        Column(_("Customer"), wide=3),
        Column(_("Deal"), wide=3),
        Column(_("Last contact"), "day"),
        Column(_("Every so many days"), "number"),
        Column(_("Next contact by"), "day"),
    ]
    zone = organisation().zone
    lines = [
        (
            one.customer.name if one.customer else (one.deal.customer_name if one.deal else ""),
            one.deal.title if one.deal else "",
            one.plan.last.astimezone(zone).date() if one.plan.last else None,
            Decimal(one.plan.days),
            one.plan.due.astimezone(zone).date(),
        )
        for one in rows
    ]
    return Paper(
        title=_("Contact plan"),
        author=by.name,
        made=made_at(clock.now(), zone),
        tables=[Table(columns, [Group(lines)])],
        facts=[(_("Owner"), whose.name), (_("Unit"), whose.unit.name if whose.unit else "")],
        landscape=False,
        name="contact-plan",
    )


def _numbered(heading: str, texts: Sequence[str]) -> Table:
    rows = [(str(place), text) for place, text in enumerate(texts, 1)]
    return Table([Column("", wide=1), Column(heading, wide=12)], [Group(rows)])


def _three(texts: Sequence[str]) -> list[str]:
    return [*texts, *[""] * MOST_OBJECTIVES][:MOST_OBJECTIVES]
