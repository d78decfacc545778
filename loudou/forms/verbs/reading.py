"""Reading what was handed in, using it, doubting it, taking it out of the house."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.utils.translation import gettext as _

from loudou.forms import events
from loudou.forms.models import Form, FormRecord, Reading
from loudou.forms.verbs._readings import note_reading
from loudou.forms.verbs._values import line, needed
from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.people.taking import taken_out

UNVERIFIED = "unverified"
# They may name people outside the house: more go by an export, which a superior approves (`security.md` PR-09).
MOST_OUT, SPAN_OUT = 250, timedelta(days=1)


@verb
def read_record(made: FormRecord, *, by: User) -> Reading:
    """Note that somebody read it; the first of its readers counts against waste (M47). Twice is once."""
    require(by, "forms.see_records", made)
    fresh = lock(made)
    known = fresh.readings.filter(reader=by).first()
    if known is not None or by.pk == fresh.author_id:
        return known or Reading(record=fresh, reader=by, is_meant=False, read_at=clock.now())
    reading = note_reading(fresh, by)
    record(events.READ, fresh, by=by)
    return reading


@verb
def use_record(made: FormRecord, *, use: str, note: str, by: User) -> Reading:
    """Say that it was cited: in a meeting, a debrief, for a decision, for coaching (M47 use rate)."""
    require(by, "forms.see_records", made)
    if use not in Reading.Use.values:
        raise Refused(_("Choose one from the list."), field="use")
    why = needed(note, "note")
    fresh = lock(made)
    if by.pk == fresh.author_id:
        raise Refused(_("Others use what one has written."), field="use")
    reading = fresh.readings.filter(reader=by).first() or note_reading(fresh, by)
    now = clock.now()
    reading.use, reading.note, reading.used_at = use, why, reading.used_at or now
    reading.save()
    fresh.used_at = fresh.used_at or now
    fresh.version += 1
    fresh.save(update_fields=["used_at", "version"])
    record(events.USED, fresh, by=by, use=use, note=why, notify=[fresh.author])
    return reading


@verb
def doubt_record(made: FormRecord, *, reason: str, by: User | None) -> FormRecord:
    """Say that what it tells could not be verified, by telephone or on the spot: a red flag (M47 水分率)."""
    require(by, "forms.check", made)
    why = needed(reason, "reason")
    fresh = lock(made)
    if UNVERIFIED not in fresh.flags:
        fresh.flags = [*fresh.flags, UNVERIFIED]
        fresh.version += 1
        fresh.save(update_fields=["flags", "version"])
    record(events.DOUBTED, fresh, by=by, reason=why, notify=[fresh.author])
    return fresh


@verb
def print_record(made: FormRecord, *, by: User) -> None:
    """Put on record who took a filled-in form out as a paper."""
    require(by, "forms.see_records", made)
    record(events.PRINTED, made, by=by)


@verb
def take_out_records(form: Form, *, count: int, kind: str, asked: Mapping[str, str], by: User) -> None:
    """Put on record who took the records of a form out as a table, how many, asked for how; so many within a day."""
    require(by, "exchange.export")
    if count + taken_out(lock(by), SPAN_OUT) > MOST_OUT:
        sentence = _(
            "At most {n} records within a day, what you exported counted in; ask for more under Exports, where your superior approves it."
        )
        raise Refused(sentence.format(n=MOST_OUT))
    record(events.TAKEN_OUT, form, by=by, count=count, form=line(kind, "form", 10), asked=dict(asked))
