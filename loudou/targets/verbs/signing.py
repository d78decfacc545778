"""Signing what was asked for about targets: approval of what was negotiated, adjustments of what runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.money import Money
from loudou.kernel.periods import Grain, Period
from loudou.kernel.refusals import Refused
from loudou.people import verbs as people
from loudou.people.models import Organisation, User
from loudou.people.queries import organisation
from loudou.signoff.acts import refuse_others
from loudou.signoff.models import Request
from loudou.signoff.verbs import send_back, sign
from loudou.targets import events
from loudou.targets.figures.agreeing import come_to
from loudou.targets.figures.progress import RATES
from loudou.targets.models import WORDS, Closing, Edition, Negotiation, Target
from loudou.targets.queries import timing
from loudou.targets.queries.agreeing import check_of, fall, previews, standing_between
from loudou.targets.queries.closing import last_closing
from loudou.targets.queries.waiting import ADJUSTMENT
from loudou.targets.verbs.closing import REOPENING
from loudou.targets.verbs.negotiating import APPROVAL
from loudou.targets.verbs.setting import describe_target
from loudou.targets.verbs.sheet import CellInput, set_cells


@verb
def confirm_target(request: Request, *, opinion: str, by: User, version: int | None = None) -> Request:
    """Sign with an opinion, and do what was asked for."""
    refuse_others(request, APPROVAL, ADJUSTMENT, REOPENING)
    signed = sign(request, opinion=opinion, by=by, version=version)
    if signed.act == APPROVAL:
        _approve(lock(Negotiation.objects.get(pk=signed.subject_id)), by)
    elif signed.act == ADJUSTMENT:
        _adjust(signed, by)
    else:
        _reopen(signed, by)
    return signed


@verb
def refuse_target(request: Request, *, opinion: str, by: User, version: int | None = None) -> Request:
    """Send back with an opinion; a negotiation goes on where it stood."""
    refuse_others(request, APPROVAL, ADJUSTMENT, REOPENING)
    returned = send_back(request, opinion=opinion, by=by, version=version)
    if returned.act != APPROVAL:
        return returned
    fresh = lock(Negotiation.objects.get(pk=returned.subject_id))
    fresh.state = Negotiation.State.NEGOTIATING
    fresh.version += 1
    fresh.save()
    record(events.NEGOTIATION_RETURNED, fresh, by=by, reason=returned.opinion)
    return returned


def _approve(negotiation: Negotiation, by: User) -> None:
    """What was negotiated becomes targets of the unit and its people, months included, that only adjustments change."""
    check, _ratio = check_of(negotiation)
    if negotiation.parts and not check.passed and not negotiation.waiver:
        sentence = _("Together they carry less than 120 % of the target: {missing} is missing.")
        raise Refused(sentence.format(missing=f"{check.shortfall:,.2f}"), field="opinion")
    assert negotiation.proposed is not None
    company = organisation()
    people = {
        user.username: user
        for user in User.objects.filter(username__in=negotiation.parts).select_related("unit")
    }
    there = standing_between(negotiation.unit, list(people.values()), negotiation.metric, negotiation.period)
    cells = _cells(negotiation, None, negotiation.proposed, company, there.get(None, ()))
    for name, amount in negotiation.parts.items():
        person = people[name]
        cells += _cells(negotiation, person, Decimal(amount), company, there.get(person.pk, ()))
    made = _written(cells, negotiation.metric, by)
    words = {name: getattr(negotiation, name) for name in WORDS}
    describe_target(made[0], by=by, signed=True, **words)
    Target.objects.filter(pk__in=[target.pk for target in made]).update(approved_by=by)
    negotiation.state = Negotiation.State.APPROVED
    negotiation.version += 1
    negotiation.save()
    hearers = [user for user in (negotiation.proposer, negotiation.opened_by) if user is not None]
    record(
        events.NEGOTIATION_APPROVED,
        negotiation,
        by=by,
        amount=Money(negotiation.proposed, company.base_currency)
        if negotiation.in_money
        else negotiation.proposed,
        notify=[*hearers, *people.values()],
    )


def _cells(
    negotiation: Negotiation,
    person: User | None,
    amount: Decimal,
    company: Organisation,
    there: Sequence[Period],
) -> list[CellInput]:
    """The whole and its months, the whole first; quarters that were set before (`there`) come to their months."""
    unit = person.unit if person is not None and person.unit is not None else negotiation.unit
    whole = [CellInput(unit, person, negotiation.period, amount)]
    pieces = timing(company, unit=negotiation.unit).pieces(negotiation.period, Grain.MONTH)
    if len(pieces) < 2 or not any(piece.weight for piece in pieces):
        return whole
    fallen = zip(pieces, fall(negotiation.metric, amount, pieces), strict=True)
    months = [(company.fiscal.parse(one.key), part) for one, part in fallen]
    is_rate = negotiation.metric in RATES
    sums = ((one, come_to(one, months, is_rate=is_rate)) for one in there if one != negotiation.period)
    between = [(one, part) for one, part in sums if part is not None]
    return whole + [CellInput(unit, person, one, part) for one, part in [*months, *between]]


def _written(cells: Sequence[CellInput], metric: str, by: User) -> list[Target]:
    outcomes = set_cells(cells, metric=metric, by=by, signed=True)
    for outcome in outcomes:
        if outcome.refusal is not None:
            raise outcome.refusal
    return [outcome.target for outcome in outcomes if outcome.target is not None]


def _adjust(signed: Request, by: User) -> None:
    payload: Mapping[str, Any] = signed.payload
    wanted = {key: (Decimal(amount), version) for key, amount, version in payload["changes"]}
    boundary = date.fromisoformat(payload["effective_on"])
    targets = Target.objects.filter(pk__in=wanted).select_for_update(no_key=True, of=("self",)).order_by("pk")
    changes = []
    for target in targets.select_related("unit", "person"):
        amount, version = wanted[target.pk]
        if target.version != version:
            raise Refused(_("The target has changed since this was asked for."))
        changes.append((target, amount))
    company = organisation()
    for one in previews(changes, effective_on=boundary, cause=payload["cause"], company=company):
        _put(one.target, one.amount, signed, boundary, by)
        for line in one.lines:
            if not line.fixed:
                month = _month(one.target, company.fiscal.parse(line.key))
                _put(month, line.after, signed, boundary, by)
        for between, comes_to in one.sums:
            _put(between, comes_to, signed, boundary, by)


def _reopen(signed: Request, by: User) -> None:
    """Open what was closed last; its facts stay for reports as of when it stood."""
    fresh = lock(Closing.objects.get(pk=signed.subject_id))
    if last_closing() != fresh:
        raise Refused(_("Only the books that were closed last are opened again."), field="opinion")
    fresh.reopened_at, fresh.reopened_by, fresh.reason = clock.now(), by, signed.reason
    fresh.version += 1
    fresh.save()
    before = last_closing()
    people.reopen_books(before.last_day if before is not None else None, by=by, signed=True)
    record(events.BOOKS_REOPENED, fresh, by=by, reason=fresh.reason, notify=[signed.asker])


def _month(target: Target, period: Period) -> Target:
    """The target of a month, made where only the whole was set."""
    same = {
        "unit": target.unit,
        "person": target.person,
        "metric": target.metric,
        "family": target.family,
        "segment": target.segment,
        "stage": target.stage,
        "starts_on": period.start,
        "ends_on": period.end,
    }
    found = Target.objects.filter(**same).first()
    return found or Target(**same, currency=target.currency, approved_by=target.approved_by, version=0)


def _put(target: Target, amount: Decimal, signed: Request, boundary: date, by: User) -> None:
    """Write an amount with its edition: cause, reason, from when on."""
    before = target.amount if target.pk else None
    if before == amount:
        return
    target.amount = target.base_amount = amount
    target.version += 1
    target.set_at = clock.now()
    target.save()
    last = target.editions.aggregate(n=Max("number"))["n"] or 0
    cause = signed.payload["cause"]
    Edition.objects.create(
        target=target,
        number=last + 1,
        amount=amount,
        currency=target.currency,
        cause=cause,
        reason=signed.reason[:300],
        effective_on=boundary,
        set_at=target.set_at,
        set_by=by,
    )
    changes = {"amount": [before, amount]}
    record(events.ADJUSTED, target, by=by, changes=changes, cause=cause, reason=signed.reason)
