"""Setting, adjusting, describing and withdrawing targets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from loudou.journal.record import changes, lock, record, record_each, refuse_stale, verb
from loudou.kernel import clock
from loudou.kernel.numbers import CENT, rounded
from loudou.kernel.periods import Period
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import Organisation, Unit, User
from loudou.people.queries import organisation, plan_rate
from loudou.pipeline.models import Stage
from loudou.targets import events
from loudou.targets.figures.goals import Goal
from loudou.targets.models import IN_MONEY, WORDS, Cause, Edition, Metric, Target
from loudou.targets.verbs._goals import amount_of, check_stage
from loudou.targets.verbs._rules import (
    check_amount,
    check_period,
    refuse_approved,
    refuse_closed,
    refuse_gone,
)


@verb
def set_target(
    *,
    unit: Unit | None,
    person: User | None = None,
    metric: str,
    period: Period,
    by: User | None,
    amount: Decimal | None = None,
    goal: Goal | None = None,
    currency: str = "",
    cause: str = "",
    reason: str = "",
    anew: bool = False,
    family: str = "",
    segment: str = "",
    stage: Stage | None = None,
    **words: str,
) -> Target:
    """Set what a unit or a person is to reach in a period; where it stands already, adjust it (`adjust_target`), or, `anew`, refuse.

    Its number is an `amount`, or what a `goal` comes to. Without a unit a person's own is taken. Refused without
    somebody to reach it, a measure, a number.
    """
    company = organisation()
    of_what = {"metric": metric, "family": family, "segment": segment, "stage": stage}
    target = _meant(unit, person, period, company, of_what, words)
    _require_setting(target, by)
    stored = _stored_like(target)
    if stored is not None and anew:
        raise Refused(_("There is such a target already; change that one."), field="period")
    if stored is not None:
        adjusted = adjust_target(
            stored, amount=amount, goal=goal, currency=currency, cause=cause, reason=reason, by=by
        )
        return describe_target(adjusted, by=by, version=None, signed=False, **words) if words else adjusted
    refuse_gone(person, period)
    _put(target, _number(target, amount, goal, company), currency, company)
    return _kept(target, cause, reason, by)


def _meant(
    unit: Unit | None,
    person: User | None,
    period: Period,
    company: Organisation,
    of_what: dict[str, Any],
    words: dict[str, str],
) -> Target:
    """The target that is spoken of, without its number; refused without somebody to reach it, a measure, a period."""
    unit = unit or (person.unit if person is not None else None)
    if unit is None and person is None:
        raise Refused(_("A target needs a unit or a person who is to reach it."), field="unit")
    metric = of_what["metric"]
    if metric not in Metric.values:
        raise Refused(_("There is no metric “{metric}”.").format(metric=metric), field="metric")
    check_stage(metric, of_what["stage"])
    check_period(period, company)
    days = {"starts_on": period.start, "ends_on": period.end}
    kinds = {name: of_what[name].strip()[:80] for name in ("family", "segment")}
    return Target(unit=unit, person=person, **days, **of_what | kinds, **_worded(words))


def _kept(target: Target, cause: str, reason: str, by: User | None) -> Target:
    """A new target with its first edition; who is to reach it hears of it."""
    target.set_at = clock.now()
    target.save(force_insert=True)
    _edition(target, 1, cause, reason, by)
    hearers = [target.person] if target.person is not None else []
    record(events.SET, target, by=by, amount=target.amount, notify=hearers)
    return target


def _require_setting(target: Target, by: User | None) -> None:
    """The right to set it, and for somebody also in the unit they are in."""
    require(by, "targets.set", target)
    person = target.person
    if person is not None and person.unit_id is not None:
        require(by, "targets.set", Target(unit=person.unit, metric=target.metric))


def _stored_like(target: Target) -> Target | None:
    """What stands already of the same owner, period and measure; a person's in whatever unit it was set."""
    whose = {"person": target.person} if target.person is not None else {"unit": target.unit, "person": None}
    same = ("metric", "starts_on", "ends_on", "family", "segment", "stage")
    return Target.objects.filter(**whose, **{name: getattr(target, name) for name in same}).first()


