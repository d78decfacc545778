"""Changing an approved target while it runs: from a future month on, for a cause, signed one level above (C9, M64)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.journal.record import refuse_stale, verb
from loudou.kernel.money import Money
from loudou.kernel.numbers import ZERO
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.signoff.facts import change
from loudou.signoff.models import Request
from loudou.signoff.verbs import ask
from loudou.targets.figures.progress import RATES
from loudou.targets.figures.typed import as_ratio, as_written
from loudou.targets.models import Cause, Target
from loudou.targets.proposals import refuse_per_cent
from loudou.targets.queries.agreeing import Preview, previews, whole_above
from loudou.targets.queries.waiting import ADJUSTMENT, waiting_changes
from loudou.targets.verbs._rules import check_amount

Change = tuple[Target, Decimal]


@verb
def propose_adjustment(
    changes: Sequence[Change],
    *,
    effective_on: date,
    cause: str,
    reason: str,
    by: User,
    version: int | None = None,
) -> Request:
    """Ask that approved targets become other amounts from a future month on; what lies before is frozen.

    A territory move takes from one what it gives to others: it sums to zero. Of a target one change waits at a time; a
    part of an approved one changes with its whole. `version` is the first target's.
    """
    for target, amount in changes:
        require(by, "targets.set", target)
        check_amount(amount, target.metric)
        _refuse_part(target)
    _refuse_waiting([target for target, _amount in changes])
    first = changes[0][0]
    refuse_stale(first, version, {"amount": changes[0][1]})
    company = organisation()
    found = previews(changes, effective_on=effective_on, cause=cause, company=company)
    if not reason.strip():
        raise Refused(_("An adjustment needs its reason."), field="reason")
    return ask(
        first,
        act=ADJUSTMENT,
        needs="targets.confirm",
        url="targets:confirm",
        by=by,
        owner=first.approved_by or by,
        unit=first.unit,
        payload={
            "changes": [[one.target.pk, str(one.amount), one.target.version] for one in found],
            "effective_on": effective_on,
            "cause": cause,
        },
        facts=_facts(found, effective_on, cause, company.base_currency),
        reason=reason.strip()[:300],
        working_days=3,
    )


def _refuse_part(target: Target) -> None:
    """The months of a target sum to it (M63): one of them alone does not change."""
    whole = whole_above(target)
    if whole is not None:
        sentence = _(
            "This is a part of the target of {period}; adjust that one, so that its parts sum to it."
        )
        raise Refused(sentence.format(period=organisation().fiscal.name(whole.period)), field="amount")


def _refuse_waiting(targets: Sequence[Target]) -> None:
    """One change of a target at a time: what a second one would start from is not signed yet."""
    keys = [target.pk for target in targets]
    if len(set(keys)) < len(keys):
        raise Refused(_("The same target is named twice; name it once."), field="amount")
    # Whoever asks at the same moment about one of them waits here, and then finds this request.
    list(Target.objects.filter(pk__in=keys).select_for_update(no_key=True).order_by("pk").values_list("pk"))
    waiting = waiting_changes(keys)
    for target in targets:
        if target.pk in waiting:
            sentence = _("A change of “{target}” waits for a signature already; only one can wait at a time.")
            raise Refused(sentence.format(target=target), field="amount")


def _facts(found: Sequence[Preview], effective_on: date, cause: str, currency: str) -> list[tuple[Any, Any]]:
    """What whoever signs is told: of a single target also which months change."""
    facts = [
        (gettext_lazy("Cause"), Cause(cause).label),
        (gettext_lazy("effective from"), effective_on),
        *(_told(one, currency) for one in found),
    ]
    if len(found) == 1:
        (one,) = found
        changed = [line for line in one.lines if line.after != line.before]
        facts += [(line.key, _becomes(one.target, line.before, line.after, currency)) for line in changed]
    return facts


def transfer_of(giver: Target, taken: Sequence[Change]) -> list[Change]:
    """What each comes to when these take on so much of a territory: the giver first, zero-sum.

    Rates are added as what they mean, whichever way each is written: 5% of 12.5% leaves 7.5%, of 0.4 it leaves 0.35.
    """
    if not taken:
        raise Refused(_("Say who takes on how much."), field="amount")
    for _taker, amount in taken:
        refuse_per_cent(amount, giver.metric)
    if giver.metric not in RATES:
        given = sum((amount for _taker, amount in taken), ZERO)
        return [(giver, giver.base_amount - given), *((one, one.base_amount + more) for one, more in taken)]
    rates = [(one, as_ratio(one.base_amount), as_ratio(more)) for one, more in taken]
    left = as_ratio(giver.base_amount) - sum((more for _one, _stands, more in rates), ZERO)
    return [(giver, as_written(left)), *((one, as_written(stands + more)) for one, stands, more in rates)]


def _told(one: Preview, currency: str) -> tuple[str, object]:
    """Whose target, from what to what."""
    whose = str(one.target.person or one.target.unit)
    return whose, _becomes(one.target, one.target.base_amount, one.amount, currency)


def _becomes(target: Target, before: Decimal, after: Decimal, currency: str) -> object:
    """From what to what, as a fact."""
    if not target.in_money:
        return change(str(before), str(after))
    return change(Money(before, currency), Money(after, currency))
