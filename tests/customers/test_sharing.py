"""Letting colleagues see a customer, tags, and verifying its phone."""

from __future__ import annotations

import pytest

from loudou.customers import verbs
from loudou.customers.models import Contact, Customer, Term
from loudou.journal.models import Entry
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.access import may
from tests.cast import Cast


def test_who_it_is_shared_with_sees_it_and_the_people_there_but_no_phone(cast: Cast) -> None:
    customer = verbs.add_customer(name="甲公司", by=cast.chenan, phone="13800001111")
    contact = verbs.add_contact(customer, name="许明华", by=cast.chenan)
    verbs.share(customer, user=cast.maxiao, by=cast.chenan)
    verbs.share(customer, user=cast.maxiao, by=cast.wumin)
    assert Entry.objects.filter(event="customer.shared").count() == 1
    assert Customer.objects.visible_to(cast.maxiao).get() == customer
    assert Contact.objects.visible_to(cast.maxiao).get() == contact
    assert may(cast.maxiao, "customers.see", contact)
    assert not may(cast.maxiao, "customers.see_phone", customer)
    assert not may(cast.lina, "customers.see", contact)


def test_it_can_be_taken_back_and_given_up(cast: Cast) -> None:
    customer = verbs.add_customer(name="甲公司", by=cast.chenan)
    for user in (cast.maxiao, cast.lina):
        verbs.share(customer, user=user, by=cast.chenan)
    verbs.unshare(customer, user=cast.maxiao, by=cast.maxiao)
    verbs.unshare(customer, user=cast.lina, by=cast.chenan)
    verbs.unshare(customer, user=cast.lina, by=cast.chenan)
    assert not customer.shares.exists()
    assert Entry.objects.filter(event="customer.unshared").count() == 2


def test_only_who_may_change_it_shares_it_and_with_whom_it_makes_sense(cast: Cast) -> None:
    customer = verbs.add_customer(name="甲公司", by=cast.chenan)
    with pytest.raises(Forbidden):
        verbs.share(customer, user=cast.maxiao, by=cast.lina)
    with pytest.raises(Forbidden):
        verbs.unshare(customer, user=cast.maxiao, by=cast.lina)
    with pytest.raises(Refused):
        verbs.share(customer, user=cast.chenan, by=cast.chenan)
    cast.lina.is_active = False
    with pytest.raises(Refused):
        verbs.share(customer, user=cast.lina, by=cast.chenan)


def test_tags_are_put_on_and_taken_off_and_found(cast: Cast) -> None:
    customer = verbs.add_customer(name="甲公司", by=cast.chenan, tags=["老客户"])
    tagged = verbs.tag(customer, add=["展会", "老客户"], remove=["没有的"], by=cast.chenan)
    assert tagged.tags == ["老客户", "展会"]
    assert verbs.tag(customer, add=["展会"], by=cast.chenan).version == tagged.version
    assert verbs.tag(customer, remove=["老客户"], by=cast.wumin).tags == ["展会"]
    assert Term.objects.filter(kind="tag", value="展会").exists()
    entry = Entry.objects.filter(event="customer.tagged").latest("id")
    assert (entry.particulars["before"], entry.particulars["after"]) == (["老客户", "展会"], ["展会"])
    with pytest.raises(Forbidden):
        verbs.tag(customer, add=["x"], by=cast.maxiao)


def test_words_are_remembered_up_to_a_measure(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from loudou.customers.verbs import _terms

    monkeypatch.setattr(_terms, "MOST_TERMS", 2)
    verbs.add_customer(name="甲公司", by=cast.chenan, tags=["一", "二", "三"])
    assert Term.objects.filter(kind="tag").count() == 2


def test_a_verified_phone_belongs_to_one_customer(cast: Cast) -> None:
    one = verbs.add_customer(name="甲公司", by=cast.chenan, phone="13800001111")
    other = verbs.add_customer(name="乙公司", by=cast.lina, phone="13800001111")
    assert verbs.verify_phone(one, by=cast.chenan).phone_verified
    assert verbs.verify_phone(one, by=cast.chenan).version == 2
    with pytest.raises(verbs.Taken):
        verbs.verify_phone(other, by=cast.lina)
    with pytest.raises(Refused):
        verbs.verify_phone(verbs.add_customer(name="丙公司", by=cast.chenan), by=cast.chenan)


def test_two_verifying_at_once_end_with_one(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from loudou.customers.verbs import keeping

    one = verbs.add_customer(name="甲公司", by=cast.chenan, phone="13800001111")
    other = verbs.add_customer(name="乙公司", by=cast.lina, phone="13800001111")
    verbs.verify_phone(one, by=cast.chenan)
    monkeypatch.setattr(keeping, "refuse_known", lambda *args, **options: None)
    with pytest.raises(verbs.Taken):
        verbs.verify_phone(other, by=cast.lina)