@verb
def adjust_target(
    target: Target,
    *,
    by: User | None,
    amount: Decimal | None = None,
    goal: Goal | None = None,
    currency: str = "",
    cause: str = "",
    reason: str = "",
    version: int | None = None,
) -> Target:
    """Change the number of a target; the former edition is kept, with the cause of the change (C9).

    What lies in closed books is frozen, and so is the base that a growth or a share is of.
    """
    require(by, "targets.set", target)
    fresh = lock(target, version=version, sent={"amount": amount})
    company = organisation()
    refuse_closed(fresh.period, company)
    refuse_approved(fresh)
    if cause and cause not in Cause.values:
        raise Refused(_("A cause is the market, staffing, a territory move or an error."), field="cause")
    former = {"amount": fresh.amount, "currency": fresh.currency}
    _put(fresh, _number(fresh, amount, goal, company), currency or fresh.currency, company)
    if (fresh.amount, fresh.currency) == (former["amount"], former["currency"]):
        return fresh
    fresh.version += 1
    fresh.set_at = clock.now()
    fresh.save()
    number = fresh.editions.count() + 1
    _edition(fresh, number, cause, reason, by)
    changed = {
        name: [value, getattr(fresh, name)] for name, value in former.items() if value != getattr(fresh, name)
    }
    hearers = [fresh.person] if fresh.person is not None else []
    record(events.ADJUSTED, fresh, by=by, changes=changed, cause=cause, reason=reason, notify=hearers)
    return fresh


@verb
def describe_target(
    target: Target, *, by: User | None, version: int | None = None, signed: bool = False, **words: str
) -> Target:
    """Change what a target says in words: what exactly, why it can be reached, which objective it serves.

    What was `signed` needs no right besides.
    """
    require(by if not signed else None, "targets.set", target)
    fresh = lock(target, version=version, sent=words)
    changed = changes(fresh, _worded(words))
    if not changed:
        return fresh
    for name in changed:
        setattr(fresh, name, words[name].strip())
    fresh.version += 1
    fresh.save()
    record(events.DESCRIBED, fresh, by=by, changes=changed)
    return fresh


@verb
def withdraw_targets(keys: Sequence[int], *, by: User | None, version: int | None = None) -> int:
    """Take targets back that were set by mistake; what reaches into closed books stays, and then all of them do.

    Returns how many; `version` is that of the only one.
    """
    rows = list(Target.objects.filter(pk__in=keys).select_related("unit", "person"))
    if version is not None and len(rows) == 1:
        refuse_stale(rows[0], version)
    company = organisation()
    for row in rows:
        require(by, "targets.set", row)
        refuse_closed(Period(row.starts_on, row.starts_on + timedelta(days=1)), company)
        refuse_approved(row)
    record_each(events.WITHDRAWN, ((row, {"amount": row.amount}) for row in rows), by=by)
    Target.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def _number(target: Target, amount: Decimal | None, goal: Goal | None, company: Organisation) -> Decimal:
    """The number that is meant: as it is said, or what a growth or a share comes to."""
    if goal is not None:
        return amount_of(target, goal, company)
    if amount is None:
        raise Refused(_("A target needs its number."), field="amount")
    return amount


def _put(target: Target, amount: Decimal, currency: str, company: Organisation) -> None:
    """Give a target its number, and what that is in the base currency at the plan rate of its first day."""
    check_amount(amount, target.metric)
    target.amount = amount.quantize(CENT)
    target.currency, target.base_amount = "", target.amount
    if target.metric not in IN_MONEY:
        return
    target.currency = currency or company.base_currency
    if target.base_value is not None and target.currency != company.base_currency:
        raise Refused(_("A growth or a share is kept in the base currency."), field="currency")
    rate = plan_rate(target.currency, target.starts_on)
    if rate is None:
        sentence = _("There is no plan rate of {currency} for {day} yet.")
        raise Refused(
            sentence.format(currency=target.currency, day=target.starts_on.isoformat()), field="currency"
        )
    target.base_amount = rounded(target.amount * rate)


def _edition(target: Target, number: int, cause: str, reason: str, by: User | None) -> None:
    Edition.objects.create(
        target=target,
        number=number,
        amount=target.amount,
        currency=target.currency,
        cause=cause,
        reason=reason.strip()[:300],
        set_at=target.set_at,
        set_by=by,
    )


def _worded(words: dict[str, str]) -> dict[str, Any]:
    clean = {}
    for name, text in words.items():
        if name not in WORDS:
            raise Refused(_("“{field}” cannot be changed this way.").format(field=name), field=name)
        clean[name] = text.strip()
        if len(clean[name]) > 300:
            raise Refused(_("At most {n} characters.").format(n=300), field=name)
    return clean
