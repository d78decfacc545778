"""Approval of a form by two: the owner of sales operations and the managers' council (C13)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.forms import events
from loudou.forms.models import FormVersion
from loudou.forms.queries.steps import step_names
from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.access import may, require
from loudou.people.models import User
from loudou.people.roles import ROLES
from loudou.signoff.acts import refuse_others
from loudou.signoff.models import Request
from loudou.signoff.queries import waiting_about
from loudou.signoff.verbs import ask, send_back, sign, withdraw

State = FormVersion.State
NEEDS = {events.APPROVE_OWNER: "forms.confirm_owner", events.APPROVE_COUNCIL: "forms.confirm"}
WORKING_DAYS = 5
MOST_NAMED = 12  # fields that a signer reads the names of; the form itself is a tap away


@verb
def ask_approval(version: FormVersion, *, by: User, seen: int | None = None) -> FormVersion:
    """Hand a justified form in for both signatures. Who asks and may give one of them has given it by asking."""
    require(by, "forms.manage", version.form)
    fresh = lock(version, version=seen)
    if fresh.state != State.JUSTIFIED:
        raise Refused(_("Say first what the form is for and what it costs."))
    if not fresh.fields:
        raise Refused(_("A form has at least one field."), field="fields")
    fresh.state = State.ASKED
    _kept(fresh)
    record(events.ASKED, fresh, by=by)
    acts = [act for act, right in NEEDS.items() if act == events.APPROVE_COUNCIL or not may(by, right)]
    for act in acts:
        _ask(fresh, act, by)
    return fresh


@verb
def confirm_form(request: Request, *, opinion: str, by: User, version: int | None = None) -> FormVersion:
    """Approve a form with an opinion; with both signatures it is approved."""
    form_version = _asked(request)
    sign(request, opinion=opinion, by=by, version=version)
    if waiting_about(form_version):
        return form_version
    form_version.state, form_version.approved_at = State.APPROVED, clock.now()
    _kept(form_version)
    owner = form_version.form.owner
    record(events.APPROVED, form_version, by=by, notify=[owner] if owner else [])
    return form_version


@verb
def refuse_form(request: Request, *, opinion: str, by: User, version: int | None = None) -> FormVersion:
    """Send a form back, saying why; the other signature is asked for no more."""
    form_version = _asked(request)
    send_back(request, opinion=opinion, by=by, version=version)
    for other in waiting_about(form_version):
        withdraw(other, by=None)
    form_version.state = State.RETURNED
    _kept(form_version)
    record(events.RETURNED, form_version, by=by, opinion=opinion)
    return form_version


def _asked(request: Request) -> FormVersion:
    refuse_others(request, *NEEDS)
    return lock(FormVersion.objects.get(pk=request.subject_id))


def _ask(version: FormVersion, act: str, by: User) -> None:
    steps = step_names()
    facts: list[tuple[Any, Any]] = [
        (gettext_lazy("What it is for"), version.purpose),
        (gettext_lazy("Steps it serves"), [[steps[code]] for code in version.serves if code in steps]),
        (gettext_lazy("Filled in by"), [[ROLES[role]] for role in version.fillers]),
        (gettext_lazy("Read by"), [[ROLES[role]] for role in version.readers]),
        (gettext_lazy("The decision it serves"), version.decision),
        (gettext_lazy("Minutes to fill in"), f"{version.minutes.normalize():f}"),
        (gettext_lazy("How often"), [[str(version.times), gettext_lazy(_EVERY[version.period])]]),
        (gettext_lazy("Fields"), [[one.label] for one in version.questions[:MOST_NAMED]]),
    ]
    ask(
        version,
        act=act,
        needs=NEEDS[act],
        url="forms:confirm",
        by=by,
        owner=by,
        unit=version.form.unit,
        payload={"version": version.pk, "fields": [one["code"] for one in version.fields]},
        facts=[(label, value) for label, value in facts if value],
        reason=version.reason,
        working_days=WORKING_DAYS,
        pool=True,
    )


_EVERY = {"day": "a day", "week": "a week", "month": "a month", "quarter": "a quarter"}


def _kept(version: FormVersion) -> None:
    version.version += 1
    version.save()
