"""Calls of the last days of the story: what fills a day between visits."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from loudou.customers.models import Contact
from loudou.demo.tempers import temper
from loudou.fieldwork import verbs
from loudou.fieldwork.models import Activity
from loudou.kernel import clock
from loudou.people.models import User
from loudou.pipeline.models import Deal

_KINDS = (Activity.Kind.CALL, Activity.Kind.CALL, Activity.Kind.MESSAGE)
_SAID = (
    "{who}说预算会在下周的例会上定，要我方先把付款方式写清楚。",
    "{who}转达：技术部对节拍没有异议，只等采购比价。",
    "问清了验收标准，{who}答应把图纸发来。",
    "{who}出差，秘书说周四回来再约。",
    "{who}提到对手报价低一成，问我方能不能加一年质保。",
    "催了会签进度，{who}说还差法务一道。",
)


def make_calls(user: User, day: date, at: datetime) -> None:
    """One to three calls about one's deals, the careful more of them, an hour and a half apart."""
    deals = Deal.objects.open().filter(owner=user, customer__isnull=False).select_related("customer")
    mine = list(deals.order_by("-base_amount", "pk")[:12])
    turn = user.pk + day.toordinal()
    for number in range(min(len(mine), 1 + int(temper(user.username).care > 0.5) + turn % 2)):
        deal = mine[(turn * 3 + number) % len(mine)]
        contact = Contact.objects.filter(customer=deal.customer, left_at=None).order_by("pk").first()
        if contact is not None:
            with clock.at(at + number * timedelta(minutes=97)):
                said = _SAID[(turn + number) % len(_SAID)].format(who=contact.name)
                kind = _KINDS[(turn + number) % len(_KINDS)]
                verbs.log_activity(
                    kind=kind, by=user, at=clock.now(), deal=deal, contact=contact.name, result=said
                )
