"""Putting an approved form in force, giving it to another owner, retiring it. Only issued forms can be demanded (C13)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from loudou.forms import events
from loudou.forms.figures.worth import BUDGET
from loudou.forms.models import Form, FormVersion
from loudou.forms.queries.demand import demand_with
from loudou.forms.verbs._values import line, needed
from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.periods import Grain
from loudou.kernel.refusals import Refused
from loudou.people.access import may, require
from loudou.people.models import User
from loudou.people.queries import organisation

State = FormVersion.State


@verb
def issue(version: FormVersion, *, by: User | None, seen: int | None = None, despite: str = "") -> Form:
    """Put an approved version in force in the place of the one before it.

    Refused where a salesperson's forms would then take over 30 minutes a day, unless `despite` says why.
    """
    require(by, "forms.manage", version.form)
    fresh = lock(version, version=seen)
    if fresh.state != State.APPROVED:
        raise Refused(_("Only an approved form is put in force."))
    form = lock(fresh.form)
    if form.retired_at is not None:
        raise Refused(_("This form is retired; propose another."))
    why = line(despite, "despite", 300)
    wanted = demand_with(fresh)
    if wanted > BUDGET and not why:
        raise Refused(
            _(
                "With it a salesperson would fill in forms for {n} minutes a day; {most} are the limit."
            ).format(n=f"{wanted:.1f}", most=BUDGET),
            field="despite",
        )
    now = clock.now()
    if form.current is not None:
        former = form.current
        former.state, former.ended_at, former.version = State.REPLACED, now, former.version + 1
        former.save()
    fresh.state, fresh.issued_at, fresh.version = State.ISSUED, now, fresh.version + 1
    fresh.save()
    company = organisation()
    form.current, form.review_on = fresh, company.fiscal.of(company.today, Grain.QUARTER).end
    form.version += 1
    form.save()
    record(events.ISSUED, form, by=by, number=fresh.number, demand=wanted, despite=why)
    return form


@verb
def give_form(form: Form, *, to: User, by: User | None, seen: int | None = None) -> Form:
    """Let somebody else answer for a form."""
    require(by, "forms.manage", form)
    fresh = lock(form, version=seen)
    if not to.is_active or not may(to, "forms.propose"):
        raise Refused(_("Choose somebody who may keep forms."), field="to")
    fresh.owner, fresh.version = to, fresh.version + 1
    fresh.save()
    record(events.OWNED, fresh, by=by, to=to, notify=[to])
    return fresh


@verb
def retire_form(form: Form, *, reason: str, by: User | None, seen: int | None = None) -> Form:
    """Ask for a form no more; its records stay. A change of it that is under way is dropped."""
    require(by, "forms.manage", form)
    fresh = lock(form, version=seen)
    if fresh.built_in:
        raise Refused(_("A page of the product is not retired; change who fills it in."))
    if fresh.retired_at is not None:
        return fresh
    why = needed(reason, "reason")
    now = clock.now()
    if fresh.versions.filter(state__in=(State.ASKED, State.APPROVED)).exists():
        raise Refused(_("A change of this form is being approved; let that be answered first."))
    for version in fresh.versions.filter(state__in=FormVersion.OPEN):
        version.state, version.ended_at, version.version = State.DROPPED, now, version.version + 1
        version.save()
    fresh.retired_at, fresh.retired_reason, fresh.review_on = now, why, None
    fresh.version += 1
    fresh.save()
    record(events.RETIRED, fresh, by=by, reason=why, notify=[fresh.owner] if fresh.owner else [])
    return fresh
