"""Taking records over that were kept elsewhere: with their own times, as they were (C21)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from loudou.customers.models import Customer
from loudou.forms import events
from loudou.forms.figures.fields import ROWS, Wrong, answered
from loudou.forms.models import Form, FormRecord
from loudou.forms.verbs._readings import note_reading
from loudou.forms.verbs._records import read_until, searched
from loudou.forms.verbs.reading import UNVERIFIED
from loudou.forms.words import wrong_sentence
from loudou.journal import channel
from loudou.journal.bulk import reserve_keys
from loudou.journal.record import record, record_each, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.people.tables import Tables
from loudou.pipeline.models import Deal


@verb
def import_record(
    form: Form,
    *,
    author: User,
    submitted_at: datetime,
    by: User | None,
    code: str = "",
    answers: Mapping[str, Any] | None = None,
    customer: Customer | None = None,
    deal: Deal | None = None,
    minutes: Decimal | None = None,
    read_at: datetime | None = None,
    reader: User | None = None,
    used_at: datetime | None = None,
    flagged: bool = False,
) -> FormRecord | None:
    """Take a record over, with what is known of who read and used it; None if it is known already.

    `flagged` says that it was found not to be true. Answers are taken as they are, but must fit their fields.
    """
    require(by, "exchange.import_history")
    version = form.current
    if version is None or form.built_in:
        raise Refused(_("Only a form in force that is filled in here takes records."), field="form_code")
    known = FormRecord.objects.filter(form=form)
    known = known.filter(code=code) if code else known.filter(author=author, submitted_at=submitted_at)
    if known.exists():
        return None
    made = FormRecord(form=form, form_version=version, author=author, minutes=minutes)
    _date(made, submitted_at)
    made.customer = customer or (deal.customer if deal is not None else None)
    made.deal, made.flags = deal, [UNVERIFIED] if flagged else []
    made.answers = _answers(made, answers or {})
    made.search, made.used_at = searched(made), used_at
    made.pk = reserve_keys(FormRecord, 1)[0]
    made.code = code or f"{form.code}-{made.pk}"
    made.save(force_insert=True)
    if read_at is not None:
        with clock.at(read_at):
            _read(made, reader)
    record(events.IMPORTED, made, by=by)
    return made


@verb
def withdraw_records(keys: Sequence[int], *, by: User | None) -> None:
    """Take records back that an import brought by mistake."""
    require(by, "exchange.import_history")
    rows = list(FormRecord.objects.filter(pk__in=keys, channel="import").select_related("form_version"))
    record_each(events.WITHDRAWN, ((row, {}) for row in rows), by=by)
    for row in rows:
        row.readings.all().delete()
    FormRecord.objects.filter(pk__in=[row.pk for row in rows]).delete()


def _date(made: FormRecord, at: datetime) -> None:
    """Set what follows from when it was handed in: its day, the unit of its author then, until when it is read."""
    made.submitted_at, made.day = at, at.astimezone(organisation().zone).date()
    made.unit_id, made.read_until = Tables.read().unit_of(made.author, at), read_until(at)
    made.recorded_at, made.channel = clock.now(), channel.current().channel


def _read(made: FormRecord, reader: User | None) -> None:
    if reader is not None:
        note_reading(made, reader)
    else:
        made.opened_at = clock.now()
        made.save(update_fields=["opened_at"])


def _answers(made: FormRecord, given: Mapping[str, Any]) -> dict[str, Any]:
    """The answers of a record of elsewhere: what it does not say is empty, what it says must fit."""
    fields = {one.code: one for one in made.form_version.questions}
    if strange := next((code for code in given if code not in fields), None):
        raise Refused(_("The form has no field “{name}”.").format(name=str(strange)[:40]), field="answers")
    rows = {"customer": made.customer, "deal": made.deal}
    found: dict[str, Any] = {}
    for code, one in fields.items():
        if one.kind in ROWS:
            row = rows.get(one.kind)
            named = getattr(row, "title", None) or getattr(row, "name", "")
            found[code] = {"id": row.pk, "name": named} if row is not None else None
            continue
        try:
            found[code] = answered(one, given[code], found, today=made.day) if code in given else None
        except Wrong as wrong:
            raise Refused(f"{code}: {wrong_sentence(wrong)}", field="answers") from None
    return found
