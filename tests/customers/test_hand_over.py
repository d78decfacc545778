"""Giving a customer to another owner."""

from __future__ import annotations

import pytest

from loudou.customers import verbs
from loudou.customers.models import Customer
from loudou.journal.models import Entry, Notice
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.pipeline.models import Deal
from tests import make
from tests.cast import Cast


def test_the_unit_follows_the_new_owner_and_the_old_one_sees_it_no_longer(cast: Cast) -> None:
    customer = verbs.add_customer(name="甲公司", by=cast.chenan)
    verbs.share(customer, user=cast.sunqiang, by=cast.chenan)
    verbs.hand_over(customer, owner=cast.sunqiang, by=cast.wumin, reason="调岗")
    customer.refresh_from_db()
    assert (customer.owner, customer.unit) == (cast.sunqiang, cast.sunqiang.unit)
    assert not customer.shares.exists()
    assert not Customer.objects.visible_to(cast.chenan).exists()
    assert Customer.objects.visible_to(cast.sunqiang).get() == customer
    entry = Entry.objects.get(event="customer.handed_over")
    assert entry.particulars["former"]["name"] == "陈安"
    assert set(Notice.objects.filter(entry=entry).values_list("recipient__username", flat=True)) == {
        "chenan",
        "sunqiang",
    }


def test_live_deals_of_the_former_owner_go_along_others_stay(cast: Cast) -> None:
    customer = verbs.add_customer(name="甲公司", by=cast.chenan)
    verbs.share(customer, user=cast.lina, by=cast.chenan)
    own = make.deal(cast.chenan, customer=customer)
    others = make.deal(cast.lina, customer=customer)
    lost = make.deal(cast.chenan, customer=customer)
    from loudou.pipeline import verbs as pipeline

    pipeline.lose(lost, code=make.reason(), review="价格高出一成，客户选择了本地厂商", by=cast.chenan)
    verbs.hand_over(customer, owner=cast.zhoukai, by=cast.wumin, reason="调岗")
    owners = {deal.pk: deal.owner.username for deal in Deal.objects.select_related("owner")}
    assert owners == {own.pk: "zhoukai", others.pk: "lina", lost.pk: "chenan"}


def test_it_needs_a_right_a_reason_and_somebody_who_is_there(cast: Cast) -> None:
    customer = verbs.add_customer(name="甲公司", by=cast.chenan)
    with pytest.raises(Forbidden):
        verbs.hand_over(customer, owner=cast.lina, by=cast.chenan, reason="想给她")
    with pytest.raises(Forbidden):
        verbs.hand_over(customer, owner=cast.lina, by=cast.liuyang, reason="别的部门")
    with pytest.raises(Refused) as refusal:
        verbs.hand_over(customer, owner=cast.lina, by=cast.wumin, reason=" ")
    assert refusal.value.field == "reason"
    cast.lina.is_active = False
    with pytest.raises(Refused) as refusal:
        verbs.hand_over(customer, owner=cast.lina, by=cast.wumin, reason="调岗")
    assert refusal.value.field == "owner"


def test_to_who_has_it_already_nothing_happens_and_a_stale_version_is_told(cast: Cast) -> None:
    customer = verbs.add_customer(name="甲公司", by=cast.chenan)
    assert verbs.hand_over(customer, owner=cast.chenan, by=cast.wumin, reason="").version == 1
    verbs.edit_customer(customer, by=cast.chenan, size="1–49")
    with pytest.raises(Stale):
        verbs.hand_over(customer, owner=cast.lina, by=cast.wumin, reason="调岗", version=1)


def test_what_nobody_owns_can_be_given(cast: Cast) -> None:
    customer = verbs.add_customer(name="甲公司", by=cast.linjing)
    assert verbs.hand_over(customer, owner=cast.lina, by=cast.linjing, reason="分配").owner == cast.lina
