"""Filled-in forms as papers: one as it is signed, many as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from loudou.customers.papers import drawn
from loudou.customers.queries import people_at
from loudou.daylog.figures.discipline import Discipline
from loudou.daylog.papers import of_lens
from loudou.forms.figures.fields import CHOSEN, DATE, FIGURES, MONEY, NUMBER, PHOTO, Field, shown
from loudou.forms.models import Form, FormRecord
from loudou.forms.reports.handing_in import HandingIn
from loudou.forms.reports.worth import FormLoad, Row, days_of
from loudou.forms.words import VERDICTS
from loudou.kernel import clock
from loudou.people.access import may
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.signoff.queries import answered_about
from loudou.signoff.words import said
from loudou.ui import format as f
from loudou.ui.cells import guarded
from loudou.ui.papers import Column, Group, Paper, Table, Value, made_at

FOLLOW_UP = "F06"


def told(asked: Field, answer: Any) -> str:
    """An answer in the reader's language."""
    if answer in (None, "", []):
        return f.DASH
    if asked.kind in CHOSEN:
        names = {one.code: f.in_words(one.label) for one in asked.choices}
        return f.comma().join(
            names.get(code, str(code)) for code in (answer if isinstance(answer, list) else [answer])
        )
    if asked.kind == PHOTO:
        return shown(asked, answer)
    if asked.kind == MONEY:
        return f.money(Decimal(answer), organisation().base_currency, full=True)
    if asked.kind == NUMBER:
        return f"{Decimal(answer):,f}"
    if asked.kind == DATE:
        return f.day(date.fromisoformat(answer), year=True)
    return str(answer["name"]) if isinstance(answer, dict) else str(answer)


def record_paper(made: FormRecord, *, by: User) -> Paper:
    """A filled-in form as a paper to be signed: a line a field; opinions stand below."""
    version = made.form_version
    lines = [(f.in_words(one.label), told(one, made.answers.get(one.code))) for one in version.questions]
    return Paper(
        title=str(version),
        author=by.name,
        made=_now(),
        tables=[Table([Column("", wide=3), Column("", wide=9)], [Group(lines)])],
        facts=[
            (_("Number"), made.code),
            (_("Version"), f"v{version.number} · {made.edition}"),
            (_("Filled in by"), made.author.name),
            (_("Day"), f.day(made.day, year=True)),
            (_("Handed in at"), f.instant(made.submitted_at)),
        ],
        notes=[
            *([_("Corrected: %(reason)s") % {"reason": made.reason}] if made.reason else []),
            *map(said, reversed(answered_about(made))),
        ],
        signatures=[_("Filled in by"), _("Superior")],
        landscape=False,
        drawing=chain_of(made, by),
        name=made.code,
    )


def chain_of(made: FormRecord, by: User) -> str:
    """The decision chain of the customer a key-account follow-up is about (F06), as it stands today."""
    customer = made.customer
    if made.form.code != FOLLOW_UP or customer is None or not may(by, "customers.see", customer):
        return ""
    return drawn(customer, people_at(customer))


def records_paper(form: Form, records: Sequence[FormRecord], *, by: User) -> Paper:
    """The records of a form as a table, a column a field of the version in force."""
    assert form.current is not None
    questions = form.current.questions
    columns = [
        *(Column(name) for name in (_("Number"), _("Filled in by"), _("Unit"))),
        Column(_("Day"), "day"),
        *(Column(_heading(one, questions), _column_kind(one)) for one in questions),
    ]
    return Paper(
        title=str(form.current),
        author=by.name,
        made=_now(),
        tables=[Table(columns, [Group([_cells(made, questions) for made in records])])],
        facts=[(_("Form"), form.code), (_("Records"), str(len(records)))],
        name=form.code,
    )


