"""Proposing a form, writing it, saying what it is for (C13: proposed → justified)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from loudou.forms import events
from loudou.forms.figures.fields import Field
from loudou.forms.models import Form, FormVersion
from loudou.forms.verbs._values import LONGEST_NAME, LONGEST_PURPOSE, line, names, needed, sound, terms
from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import Unit, User

State = FormVersion.State
TEXTS = {"names": LONGEST_NAME, "purpose": LONGEST_PURPOSE, "decision": LONGEST_PURPOSE}
_COPIED = (
    *("names", "purpose", "fields", "serves", "fillers", "readers", "decision"),
    *("minutes", "times", "period", "signed"),
)


@verb
def add_form(
    *,
    code: str,
    by: User | None,
    names: Mapping[str, str],
    fields: Sequence[Field],
    built_in: str = "",
    **said: Any,
) -> Form:
    """Put a form in force that comes with the product: its process is settled, it goes through no approval."""
    require(by, "forms.manage")
    now = clock.now()
    form = Form(code=code, built_in=built_in)
    form.save(force_insert=True)
    made = FormVersion(
        form=form, number=1, names=dict(names), fields=sound(fields), proposed_at=now, **terms(said)
    )
    made.state, made.justified_at, made.approved_at, made.issued_at = State.ISSUED, now, now, now
    made.save(force_insert=True)
    form.current = made
    form.save(update_fields=["current"])
    record(events.FURNISHED, form, by=by)
    return form


@verb
def propose_form(
    *,
    code: str,
    names: Mapping[str, str] | str,
    by: User | None,
    fields: Sequence[Field] = (),
    purpose: Mapping[str, str] | str = "",
    unit: Unit | None = None,
) -> FormVersion:
    """Propose a form, for everybody or for a unit and those below it. Who proposes it owns it until it is given away."""
    form = Form(code=_code(code), owner=by, unit=unit)
    require(by, "forms.propose", Form(unit=unit))
    try:
        with transaction.atomic():
            form.save(force_insert=True)
    except IntegrityError:
        raise Refused(_("There is a form with this number already."), field="code") from None
    made = FormVersion(form=form, number=1, proposed_by=by, proposed_at=clock.now())
    _write(made, {"names": names, "purpose": purpose, "fields": fields})
    made.save(force_insert=True)
    record(events.PROPOSED, made, by=by)
    return made


@verb
def change_form(form: Form, *, by: User | None) -> FormVersion:
    """Begin the next version of a form from the last one; it goes through justification and approval like the first."""
    require(by, "forms.manage", form)
    fresh = lock(form)
    if fresh.retired_at is not None:
        raise Refused(_("This form is retired; propose another."))
    if fresh.versions.filter(state__in=FormVersion.ON_THE_WAY).exists():
        raise Refused(_("A change of this form is under way already."))
    last = fresh.versions.order_by("-number").first()
    assert last is not None
    made = FormVersion(form=fresh, number=last.number + 1, proposed_by=by, proposed_at=clock.now())
    for name in _COPIED:
        setattr(made, name, getattr(last, name))
    made.save(force_insert=True)
    record(events.PROPOSED, made, by=by)
    return made


@verb
def edit_version(
    version: FormVersion, *, by: User | None, seen: int | None = None, **values: Any
) -> FormVersion:
    """Change what a form will ask and be called: `names`, `purpose`, `fields`, `signed`. It is to be justified anew.

    A text without a language is said in that of the writer. The fields of a page of the product are the product's.
    """
    fresh = _open(version, by, seen)
    if "fields" in values and fresh.form.built_in:
        raise Refused(_("The fields of a page of the product cannot be changed here."), field="fields")
    _write(fresh, values)
    fresh.state = State.PROPOSED
    _kept(fresh)
    record(events.EDITED, fresh, by=by)
    return fresh


@verb
def justify(
    version: FormVersion,
    *,
    decision: Mapping[str, str] | str,
    readers: Sequence[str],
    fillers: Sequence[str],
    minutes: Decimal,
    times: int,
    period: str,
    by: User | None,
    serves: Sequence[str] = (),
    reason: str = "",
    seen: int | None = None,
) -> FormVersion:
    """Say why a form is worth its time: the steps it serves, who reads it for which decision, what it costs.

    One that serves no step may be justified, with the reason: it is then the first to go.
    """
    fresh = _open(version, by, seen)
    fresh.reason = line(reason, "reason", 300)
    who = {"serves": serves, "readers": readers, "fillers": fillers}
    for name, value in terms({**who, "minutes": minutes, "times": times, "period": period}).items():
        setattr(fresh, name, value)
    _refuse_idle(fresh)
    fresh.decision = names(decision, field="decision", longest=LONGEST_PURPOSE, former=fresh.decision)
    if not fresh.decision:
        raise Refused(_("Name the decision that is made with it."), field="decision")
    fresh.state, fresh.justified_at = State.JUSTIFIED, clock.now()
    _kept(fresh)
    record(events.JUSTIFIED, fresh, by=by, minutes=fresh.minutes, times=fresh.times)
    return fresh


@verb
def drop_version(
    version: FormVersion, *, reason: str, by: User | None, seen: int | None = None
) -> FormVersion:
    """Give a proposal up, with the reason; what is in force stays in force."""
    fresh = _open(version, by, seen)
    why = needed(reason, "reason")
    fresh.state, fresh.ended_at = State.DROPPED, clock.now()
    _kept(fresh)
    record(events.DROPPED, fresh, by=by, reason=why)
    return fresh


def _refuse_idle(version: FormVersion) -> None:
    """Refuse a form without people, and one that serves no step without the reason."""
    for field in ("readers", "fillers"):
        if not getattr(version, field):
            raise Refused(_("Say who: a form that nobody reads or fills in is none."), field=field)
    if not version.serves and not version.reason:
        raise Refused(
            _("It serves no step of the process: say why it is needed all the same."), field="reason"
        )


def _open(version: FormVersion, by: User | None, seen: int | None) -> FormVersion:
    require(by, "forms.manage", version.form)
    fresh = lock(version, version=seen)
    if fresh.state not in FormVersion.OPEN:
        raise Refused(_("This version cannot be changed any more; begin the next one."))
    return fresh


def _write(version: FormVersion, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if name in TEXTS:
            value = names(value, field=name, longest=TEXTS[name], former=getattr(version, name))
        elif name == "fields":
            value = sound(value) if value else []
        setattr(version, name, value)
    if not version.names:
        raise Refused(_("A form needs a name."), field="names")


def _kept(version: FormVersion) -> None:
    version.version += 1
    version.save()


def _code(code: str) -> str:
    clean = code.strip()
    if (
        not 2 <= len(clean) <= 40
        or not clean.isascii()
        or not clean.replace("-", "").replace("_", "").isalnum()
    ):
        raise Refused(_("A number has 2 to 40 letters, digits, - and _."), field="code")
    return clean
