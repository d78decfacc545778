"""Negotiating a target: an envelope from above, proposals with evidence, a thread, a signature (`domain.md` C9, R009)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.journal.record import lock, plain, record, record_each, verb
from loudou.kernel import clock
from loudou.kernel.money import Money
from loudou.kernel.numbers import CENT
from loudou.kernel.periods import Period
from loudou.kernel.refusals import Refused
from loudou.people.access import may, require
from loudou.people.models import Unit, User
from loudou.people.queries import organisation
from loudou.signoff.facts import share
from loudou.signoff.models import Request
from loudou.signoff.verbs import ask
from loudou.targets import events
from loudou.targets.figures.agreeing import Evidence
from loudou.targets.lens import above
from loudou.targets.models import WORDS, Metric, Negotiation, Round
from loudou.targets.queries import leading
from loudou.targets.queries.agreeing import Team, check_of, evidence_of
from loudou.targets.verbs._rules import check_amount, check_period

APPROVAL = "targets.approval"
State = Negotiation.State


@verb
def open_negotiation(
    *, unit: Unit, metric: str, period: Period, envelope: Decimal, by: User | None, text: str = ""
) -> Negotiation:
    """Set the envelope of a unit below: the right of who sets targets of the unit above it."""
    if metric not in Metric.values:
        raise Refused(_("There is no metric “{metric}”.").format(metric=metric), field="metric")
    negotiation = Negotiation(
        unit=unit,
        metric=metric,
        starts_on=period.start,
        ends_on=period.end,
        envelope=envelope,
        opened_by=by,
        opened_at=clock.now(),
    )
    require(by, "targets.set", above(negotiation))
    check_amount(envelope, negotiation.metric)
    check_period(period, organisation())
    try:
        with transaction.atomic():
            negotiation.save(force_insert=True)
    except IntegrityError:
        raise Refused(_("This target is being negotiated already."), field="period") from None
    _say(negotiation, by, from_above=True, amount=envelope, text=text)
    record(
        events.NEGOTIATION_OPENED,
        negotiation,
        by=by,
        amount=_named(negotiation, envelope),
        notify=_leaders(unit),
    )
    return negotiation


@verb
def propose_target(
    negotiation: Negotiation,
    *,
    amount: Decimal,
    by: User | None,
    parts: Mapping[str, Decimal] | None = None,
    text: str = "",
    comment: str = "",
    version: int | None = None,
    **words: str,
) -> Negotiation:
    """Propose an amount, and what each of the unit's people shall carry; what the unit is capable of goes beside it."""
    require(by, "targets.set", negotiation)
    fresh = _lock_open(negotiation, version, {"proposed": amount})
    check_amount(amount, fresh.metric)
    for part in (parts or {}).values():
        check_amount(part, fresh.metric)
    fresh.proposed = amount.quantize(CENT)
    if parts is not None:
        fresh.parts = {name: str(part.quantize(CENT)) for name, part in parts.items()}
        fresh.waiver, fresh.waived_by = "", None  # what was waived was another shortfall
    for name in WORDS:
        if words.get(name):
            setattr(fresh, name, words[name].strip()[:300])
    fresh.comment = comment.strip()[:300] or fresh.comment
    fresh.state, fresh.proposer = State.NEGOTIATING, by
    _save(fresh)
    _say(fresh, by, from_above=False, amount=fresh.proposed, text=text)
    hearers = [fresh.opened_by] if fresh.opened_by is not None else []
    record(events.NEGOTIATION_PROPOSED, fresh, by=by, amount=_named(fresh, fresh.proposed), notify=hearers)
    return fresh


@verb
def answer_proposal(
    negotiation: Negotiation,
    *,
    by: User | None,
    text: str = "",
    envelope: Decimal | None = None,
    version: int | None = None,
) -> Negotiation:
    """Answer from above, with another envelope or without."""
    fresh = _lock_open(negotiation, version, {"envelope": envelope})
    require(by, "targets.set", above(fresh))
    if not text.strip() and envelope in (None, fresh.envelope):
        raise Refused(_("Say something, or name another amount."), field="text")
    if envelope is not None:
        check_amount(envelope, fresh.metric)
        fresh.envelope = envelope.quantize(CENT)
    _save(fresh)
    _say(fresh, by, from_above=True, amount=envelope, text=text)
    hearers = [fresh.proposer] if fresh.proposer is not None else _leaders(fresh.unit)
    record(events.NEGOTIATION_ANSWERED, fresh, by=by, amount=_named(fresh, fresh.envelope), notify=hearers)
    return fresh


@verb
def say_in_negotiation(negotiation: Negotiation, *, text: str, by: User) -> Negotiation:
    """Write a word into the thread, from above or below; no number changes, so nobody's turn grows old by it."""
    require(by, "targets.set", negotiation)
    fresh = _lock_open(negotiation, None, {})
    if not text.strip():
        raise Refused(_("Write what you want to say."), field="text")
    from_above = may(by, "targets.set", above(fresh))
    _say(fresh, by, from_above=from_above, amount=None, text=text)
    hearer = fresh.proposer if from_above else fresh.opened_by
    hearers = [hearer] if hearer is not None else _leaders(fresh.unit) if from_above else []
    record(events.NEGOTIATION_SAID, fresh, by=by, notify=hearers)
    return fresh


