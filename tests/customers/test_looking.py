"""Looking is on record: duplicates while typing, and masked phones."""

from __future__ import annotations

from datetime import timedelta

import pytest

from loudou.customers import verbs
from loudou.customers.models import Inquiry
from loudou.customers.verbs import _sure, looking
from loudou.journal.models import Entry, Notice
from loudou.journal.sentences import plain_sentence
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from tests.cast import Cast

USCC = "91110000600037341L"


def _reasons(seen: list[verbs.Seen]) -> list[tuple[str, str]]:
    return [(one.match.reason, one.customer.name if one.customer else "") for one in seen]


def test_possible_duplicates_are_ranked_with_their_reason(cast: Cast) -> None:
    verbs.add_customer(name="宁波甬江机电有限公司", by=cast.chenan, uscc=USCC)
    verbs.add_customer(name="甬江机电设备", by=cast.chenan, phone="13800001111")
    reached = verbs.add_customer(name="三江", by=cast.chenan)
    verbs.add_contact(reached, name="许明华", by=cast.chenan, phone="13800001111")
    verbs.add_customer(name="恒力自动化", by=cast.chenan)
    seen = verbs.look_for_duplicates(by=cast.chenan, name="宁波市甬江机电（集团）", phone="138-0000-1111")
    assert _reasons(seen) == [
        ("phone", "甬江机电设备"),
        ("core", "宁波甬江机电有限公司"),
        ("contact_phone", "三江"),
    ]
    assert seen[2].contact == "许明华"
    certain = verbs.look_for_duplicates(by=cast.chenan, name="随便", uscc=USCC)
    assert [(one.match.reason, one.match.certain) for one in certain] == [("uscc", True)]


def test_itself_is_left_out_and_too_little_asks_nothing(cast: Cast) -> None:
    customer = verbs.add_customer(name="宁波甬江机电", by=cast.chenan)
    assert verbs.look_for_duplicates(by=cast.chenan, name="宁波甬江机电", besides=customer) == []
    before = Inquiry.objects.get(user=cast.chenan).asked
    assert verbs.look_for_duplicates(by=cast.chenan, name="宁", phone="138", uscc="911") == []
    assert Inquiry.objects.get(user=cast.chenan).asked == before


def test_of_what_one_may_not_see_one_learns_that_it_exists_if_it_is_very_like(cast: Cast) -> None:
    verbs.add_customer(name="宁波甬江机电有限公司", by=cast.chenan, phone="13800001111")
    exact = verbs.look_for_duplicates(by=cast.maxiao, name="宁波甬江机电股份有限公司")
    assert _reasons(exact) == [("core", "")]
    assert exact[0].contact == ""
    assert (
        verbs.look_for_duplicates(by=cast.maxiao, name="甬江机电") == []
    )  # a part of a name would be fishing
    assert _reasons(verbs.look_for_duplicates(by=cast.maxiao, phone="13800001111")) == [("phone", "")]


def test_asking_is_counted_and_at_last_refused(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_sure, "ASKED_AN_HOUR", 3)
    for _ in range(3):
        verbs.look_for_duplicates(by=cast.chenan, phone="13800001111")
    with pytest.raises(Refused):
        verbs.look_for_duplicates(by=cast.chenan, phone="13800001111")
    row = Inquiry.objects.get(user=cast.chenan)
    assert (row.asked, row.missed) == (3, 3)
    with clock.at(clock.now() + timedelta(hours=1)):
        assert verbs.look_for_duplicates(by=cast.chenan, phone="13800001111") == []
    for _ in range(5):
        verbs.look_for_duplicates(by=cast.linjing, phone="13800001111")
    assert not Inquiry.objects.filter(user=cast.linjing).exists()


def test_who_misses_all_day_long_is_made_known_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_sure, "MISSED_A_DAY", 2)
    for _ in range(4):
        verbs.look_for_duplicates(by=cast.chenan, phone="13800001111")
    entry = Entry.objects.get(event="customer.probed")
    assert (entry.subject_id, entry.actor, entry.particulars["count"]) == (cast.chenan.pk, None, 2)
    hearers = set(Notice.objects.filter(entry=entry).values_list("recipient__username", flat=True))
    assert hearers == {"anran", "wumin"}
    assert plain_sentence(entry) == "发现 陈安 查询客户是否存在，2 次落空"


def test_a_masked_phone_is_shown_on_record(cast: Cast) -> None:
    customer = verbs.add_customer(name="甲公司", by=cast.chenan, phone="13800001111")
    contact = verbs.add_contact(customer, name="许明华", by=cast.chenan, phone="13800002222")
    assert verbs.reveal_phone(customer, by=cast.wangfang) == "+8613800001111"
    assert verbs.reveal_phone(contact, by=cast.wangfang) == "+8613800002222"
    entries = Entry.objects.filter(event="customer.phone_revealed").order_by("id")
    assert [entry.subject_id for entry in entries] == [customer.pk] * 2
    assert "138" not in str([entry.particulars for entry in entries])


def test_it_needs_sight_and_the_right(cast: Cast) -> None:
    customer = verbs.add_customer(name="甲公司", by=cast.chenan, phone="13800001111")
    for outsider in (cast.maxiao, cast.shiyun, cast.yanzheng, cast.gaoming):
        with pytest.raises(Forbidden):
            verbs.reveal_phone(customer, by=outsider)
    verbs.share(customer, user=cast.maxiao, by=cast.chenan)
    cast.maxiao.__dict__.pop("_shared", None)
    assert verbs.reveal_phone(customer, by=cast.maxiao)


def test_after_so_many_a_day_it_ends_and_security_hears_of_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "REVEALS_A_DAY", 2)
    customer = verbs.add_customer(name="甲公司", by=cast.chenan, phone="13800001111")
    for _ in range(2):
        verbs.reveal_phone(customer, by=cast.wangfang)
    with pytest.raises(verbs.Exhausted):
        verbs.reveal_phone(customer, by=cast.wangfang)
    assert Entry.objects.filter(event="customer.phone_revealed").count() == 2
    assert Notice.objects.get(entry__event="customer.reveals_exhausted").recipient == cast.anran
    with clock.at(clock.now() + timedelta(days=1)):
        assert verbs.reveal_phone(customer, by=cast.wangfang)


def test_a_name_that_merely_begins_alike_is_no_duplicate(cast: Cast) -> None:
    verbs.add_customer(name="宁波甬江港务集装箱码头建设投资", by=cast.chenan)
    assert verbs.look_for_duplicates(by=cast.chenan, name="宁波甬江机电设备") == []
