"""Setting the parts of a decomposition as targets."""

from __future__ import annotations

from django.utils.translation import gettext as _

from loudou.journal.record import record, verb
from loudou.kernel.numbers import rounded
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.targets import events
from loudou.targets.figures.decompose import Check
from loudou.targets.models import Target
from loudou.targets.proposals import Asked, Proposal, recipients
from loudou.targets.verbs._rules import refuse_closed
from loudou.targets.verbs.setting import set_target
from loudou.ui import format as f


@verb
def take_over(proposal: Proposal, *, by: User | None, cause: str = "", waiver: str = "") -> list[Target]:
    """Set the parts of a decomposition as targets: of the unit's shorter periods, of units, of people.

    Parts in closed books stay as they are; where every part is closed there is nothing to set, which is refused.
    Parts that do not sum to the whole are refused. People who carry less than 120 % of their unit's target need a waiver
    with its reason, by who has the right to it (R006).
    """
    asked = proposal.asked
    require(by, "targets.set", Target(unit=asked.unit))
    if all(share.closed for share in proposal.shares):
        refuse_closed(asked.period, organisation())
    for check in proposal.checks:
        if not check.passed:
            _waive(check, asked, waiver.strip(), by)
    return [
        set_target(
            **whom,
            metric=asked.metric,
            amount=rounded(share.amount),
            cause=cause,
            reason=waiver.strip(),
            by=by,
        )
        for share, whom in zip(proposal.shares, recipients(proposal), strict=True)
        if not share.closed
    ]


def _waive(check: Check, asked: Asked, waiver: str, by: User | None) -> None:
    """A sum that is short is refused; too little carried is waived by who may, with the reason."""
    missing = f.money(check.shortfall, organisation().base_currency, full=True)
    if check.rule == "sum":
        sentence = _("The parts do not sum to the whole: {missing} is missing.")
        raise Refused(sentence.format(missing=missing), field="total")
    if not waiver:
        sentence = _("Together they carry less than 120 % of the target: {missing} is missing.")
        raise Refused(sentence.format(missing=missing), field="waiver")
    require(by, "targets.waive", Target(unit=asked.unit))
    record(
        events.WAIVED,
        asked.unit,
        by=by,
        metric=asked.metric,
        starts_on=asked.period.start,
        ends_on=asked.period.end,
        missing=check.shortfall,
        reason=waiver,
    )