@verb
def waive_over_assignment(
    negotiation: Negotiation, *, reason: str, by: User | None, version: int | None = None
) -> Negotiation:
    """Let a unit's people carry less than 120 %, because (R006)."""
    require(by, "targets.waive", negotiation)
    fresh = _lock_open(negotiation, version, {})
    if not reason.strip():
        raise Refused(_("A waiver needs its reason."), field="waiver")
    check, _ratio = check_of(fresh)
    fresh.waiver, fresh.waived_by = reason.strip()[:300], by
    _save(fresh)
    missing = check.shortfall
    record(events.WAIVED, fresh.unit, by=by, metric=fresh.metric, missing=missing, reason=fresh.waiver)
    return fresh


@verb
def submit_target(negotiation: Negotiation, *, by: User, version: int | None = None) -> Request:
    """Ask for the signature: SMART, at least one round, real or with a comment why it is real all the same."""
    require(by, "targets.set", negotiation)
    fresh = _lock_open(negotiation, version, {})
    if fresh.proposed is None or fresh.state != State.NEGOTIATING:
        raise Refused(_("Nothing was proposed yet; there is at least one round."), field="amount")
    for name in WORDS:
        if not getattr(fresh, name):
            sentence = _("A target says what exactly, why it can be reached and which objective it serves.")
            raise Refused(sentence, field=name)
    company = organisation()
    evidence = evidence_of(Team(fresh, company))
    if not evidence.is_real(fresh.proposed) and not fresh.comment:
        sentence = _("This is more than one and a half times history and funnel; say why it is real.")
        raise Refused(sentence, field="comment")
    fresh.state = State.SUBMITTED
    _save(fresh)
    record(events.NEGOTIATION_SUBMITTED, fresh, by=by, amount=_named(fresh, fresh.proposed))
    return ask(
        fresh,
        act=APPROVAL,
        needs="targets.confirm",
        url="targets:confirm",
        by=by,
        owner=by,
        unit=fresh.unit,
        payload={"amount": fresh.proposed, "parts": fresh.parts},
        facts=_facts(fresh, evidence),
        working_days=3,
    )


def _facts(fresh: Negotiation, evidence: Evidence) -> list[tuple[Any, Any]]:
    """What whoever signs is told: what is asked for, and what speaks for it."""
    check, ratio = check_of(fresh)
    told = partial(_named, fresh)
    return [
        (gettext_lazy("Envelope"), told(fresh.envelope)),
        (gettext_lazy("Proposed"), told(fresh.proposed)),
        (gettext_lazy("Last year"), told(evidence.last_year)),
        (gettext_lazy("Weighted funnel"), told(evidence.funnel)),
        (gettext_lazy("Capacity"), told(evidence.capacity)),
        (gettext_lazy("People carry"), share(ratio.value) if ratio.value is not None else None),
        (gettext_lazy("Missing of 120 %"), told(check.shortfall) if not check.passed else None),
        (gettext_lazy("Waiver"), fresh.waiver),
        (gettext_lazy("Why it is real"), fresh.comment),
        (gettext_lazy("Why it can be reached"), fresh.attainable),
    ]


@verb
def drop_negotiation(negotiation: Negotiation, *, by: User | None, version: int | None = None) -> Negotiation:
    """End a negotiation that leads nowhere; what was said stays."""
    fresh = _lock_open(negotiation, version, {})
    require(by, "targets.set", above(fresh))
    fresh.state = State.DROPPED
    _save(fresh)
    record(events.NEGOTIATION_DROPPED, fresh, by=by)
    return fresh


@verb
def withdraw_negotiations(keys: Sequence[int], *, by: User | None) -> int:
    """Take negotiations back that were opened by mistake: while they are open, with what was said; returns how many."""
    rows = list(Negotiation.objects.filter(pk__in=keys).select_related("unit__parent"))
    for row in rows:
        require(by, "targets.set", above(row))
        if not row.is_open:
            raise Refused(_("This negotiation is over, or waits for a signature."))
    record_each(events.NEGOTIATION_WITHDRAWN, ((row, {}) for row in rows), by=by)
    Negotiation.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def _lock_open(negotiation: Negotiation, version: int | None, sent: dict[str, Any]) -> Negotiation:
    fresh = lock(negotiation, version=version, sent=sent)
    if not fresh.is_open:
        raise Refused(_("This negotiation is over, or waits for a signature."))
    return fresh


def _named(negotiation: Negotiation, amount: Decimal | None) -> Any:
    """An amount as history tells it."""
    if amount is None or not negotiation.in_money:
        return amount
    return Money(amount, organisation().base_currency)


def _save(fresh: Negotiation) -> None:
    fresh.version += 1
    fresh.save()


def _say(
    negotiation: Negotiation, by: User | None, *, from_above: bool, amount: Decimal | None, text: str
) -> None:
    proposes = not from_above and amount is not None
    evidence = plain(vars(evidence_of(Team(negotiation, organisation())))) if proposes else {}
    Round.objects.create(
        negotiation=negotiation,
        number=negotiation.rounds.count() + 1,
        by=by,
        at=clock.now(),
        from_above=from_above,
        amount=amount,
        text=text.strip()[:1000],
        evidence=evidence,
    )


def _leaders(unit: Unit) -> list[User]:
    """Who leads a unit."""
    return list(leading(unit).filter(unit=unit))
