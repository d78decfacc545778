"""Filling in a form, correcting what was handed in, signing it (R148). What was handed in is never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.customers.models import Customer
from loudou.forms import events
from loudou.forms.figures.fields import (
    CUSTOMER,
    DEAL,
    PERSON,
    PHOTO,
    ROWS,
    Field,
    Wrong,
    answered,
    is_asked,
    shown,
    unasked,
)
from loudou.forms.models import Form, FormFile, FormRecord, FormVersion
from loudou.forms.queries.suspicion import flags_of
from loudou.forms.verbs._readings import note_reading
from loudou.forms.verbs._records import about, read_until, searched
from loudou.forms.verbs._values import needed
from loudou.forms.words import wrong_sentence
from loudou.journal import channel
from loudou.journal.bulk import reserve_keys
from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.access import may, require
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.people.tables import Tables
from loudou.pipeline.models import Deal
from loudou.signoff.acts import refuse_others
from loudou.signoff.models import Request
from loudou.signoff.queries import waiting_about
from loudou.signoff.verbs import ask, send_back, sign, withdraw
from loudou.ui.uploads import Received

LONGEST_MINUTES = Decimal(240)  # what lay open longer was not being filled in: it is not measured
_MODELS: dict[str, type[Any]] = {PERSON: User, CUSTOMER: Customer, DEAL: Deal}


@dataclass(frozen=True)
class Filled:
    """The answers by the code of their field: texts, lists of codes, rows, lists of files as they were received.

    `begun_at` is when the page was opened.
    """

    answers: Mapping[str, Any]
    begun_at: datetime | None = None
    key: str = ""
    day: date | None = None
    kept: frozenset[str] = frozenset()  # fields whose photos came with an edition before


@verb
def fill_form(form: Form, filled: Filled, *, by: User, author: User | None = None) -> FormRecord:
    """Hand a form in. Only a form in force can be; only by those whom it is for. The same key twice is one record."""
    author = author or by
    made = FormRecord(form=form, author=author, key=filled.key[:64])
    require(by, "forms.fill", made)
    if (known := _sent_before(author, made.key)) is not None:
        return known
    version = _in_force(form, author)
    _settle(made, version, filled, clock.now(), by)
    made.pk = reserve_keys(FormRecord, 1)[0]
    made.code = f"{form.code}-{made.pk}"
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        return FormRecord.objects.get(author=author, key=made.key)
    _keep_files(made, filled)
    record(events.FILLED, made, by=by)
    if version.signed:
        _ask_signature(made, by)
    return made


@verb
def correct_record(
    former: FormRecord, filled: Filled, *, reason: str, by: User, seen: int | None = None
) -> FormRecord:
    """Hand a corrected edition in, with the reason; the former one stays readable. What is signed is not corrected."""
    require(by, "forms.fill", former)
    fresh = lock(former, version=seen)
    if fresh.replaced:
        raise Refused(_("This edition was corrected already; correct the last one."))
    if fresh.signed_at is not None:
        raise Refused(_("It is signed; what has to be said goes into another one."))
    made = FormRecord(form=fresh.form, author=fresh.author, code=fresh.code, edition=fresh.edition + 1)
    made.origin_id = fresh.origin_id or fresh.pk
    made.reason = needed(reason, "reason")
    _settle(made, fresh.form_version, _with_photos(filled, fresh), clock.now(), by)
    made.day, made.submitted_at, made.read_until = fresh.day, fresh.submitted_at, fresh.read_until
    made.minutes, made.unit_id = fresh.minutes, fresh.unit_id
    fresh.replaced, fresh.version = True, fresh.version + 1
    fresh.save(update_fields=["replaced", "version"])
    made.save(force_insert=True)
    _keep_files(made, filled)
    for request in waiting_about(fresh):
        withdraw(request, by=None)
    record(events.CORRECTED, made, by=by, reason=made.reason)
    if fresh.form_version.signed:
        _ask_signature(made, by)
    return made


@verb
def confirm_record(request: Request, *, opinion: str, by: User, version: int | None = None) -> FormRecord:
    """Sign what was handed in, with an opinion: that is reading it, too."""
    signed = sign(request, opinion=opinion, by=by, version=version)
    fresh = _asked(request)
    fresh.signed_at, fresh.version = signed.answered_at, fresh.version + 1
    fresh.save(update_fields=["signed_at", "version"])
    note_reading(fresh, by)
    record(events.SIGNED, fresh, by=by)
    return fresh


@verb
def refuse_record(request: Request, *, opinion: str, by: User, version: int | None = None) -> FormRecord:
    """Send back what was handed in: its author corrects it."""
    answered = send_back(request, opinion=opinion, by=by, version=version)
    fresh = _asked(request)
    fresh.returned_at, fresh.version = answered.answered_at, fresh.version + 1
    fresh.save(update_fields=["returned_at", "version"])
    note_reading(fresh, by)
    record(events.SENT_BACK, fresh, by=by)
    return fresh


def _with_photos(filled: Filled, former: FormRecord) -> Filled:
    """What was filled in; where a correction brings no photos, those of the edition before."""
    kept = {
        one.code: former.answers[one.code]
        for one in former.form_version.questions
        if one.kind == PHOTO and former.answers.get(one.code) and not filled.answers.get(one.code)
    }
    return replace(filled, answers={**filled.answers, **kept}, kept=frozenset(kept))


def _keep_files(made: FormRecord, filled: Filled) -> None:
    """Rows for the photos that came with this edition."""
    names = ("name", "kind", "size", "sha256", "stored_as")
    FormFile.objects.bulk_create(
        FormFile(
            record=made,
            field=one.code,
            added_at=made.recorded_at,
            **{name: getattr(file, name) for name in names},
        )
        for one in made.form_version.questions
        if one.kind == PHOTO
        for file in filled.answers.get(one.code) or ()
    )


def _sent_before(author: User, key: str) -> FormRecord | None:
    """What the same writing became when it came before."""
    return FormRecord.objects.filter(author=author, key=key).first() if key else None


def _in_force(form: Form, author: User) -> FormVersion:
    """The version to fill in; refused for a form nobody may be asked for, and for who is not among its fillers."""
    form = Form.objects.select_related("current").get(pk=form.pk)
    version = form.current
    if version is None or form.retired_at is not None:
        raise Refused(_("Only a form in force can be filled in."))
    if form.built_in:
        raise Refused(_("This form is a page of the product; it is handed in there."))
    if not author.has(*version.fillers):
        raise Forbidden(_("This form is not for you to fill in."))
    if not Form.objects.visible_to(author).filter(pk=form.pk).exists():
        raise Forbidden(_("This form is not for you to fill in."))
    return version


def _settle(made: FormRecord, version: FormVersion, filled: Filled, now: datetime, by: User | None) -> None:
    """Everything a record is besides its number: answers, time, place, suspicion, what it is found by."""
    company = organisation()
    made.form_version, made.channel = version, channel.current().channel
    made.submitted_at = made.recorded_at = now
    made.day = filled.day or company.today
    if made.day > company.today:
        raise Refused(_("This lies in the future."), field="day")
    made.unit_id = Tables.read().unit_of(made.author, now)
    made.read_until = read_until(now)
    made.minutes = _minutes(filled.begun_at, now)
    made.answers = {}
    for one in version.questions:
        kept, raw = one.code in filled.kept, filled.answers.get(one.code)
        made.answers[one.code] = _answer(one, raw, made.answers, company.today, by, kept=kept)
    _refuse_strange(version, filled.answers)
    made.customer_id, made.deal_id = about(version, made.answers)
    made.flags = flags_of(made)
    made.search = searched(made)


def _answer(
    asked: Field, raw: Any, before: Mapping[str, Any], today: date, by: User | None, *, kept: bool
) -> Any:
    """An answer as it is kept; photos of an edition before go where the field is not asked any more."""
    try:
        if not is_asked(asked, before):
            return unasked(asked, None if kept else raw)
        if asked.kind == PHOTO and not kept:
            raw = [_photo(one) for one in raw or ()]
        if asked.kind not in ROWS:
            return answered(asked, raw, before, today=today)
        row = raw if isinstance(raw, _MODELS[asked.kind]) else None
        if row is None and raw not in (None, ""):
            raise Wrong("choice")
        if row is None and asked.required:
            raise Wrong("required")
    except Wrong as wrong:
        raise Refused(wrong_sentence(wrong), field=asked.code) from None
    if row is None:
        return None
    if not may(
        by, row.access.see if asked.kind != PERSON else "people.see", None if asked.kind == PERSON else row
    ):
        raise Refused(_("Choose one from the list."), field=asked.code)
    return {"id": row.pk, "name": row.title if isinstance(row, Deal) else row.name}


def _photo(file: Any) -> dict[str, str]:
    """What a record says of a photo that was received."""
    if not isinstance(file, Received):
        raise Wrong("kind")
    if not file.kind.startswith("image/"):
        raise Wrong("photo")
    return {"name": file.name, "sha256": file.sha256}


def _refuse_strange(version: FormVersion, answers: Mapping[str, Any]) -> None:
    known = {one.code for one in version.questions}
    strange = next((code for code in answers if code not in known), None)
    if strange is not None:
        raise Refused(_("The form has no field “{name}”.").format(name=str(strange)[:40]), field="answers")


def _minutes(begun_at: datetime | None, now: datetime) -> Decimal | None:
    if begun_at is None or begun_at > now:
        return None
    took = Decimal((now - begun_at) / timedelta(seconds=6)).to_integral_value() / 10
    return took if took <= LONGEST_MINUTES else None


def _ask_signature(made: FormRecord, by: User) -> None:
    facts: list[tuple[Any, Any]] = [
        (f"{one.label.get('en') or next(iter(one.label.values()))}", shown(one, made.answers[one.code])[:300])
        for one in made.form_version.questions
    ]
    ask(
        made,
        act=events.SIGN,
        needs="forms.confirm_record",
        url="forms:confirm",
        by=by,
        owner=made.author,
        unit=made.unit,
        payload={"edition": made.edition, "answers": made.answers},
        facts=[
            (gettext_lazy("Form"), made.form_version.names),
            *((label, value) for label, value in facts if value),
        ],
        reason=made.reason,
    )


def _asked(request: Request) -> FormRecord:
    refuse_others(request, events.SIGN)
    return lock(FormRecord.objects.get(pk=request.subject_id))
