"""The demo company keeps watch: once a week its deals are looked through, and people answer as they are."""

from __future__ import annotations

from datetime import timedelta

from loudou.demo.opinions import fresh
from loudou.demo.tempers import temper
from loudou.kernel import clock
from loudou.people.queries import organisation
from loudou.signoff.models import Request
from loudou.signoff.queries import inbox
from loudou.warnings import verbs
from loudou.warnings.models import EarlyWarning
from loudou.warnings.queries.watching import limits, to_look_at

EVERY = timedelta(days=7)
_PUT_OFF = ("客户在开年会，约好节后再谈", "等客户的预算批复", "客户设备检修，停产两周")
_HEARD = (
    "看过{what}的往来邮件，属实，按你说的办。",
    "{what}我当面问过经办人，周会上再对一次。",
    "给{what}的客户打过电话，和你写的一致。",
    "{what}先这样，下周若还没动静，请自己来找我。",
)
_DISPUTED = ("客户书面确认过改期，日期是对的", "合同已在走客户内部流程，不需要再推")


def keep_watch() -> None:
    """Look through all deals and answer what was found: the careful see to most of it, others leave it."""
    now = clock.now()
    _answer_disputes()
    verbs.watch(to_look_at(None), allowed=limits(now), by=None)
    verbs.ask_again(by=None)
    verbs.escalate(by=None)
    rows = EarlyWarning.objects.waiting().select_related("deal__owner__unit").order_by("pk")
    for warning in rows:
        _answer(warning)


def _answer_disputes() -> None:
    """Superiors look at what was disputed since the last time: most of it they let stand."""
    asked = Request.objects.waiting().filter(act="warnings.dispute").select_related("signer").order_by("pk")
    for request in asked:
        signer = request.signer
        if signer is None or not inbox(signer).filter(pk=request.pk).exists():
            continue
        wordings = [words.format(what=request.subject_label[:12]) for words in _HEARD]
        words = fresh(signer, wordings, request.pk)
        judge = verbs.refuse_dispute if request.pk % 3 == 0 else verbs.confirm_dispute
        judge(request, opinion=words, by=signer)


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
