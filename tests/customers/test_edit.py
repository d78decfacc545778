"""Changing what a customer says."""

from __future__ import annotations

import pytest

from loudou.customers import verbs
from loudou.customers.models import Customer
from loudou.journal.models import Entry
from loudou.kernel.refusals import Forbidden, Refused, Stale
from tests.cast import Cast

USCC = "91110000600037341L"


def test_it_is_found_under_its_new_name_and_what_changed_is_on_record(cast: Cast) -> None:
    customer = verbs.add_customer(name="甲公司", by=cast.chenan)
    edited = verbs.edit_customer(customer, by=cast.wumin, name="宁波甬江机电", grade="vip")
    assert edited.version == customer.version + 1
    assert edited.touched_at > customer.touched_at
    assert Customer.objects.found("甬江").exists()
    assert not Customer.objects.found("甲公司").exists()
    entry = Entry.objects.get(event="customer.edited")
    assert entry.particulars["changes"] == {"name": ["甲公司", "宁波甬江机电"], "grade": ["", "vip"]}


def test_nothing_changed_is_nothing_done(cast: Cast) -> None:
    customer = verbs.add_customer(name="甲公司", by=cast.chenan, phone="13800001111")
    assert (
        verbs.edit_customer(customer, by=cast.chenan, name=" 甲公司 ", phone="138 0000 1111", code="").version
        == 1
    )
    assert not Entry.objects.filter(event="customer.edited").exists()


def test_a_new_phone_has_to_be_verified_anew(cast: Cast) -> None:
    customer = verbs.add_customer(name="甲公司", by=cast.chenan, phone="13800001111")
    verbs.verify_phone(customer, by=cast.chenan)
    edited = verbs.edit_customer(customer, by=cast.chenan, phone="13800002222")
    assert not edited.phone_verified


def test_a_stale_version_gets_both_values(cast: Cast) -> None:
    customer = verbs.add_customer(name="甲公司", by=cast.chenan)
    verbs.edit_customer(customer, by=cast.wumin, size="50–199")
    with pytest.raises(Stale) as stale:
        verbs.edit_customer(customer, by=cast.chenan, version=1, size="1–49")
    assert stale.value.differences == {"size": ("50–199", "1–49")}


def test_somebody_elses_is_not_changed(cast: Cast) -> None:
    customer = verbs.add_customer(name="甲公司", by=cast.chenan)
    for outsider in (cast.maxiao, cast.lina, cast.wangfang):
        with pytest.raises(Forbidden):
            verbs.edit_customer(customer, by=outsider, name="乙公司")
    verbs.share(customer, user=cast.lina, by=cast.chenan)
    with pytest.raises(Forbidden):
        verbs.edit_customer(customer, by=cast.lina, name="乙公司")


def test_another_customers_codes_are_refused_and_a_hidden_one_is_counted(cast: Cast) -> None:
    from loudou.customers.models import Inquiry

    verbs.add_customer(name="甲公司", by=cast.maxiao, uscc=USCC, code="A-1")
    customer = verbs.add_customer(name="乙公司", by=cast.chenan)
    with pytest.raises(verbs.Taken):
        verbs.edit_customer(customer, by=cast.chenan, uscc=USCC)
    assert Inquiry.objects.get(user=cast.chenan).asked == 1
    with pytest.raises(verbs.Taken):
        verbs.edit_customer(customer, by=cast.linjing, uscc=USCC)
    with pytest.raises(Refused) as refusal:
        verbs.edit_customer(customer, by=cast.chenan, code="A-1")
    assert refusal.value.field == "code"


def test_its_own_code_is_no_duplicate(cast: Cast) -> None:
    customer = verbs.add_customer(name="甲公司", by=cast.chenan, uscc=USCC)
    assert verbs.edit_customer(customer, by=cast.chenan, uscc=USCC.lower(), size="1–49").uscc == USCC
