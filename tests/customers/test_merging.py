"""One customer of two, and two of one again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from loudou.customers import verbs
from loudou.customers.models import Contact, Customer
from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.pipeline.models import Deal
from tests import make
from tests.cast import Cast

USCC, OTHER = "91110000600037341L", "91310115MA1K3BTP2B"


@pytest.fixture
def pair(cast: Cast) -> tuple[Customer, Customer]:
    kept = verbs.add_customer(name="宁波甬江机电", by=cast.chenan, tags=["老客户"])
    merged = verbs.add_customer(
        name="甬江集团",
        by=cast.lina,
        uscc=USCC,
        phone="13800001111",
        industry="机电",
        tags=["展会", "老客户"],
    )
    return kept, verbs.verify_phone(merged, by=cast.lina)


def test_everything_comes_together_and_the_old_name_and_code_still_find_it(
    cast: Cast, pair: tuple[Customer, Customer]
) -> None:
    kept, merged = pair
    contact = verbs.add_contact(merged, name="许明华", by=cast.lina)
    deal = make.deal(cast.lina, customer=merged)
    verbs.share(merged, user=cast.maxiao, by=cast.lina)
    verbs.merge_customers(kept, merged=merged, by=cast.wumin)
    kept.refresh_from_db()
    assert (kept.uscc, kept.phone, kept.phone_verified, kept.industry) == (
        USCC,
        "+8613800001111",
        True,
        "机电",
    )
    assert kept.tags == ["老客户", "展会"]
    assert Contact.objects.get(pk=contact.pk).customer == kept
    assert set(kept.shares.values_list("user__username", flat=True)) == {"lina", "maxiao"}
    deal.refresh_from_db()
    assert (deal.customer, deal.customer_name) == (kept, "宁波甬江机电")
    assert Deal.objects.found("宁波甬江").get() == deal
    assert Customer.objects.current().get() == kept
    for typed in ("甬江集团", merged.code, USCC):
        assert Customer.objects.current().found(typed).get() == kept, typed
    assert Entry.objects.get(event="customer.merged").particulars["merged_code"] == merged.code
    assert Entry.objects.filter(event="deal.edited", subject_id=deal.pk).exists()


def test_undone_within_thirty_days_all_that_went_over_comes_back_and_what_is_new_stays(
    cast: Cast, pair: tuple[Customer, Customer]
) -> None:
    kept, merged = pair
    contact = verbs.add_contact(merged, name="许明华", by=cast.lina)
    deal = make.deal(cast.lina, customer=merged)
    merge = verbs.merge_customers(kept, merged=merged, by=cast.wumin)
    later = verbs.add_contact(kept, name="郑国栋", by=cast.chenan)
    newer = make.deal(cast.chenan, customer=kept)
    verbs.edit_customer(kept, by=cast.chenan, industry="自动化")
    with clock.at(clock.now() + timedelta(days=29)):
        back = verbs.unmerge(merge, by=cast.wumin)
    kept.refresh_from_db()
    assert (kept.uscc, kept.phone, kept.phone_verified, kept.industry, kept.tags) == (
        "",
        "",
        False,
        "自动化",
        ["老客户"],
    )
    assert (back.pk, back.merged_into, back.uscc, back.phone_verified) == (merged.pk, None, USCC, True)
    assert Contact.objects.get(pk=contact.pk).customer == back
    assert Contact.objects.get(pk=later.pk).customer == kept
    assert {row.pk: row.customer_id for row in Deal.objects.all()} == {deal.pk: back.pk, newer.pk: kept.pk}
    assert Deal.objects.get(pk=deal.pk).customer_name == "甬江集团"
    assert not kept.shares.exists()
    assert Customer.objects.current().found("甬江集团").get() == back
    assert verbs.unmerge(merge, by=cast.wumin).pk == back.pk


def test_after_thirty_days_it_stays(cast: Cast, pair: tuple[Customer, Customer]) -> None:
    merge = verbs.merge_customers(pair[0], merged=pair[1], by=cast.wumin)
    with clock.at(clock.now() + timedelta(days=31)), pytest.raises(Refused):
        verbs.unmerge(merge, by=cast.wumin)


def test_merged_on_it_is_undone_from_the_last(cast: Cast, pair: tuple[Customer, Customer]) -> None:
    kept, merged = pair
    third = verbs.add_customer(name="甬江控股", by=cast.chenan)
    first = verbs.merge_customers(kept, merged=merged, by=cast.wumin)
    second = verbs.merge_customers(third, merged=kept, by=cast.wumin)
    merged.refresh_from_db()
    assert merged.merged_into == third
    with pytest.raises(Refused):
        verbs.unmerge(first, by=cast.wumin)
    verbs.unmerge(second, by=cast.wumin)
    merged.refresh_from_db()
    assert merged.merged_into == kept
    verbs.unmerge(first, by=cast.wumin)
    assert Customer.objects.current().count() == 3


def test_two_credit_codes_are_two_companies(cast: Cast, pair: tuple[Customer, Customer]) -> None:
    verbs.edit_customer(pair[0], by=cast.chenan, uscc=OTHER)
    with pytest.raises(Refused) as refusal:
        verbs.merge_customers(pair[0], merged=pair[1], by=cast.wumin)
    assert refusal.value.field == "merged"


def test_who_may_not_change_both_merges_neither(cast: Cast, pair: tuple[Customer, Customer]) -> None:
    for stranger in (cast.chenan, cast.lina, cast.liuyang, cast.wangfang):
        with pytest.raises(Forbidden):
            verbs.merge_customers(pair[0], merged=pair[1], by=stranger)
    merge = verbs.merge_customers(pair[0], merged=pair[1], by=cast.wumin)
    with pytest.raises(Forbidden):
        verbs.unmerge(merge, by=cast.maxiao)
    own = verbs.add_customer(name="甬江", by=cast.chenan)
    verbs.merge_customers(pair[0], merged=own, by=cast.chenan)


def test_neither_itself_nor_what_is_merged_already_nor_what_moved_on(
    cast: Cast, pair: tuple[Customer, Customer]
) -> None:
    kept, merged = pair
    with pytest.raises(Refused):
        verbs.merge_customers(kept, merged=kept, by=cast.wumin)
    with pytest.raises(Stale):
        verbs.merge_customers(kept, merged=merged, by=cast.wumin, version=99)
    verbs.merge_customers(kept, merged=merged, by=cast.wumin)
    merged.refresh_from_db()
    for act in (
        lambda: verbs.merge_customers(kept, merged=merged, by=cast.wumin),
        lambda: verbs.edit_customer(merged, by=cast.lina, name="x"),
        lambda: verbs.add_contact(merged, name="x", by=cast.lina),
        lambda: verbs.hand_over(merged, owner=cast.chenan, by=cast.wumin, reason="x"),
    ):
        with pytest.raises(Refused) as refusal:
            act()
        assert not isinstance(refusal.value, Forbidden)


def test_without_an_owner_nobody_is_let_in(cast: Cast, pair: tuple[Customer, Customer]) -> None:
    orphan = verbs.add_customer(name="甬江", by=cast.linjing)
    merge = verbs.merge_customers(pair[0], merged=orphan, by=cast.linjing)
    assert merge.moved["shares"] == []


def test_a_code_taken_meanwhile_stops_it_whole(
    cast: Cast, pair: tuple[Customer, Customer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing but a race can bring this about; then nothing is half merged."""
    from loudou.customers.verbs import merging

    verbs.add_customer(name="第三家", by=cast.lina, uscc=OTHER)

    def meanwhile(stays: Customer, goes: Customer) -> dict[str, list[object]]:
        stays.uscc = OTHER
        return {}

    monkeypatch.setattr(merging, "_fill", meanwhile)
    with pytest.raises(verbs.Taken):
        verbs.merge_customers(pair[0], merged=pair[1], by=cast.wumin)
    assert Customer.objects.current().count() == 3
