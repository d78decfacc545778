"""The demo company keeps watch: once a week its deals are looked through, and people answer as they are."""

from __future__ import annotations

from datetime import timedelta

from loudou.demo.tempers import temper
from loudou.kernel import clock
from loudou.people.queries import organisation
from loudou.warnings import verbs
from loudou.warnings.models import EarlyWarning
from loudou.warnings.queries.watching import limits, to_look_at

EVERY = timedelta(days=7)
_PUT_OFF = ("客户在开年会，约好节后再谈", "等客户的预算批复", "客户设备检修，停产两周")
_DISPUTED = ("客户书面确认过改期，日期是对的", "合同已在走客户内部流程，不需要再推")


def keep_watch() -> None:
    """Look through all deals and answer what was found: the careful see to most of it, others leave it."""
    now = clock.now()
    verbs.watch(to_look_at(None), allowed=limits(now), by=None)
    verbs.ask_again(by=None)
    verbs.escalate(by=None)
    rows = EarlyWarning.objects.waiting().select_related("deal__owner__unit").order_by("pk")
    for warning in rows:
        _answer(warning)


def _answer(warning: EarlyWarning) -> None:
    owner, turn = warning.deal.owner, (warning.pk * 37 + clock.now().day) % 100
    if not owner.is_active or turn >= temper(owner.username).care * 60:
        return
    if turn % 11 == 3:
        verbs.dispute(warning, reason=_DISPUTED[warning.pk % len(_DISPUTED)], by=owner)
    elif turn % 5 == 2:
        until = organisation().today + timedelta(days=7 + turn % 14)
        verbs.snooze(warning, until=until, reason=_PUT_OFF[warning.pk % len(_PUT_OFF)], by=owner)
    else:
        verbs.finish(warning, by=owner)