def worth_paper(report: FormLoad, by: User) -> Paper:
    """What forms cost and give, form by form and person by person."""
    lens = report.lens
    columns = [
        Column(_("Form"), wide=3),
        Column(_("Submissions"), "number"),
        Column(_("Minutes each"), "figure"),
        Column(_("Minutes in all"), "figure"),
        Column(_("Waste"), "percent"),
        Column(_("Use rate"), "percent"),
        Column(_("Water"), "percent"),
        Column(_("Verdict"), wide=2),
    ]
    forms = [(f"{row.form.code} {row.form.current}", *_worth(row)) for row in report.rows]
    who = [Column(_("Person"), wide=2), Column(_("Unit"), wide=2)]
    figures = [Column(_("Working days"), "number"), Column(_("Minutes a salesperson and day"), "figure")]
    people = [
        (one.user.name, one.user.unit.name if one.user.unit else "", days_of(one), told.value)
        for one, told in report.by_person
    ]
    total = (_("Total"), "", report.person_days, report.load.value)
    return Paper(
        title=_("Load and worth of forms"),
        author=by.name,
        made=_now(),
        tables=[
            Table(columns, [Group(forms)], heading=_("By form")),
            Table([*who, *figures], [Group(people)], total=total, heading=_("By person")),
        ],
        facts=of_lens(lens),
        name=f"form-load-{lens.today.isoformat()}",
    )


def _worth(row: Row) -> Sequence[Value]:
    tally = row.tally
    verdicts = f.comma().join(str(VERDICTS[name][0]) for name in row.verdicts)
    rates = (tally.waste.value, tally.use.value, tally.water.value)
    return (tally.submissions, tally.each, tally.total, *rates, verdicts)


def handing_in_paper(report: HandingIn, by: User) -> Paper:
    """How what is asked for comes in, document by document and person by person."""
    lens = report.lens
    figures = [
        Column(_("To be handed in"), "number"),
        Column(_("In time"), "number"),
        Column(_("Came too late"), "number"),
        Column(_("Never came"), "number"),
        Column(_("Share in time"), "percent"),
        Column(_("Received"), "percent"),
    ]
    people = [
        (one.user.name, one.user.unit.name if one.user.unit else "", *_handed_in(report.of(one.user.pk)))
        for one in report.people
    ]
    documents = [(str(one.name), *_handed_in(one.total)) for one in report.documents]
    total = _handed_in(report.total)
    who = [Column(_("Person"), wide=2), Column(_("Unit"), wide=2)]
    return Paper(
        title=_("Handing in"),
        author=by.name,
        made=_now(),
        tables=[
            Table([Column(_("Form"), wide=3), *figures], [Group(documents)], total=(_("Total"), *total)),
            Table([*who, *figures], [Group(people)], total=(_("Total"), "", *total), heading=_("By person")),
        ],
        facts=of_lens(lens),
        name=f"hand-ins-{lens.today.isoformat()}",
    )


def _handed_in(one: Discipline) -> Sequence[Value]:
    counts = (one.due, one.on_time, one.late, one.missing)
    return (*counts, one.on_time_rate.value, one.received_rate.value)


def as_csv(paper: Paper) -> bytes:
    """The first table of a paper as CSV, as spreadsheets open it; no cell is taken for a formula (IE-02)."""
    table, out = paper.tables[0], io.StringIO()
    writer = csv.writer(out)
    writer.writerow([guarded(column.name) for column in table.columns])
    for group in table.groups:
        writer.writerows([[_plain(value) for value in row] for row in group.rows])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else guarded(str(value or ""))


def _cells(made: FormRecord, questions: Sequence[Field]) -> list[Any]:
    unit = made.unit.name if made.unit else ""
    return [
        made.code,
        made.author.name,
        unit,
        made.day,
        *(_cell(one, made.answers.get(one.code)) for one in questions),
    ]


def _cell(asked: Field, answer: Any) -> Any:
    if answer in (None, "", []):
        return None
    if asked.kind in FIGURES:
        return Decimal(answer)
    if asked.kind == DATE:
        return date.fromisoformat(answer)
    return told(asked, answer)


def _column_kind(asked: Field) -> str:
    return {MONEY: "money", DATE: "day"}.get(asked.kind, "text")


def _heading(asked: Field, questions: Sequence[Field]) -> str:
    """A field's name; with its code where two have the same, for a sheet knows its columns by name."""
    name = f.in_words(asked.label)
    alike = sum(f.in_words(one.label) == name for one in questions) > 1
    taken = name in (_("Number"), _("Filled in by"), _("Unit"), _("Day"))
    return f"{name} ({asked.code})" if alike or taken else name


def _now() -> str:
    return made_at(clock.now(), timezone.get_current_timezone())
