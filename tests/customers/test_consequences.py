"""What rooms above do when something happens to a customer."""

from __future__ import annotations

import pytest

from loudou.customers import verbs
from loudou.customers.consequences import when
from loudou.pipeline.models import Deal
from tests import make
from tests.cast import Cast


def test_only_what_can_happen_can_be_followed() -> None:
    with pytest.raises(ValueError):
        when("painted")


def test_deals_carry_the_customers_present_name(cast: Cast) -> None:
    customer = verbs.add_customer(name="甲公司", by=cast.chenan)
    deal = make.deal(cast.chenan, customer=customer)
    verbs.edit_customer(customer, by=cast.chenan, name="宁波甬江机电")
    deal.refresh_from_db()
    assert deal.customer_name == "宁波甬江机电"
    assert Deal.objects.found("yongjiang").get() == deal
    assert not Deal.objects.found("甲公司").exists()


def test_who_may_not_hand_deals_over_leaves_them(cast: Cast) -> None:
    customer = verbs.add_customer(name="甲公司", by=cast.chenan)
    deal, elsewhere = (make.deal(cast.chenan, customer=customer) for _ in range(2))
    Deal.objects.filter(pk=elsewhere.pk).update(unit=cast.unit("S1"))
    verbs.hand_over(customer, owner=cast.lina, by=cast.wumin, reason="调岗")
    owners = {row.pk: row.owner.username for row in Deal.objects.select_related("owner")}
    assert owners == {deal.pk: "lina", elsewhere.pk: "chenan"}
