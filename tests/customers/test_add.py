"""Adding a customer."""

from __future__ import annotations

import pytest

from loudou.customers import verbs
from loudou.customers.models import Customer, Inquiry
from loudou.journal.models import Entry
from loudou.kernel.refusals import Forbidden, Refused
from tests.cast import Cast

USCC = "91110000600037341L"


def test_it_is_the_adders_own_numbered_findable_and_on_record(cast: Cast) -> None:
    customer = verbs.add_customer(
        name="宁波甬江机电有限公司", by=cast.chenan, phone="0574-87654321", uscc=USCC.lower()
    )
    assert (customer.owner, customer.unit, customer.uscc) == (cast.chenan, cast.chenan.unit, USCC)
    assert customer.code == "KH-000001"
    assert customer.phone == "+8657487654321"
    assert customer.name_core == "宁波甬江机电"
    for typed in (
        "甬江",
        "甬江机电有限公司",
        "yongjiang",
        "nbyj",
        "87654321",
        "4321",
        "kh-000001",
        USCC,
        "0574 8765 4321",
    ):
        assert Customer.objects.found(typed).get() == customer, typed
    assert not Customer.objects.found("8765").exists()
    entry = Entry.objects.get(event="customer.added")
    assert (entry.actor, entry.subject_id) == (cast.chenan, customer.pk)


def test_operations_add_for_nobody_or_for_somebody(cast: Cast) -> None:
    assert verbs.add_customer(name="甲公司", by=cast.linjing).owner is None
    customer = verbs.add_customer(name="乙公司", by=cast.linjing, owner=cast.lina)
    assert (customer.owner, customer.unit) == (cast.lina, cast.lina.unit)


def test_a_rep_does_not_add_for_others_and_a_manager_only_for_theirs(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        verbs.add_customer(name="甲公司", by=cast.chenan, owner=cast.lina)
    verbs.add_customer(name="甲公司", by=cast.wumin, owner=cast.lina)
    with pytest.raises(Forbidden):
        verbs.add_customer(name="甲公司", by=cast.wumin, owner=cast.maxiao)
    with pytest.raises(Forbidden):
        verbs.add_customer(name="甲公司", by=cast.wangfang)
