"""The page of one customer, and its dialogs."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from loudou.customers import verbs
from loudou.customers.models import Contact, Customer, Merge
from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.people.models import User
from tests.cast import Cast

HTMX = {"HX-Request": "true"}


def _as(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _page(user: User, customer: Customer) -> str:
    return _as(user).get(reverse("customers:customer", args=[customer.pk])).content.decode()


@pytest.fixture
def customer(cast: Cast) -> Customer:
    made = verbs.add_customer(
        name="宁波甬江机电",
        by=cast.chenan,
        phone="13800001111",
        website="www.example.com",
        note="两行\n备注",
        tags=["展会"],
        address="江南路",
    )
    verbs.add_contact(
        made,
        name="许明华",
        by=cast.chenan,
        part="eb",
        phone="13912340002",
        email="xu@example.com",
        wechat="xumh",
    )
    verbs.add_contact(made, name="周会计", by=cast.chenan, note="周一到周三在")
    verbs.mark_left(verbs.add_contact(made, name="老王", by=cast.chenan), by=cast.chenan)
    return made


def test_gaps_of_the_decision_chain_are_shown_as_loudly_as_people(cast: Cast, customer: Customer) -> None:
    text = _page(cast.chenan, customer)
    assert text.count('class="place gap"') == 3
    assert "part=coach" in text
    assert "part=eb" not in text
    assert "许明华" in text
    assert "老王" in text
    assert reverse("pipeline:for_customer", args=[customer.pk]) in text


def test_how_people_are_reached_is_whole_or_masked_in_the_source(cast: Cast, customer: Customer) -> None:
    verbs.edit_customer(customer, by=cast.chenan, phone="13800003333")
    verbs.share(customer, user=cast.maxiao, by=cast.chenan)
    whole = ("13800003333", "13912340002", "xu@example.com", "xumh")
    for user, sees in (
        (cast.chenan, True),
        (cast.wumin, True),
        (cast.maxiao, False),
        (cast.wangfang, False),
        (cast.shiyun, False),
    ):
        text = _page(user, customer)
        assert all((part in text) == sees for part in whole), user.username
        assert ("138****3333" in text) != sees
        assert ("13800001111" in text) == sees, "history says what it was, to who may read it"
        assert ("phone/reveal" in text) == (user in (cast.maxiao, cast.wangfang))


def test_history_hides_phones_from_who_may_not_read_this_ones(cast: Cast, customer: Customer) -> None:
    """maxiao may read phones of his own customers: not of this one."""
    verbs.edit_customer(customer, by=cast.chenan, phone="13800003333")
    verbs.share(customer, user=cast.maxiao, by=cast.chenan)
    address = reverse("customers:timeline", args=[customer.pk])
    assert "3333" in _as(cast.chenan).get(address).content.decode()
    text = _as(cast.maxiao).get(address).content.decode()
    assert "3333" not in text
    assert "0000 1111" not in text
    assert "老王" in text


def test_a_long_history_goes_on_below(cast: Cast, customer: Customer) -> None:
    for number in range(30):
        verbs.edit_customer(customer, by=cast.chenan, size=str(number))
    first = _page(cast.chenan, customer)
    older = re.search(r"timeline/\?before=(\d+)", first)
    assert older
    rest = (
        _as(cast.chenan)
        .get(reverse("customers:timeline", args=[customer.pk]), {"before": older[1]}, headers=HTMX)
        .content.decode()
    )
    assert "<html" not in rest
    assert "老王" in rest
    assert (
        _as(cast.chenan).get(reverse("customers:timeline", args=[customer.pk]), {"before": "x"}).status_code
        == 200
    )


def test_what_was_merged_leads_to_what_stays_and_can_be_parted(cast: Cast, customer: Customer) -> None:
    other = verbs.add_customer(name="甬江机电集团", by=cast.chenan)
    client = _as(cast.chenan)
    asked = client.get(reverse("customers:merge", args=[customer.pk])).content.decode()
    assert "甬江机电集团" in asked
    address = reverse("customers:merge", args=[customer.pk])
    assert client.post(address, {"merged": "", "other": ""}).status_code == 422
    assert client.post(address, {"merged": customer.pk}).status_code == 422
    stranger = verbs.add_customer(name="别人的", by=cast.maxiao)
    assert client.post(address, {"other": stranger.pk}).status_code == 422
    assert client.post(address, {"merged": other.pk, "version": 1, "other": ""}).status_code == 409
    customer.refresh_from_db()
    client.post(address, {"merged": "", "other": other.pk, "version": customer.version})
    answer = client.get(reverse("customers:customer", args=[other.pk]))
    assert answer.headers["Location"] == reverse("customers:customer", args=[customer.pk])
    assert "甬江机电集团" in _page(cast.chenan, customer)
    merge = Merge.objects.get()
    assert client.post(reverse("customers:unmerge", args=[customer.pk, merge.pk + 9])).status_code == 404
    client.post(reverse("customers:unmerge", args=[customer.pk, merge.pk]))
    assert Customer.objects.current().filter(pk=other.pk).exists()


def test_after_a_month_undoing_is_no_longer_offered(cast: Cast, customer: Customer) -> None:
    from datetime import timedelta

    other = verbs.add_customer(name="甬江集团", by=cast.chenan)
    verbs.merge_customers(customer, merged=other, by=cast.chenan)
    assert "/undo/" in _page(cast.chenan, customer)
    with clock.at(clock.now() + timedelta(days=31)):
        merge = Merge.objects.get()
        client = _as(cast.chenan)
        answer = client.post(reverse("customers:unmerge", args=[customer.pk, merge.pk]), follow=True)
        assert "notice-bar bad" in answer.content.decode()
        assert "/undo/" not in answer.content.decode()


def test_a_customer_is_added_by_the_form_with_and_without_a_script(cast: Cast) -> None:
    given = {
        "name": "恒力自动化",
        "kind": "company",
        "tags": "展会，老客户、重点",
        "region": "广东 深圳",
        "created_at": "2024-05-01T09:00",
    }
    answer = _as(cast.chenan).post(reverse("customers:add"), given)
    made = Customer.objects.get()
    assert answer.headers["Location"] == reverse("customers:customer", args=[made.pk])
    assert (made.owner, made.tags) == (cast.chenan, ["展会", "老客户", "重点"])
    managed = _as(cast.wumin).post(
        reverse("customers:add"), {**given, "name": "乙", "owner": cast.lina.pk}, headers=HTMX
    )
    assert managed.status_code == 204
    assert Customer.objects.get(name="乙").owner == cast.lina


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"uscc": "123"}, "uscc"),
        ({"phone": "1"}, "phone"),
        ({"kind": "x"}, "kind"),
        ({"name": "a\x00"}, "name"),
        ({"name": "长" * 300}, "name"),
        ({"created_at": "0001-01-01T00:00"}, "created_at"),
        ({"owner": "nobody"}, "owner"),
        ({"code": "KH-1"}, "code"),
        ({"name": "长" * 1_000_000}, "name"),
        ({"tags": "长" * 41}, "tags"),
        ({"website": "no web site"}, "website"),
    ],
)
def test_errors_stand_beside_their_field_and_nothing_typed_is_lost(
    cast: Cast, given: dict[str, str], field: str
) -> None:
    verbs.add_customer(name="先来的", by=None, code="KH-1")
    answer = _as(cast.wumin).post(
        reverse("customers:add"), {"name": "恒力", "kind": "company", "note": "写了很久", **given}
    )
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "写了很久" in text
    assert 'class="errors"' in text
    assert Customer.objects.count() == 1


def test_it_is_changed_by_the_form_and_a_lost_update_is_told(cast: Cast, customer: Customer) -> None:
    client, address = _as(cast.chenan), reverse("customers:edit", args=[customer.pk])
    verbs.edit_customer(customer, by=cast.chenan, grade="战略")
    customer.refresh_from_db()
    text = client.get(address).content.decode()
    assert '<option value="战略" selected>' in text
    assert 'value="+8613800001111"' in text
    given = {
        "name": "新名字",
        "kind": "company",
        "phone": "13800001111",
        "tags": "",
        "grade": "战略",
        "version": customer.version,
    }
    assert client.post(address, given, headers=HTMX).status_code == 204
    assert Customer.objects.get(pk=customer.pk).name == "新名字"
    stale = client.post(address, {**given, "name": "又一个"}, headers=HTMX)
    assert stale.status_code == 409
    assert "又一个" in stale.content.decode()
    assert client.post(address, {**given, "version": customer.version + 1, "uscc": "1"}).status_code == 422


def test_operations_edit_whoever_owns_it_and_strangers_find_nothing(cast: Cast, customer: Customer) -> None:
    address = reverse("customers:edit", args=[customer.pk])
    assert _as(cast.linjing).get(address).status_code == 200
    assert _as(cast.maxiao).get(address).status_code == 404
    assert _as(cast.wangfang).get(address).status_code == 403


def test_it_is_handed_over_and_whoever_loses_sight_lands_on_the_list(cast: Cast, customer: Customer) -> None:
    address = reverse("customers:hand_over", args=[customer.pk])
    assert _as(cast.wumin).post(address, {"owner": "", "reason": ""}).status_code == 422
    answer = _as(cast.wumin).post(address, {"owner": cast.maxiao.pk, "reason": "调区域", "version": 7})
    assert answer.status_code in (302, 409)
    customer.refresh_from_db()
    answer = _as(cast.wumin).post(
        address, {"owner": cast.maxiao.pk, "reason": "调区域", "version": customer.version}
    )
    assert answer.headers["Location"] == reverse("customers:list")
    customer.refresh_from_db()
    assert customer.owner == cast.maxiao


def test_it_is_shared_tagged_and_verified_by_a_press(cast: Cast, customer: Customer) -> None:
    client = _as(cast.chenan)
    assert (
        client.post(reverse("customers:share", args=[customer.pk]), {"user": cast.chenan.pk}).status_code
        == 422
    )
    client.post(reverse("customers:share", args=[customer.pk]), {"user": cast.maxiao.pk})
    assert "马骁" in _page(cast.chenan, customer)
    client.post(reverse("customers:unshare", args=[customer.pk, cast.maxiao.pk]))
    assert "马骁 " not in _page(cast.chenan, customer).split("<ol")[0]
    assert client.post(reverse("customers:unshare", args=[customer.pk, 10**9])).status_code == 404
    client.post(reverse("customers:tag", args=[customer.pk]), {"add": "重点", "remove": "展会"})
    assert Customer.objects.get(pk=customer.pk).tags == ["重点"]
    assert (
        client.post(reverse("customers:tag", args=[customer.pk]), {"add": "", "remove": ""}).status_code
        == 422
    )
    customer.refresh_from_db()
    client.post(reverse("customers:verify_phone", args=[customer.pk]), {"version": customer.version})
    assert Customer.objects.get(pk=customer.pk).phone_verified


def test_who_gives_up_their_own_sight_lands_on_the_list(cast: Cast, customer: Customer) -> None:
    verbs.share(customer, user=cast.maxiao, by=cast.chenan)
    answer = _as(cast.maxiao).post(reverse("customers:unshare", args=[customer.pk, cast.maxiao.pk]))
    assert answer.headers["Location"] == reverse("customers:list")


def test_a_refusal_of_a_press_is_told_on_the_page(cast: Cast, customer: Customer) -> None:
    plain = verbs.add_customer(name="没有电话", by=cast.chenan)
    answer = _as(cast.chenan).post(reverse("customers:verify_phone", args=[plain.pk]), follow=True)
    assert "notice-bar bad" in answer.content.decode()
    stale = _as(cast.chenan).post(reverse("customers:verify_phone", args=[customer.pk]), {"version": 1})
    assert stale.status_code == 409


def test_people_are_added_and_changed_by_their_forms(cast: Cast, customer: Customer) -> None:
    client = _as(cast.chenan)
    address = reverse("customers:add_contact", args=[customer.pk])
    assert '<option value="coach" selected>' in client.get(address, {"part": "coach"}).content.decode()
    given = {"name": "郑国栋", "part": "tb", "attitude": "supports", "phone": "139 1234 0001"}
    assert client.post(address, given).status_code == 302
    assert client.post(address, given).status_code == 422
    contact = Contact.objects.get(name="郑国栋")
    edit = reverse("customers:edit_contact", args=[contact.pk])
    assert client.post(edit, {**given, "name": "郑总", "version": 1}).status_code == 302
    assert client.post(edit, {**given, "name": "郑工", "version": 1}).status_code == 409
    assert client.post(edit, {**given, "email": "x", "version": 2}).status_code == 422
    client.post(reverse("customers:mark_left", args=[contact.pk]))
    assert Contact.objects.get(pk=contact.pk).left_at
    client.post(reverse("customers:mark_back", args=[contact.pk]))
    assert Contact.objects.get(pk=contact.pk).left_at is None


def test_duplicates_show_while_typing_with_the_phone_as_it_will_be_kept(
    cast: Cast, customer: Customer
) -> None:
    address = reverse("customers:duplicates")
    text = (
        _as(cast.chenan)
        .post(address, {"name": "宁波甬江机电有限公司", "phone": "0574-87654321"})
        .content.decode()
    )
    assert "0574 8765 4321" in text
    assert customer.code in text
    assert (
        customer.code
        not in _as(cast.chenan)
        .post(address, {"name": "宁波甬江机电", "besides": customer.pk})
        .content.decode()
    )
    hidden = (
        _as(cast.maxiao)
        .post(address, {"name": "宁波甬江机电", "phone": "13", "besides": "x"})
        .content.decode()
    )
    assert customer.code not in hidden
    assert "陈安" not in hidden
    assert "tag" in hidden


def test_who_asks_too_often_is_told_so(
    cast: Cast, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from loudou.customers.verbs import _sure

    monkeypatch.setattr(_sure, "ASKED_AN_HOUR", 1)
    client, address = _as(cast.maxiao), reverse("customers:duplicates")
    client.post(address, {"name": "宁波甬江机电"})
    assert "hand-stop" in client.post(address, {"name": "宁波甬江机电"}).content.decode()


def test_a_phone_is_shown_on_request_and_not_without_end(
    cast: Cast, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from loudou.customers.verbs import looking

    client = _as(cast.wangfang)
    address = reverse("customers:reveal_phone", args=[customer.pk])
    assert "138 0000 1111" in client.post(address, headers=HTMX).content.decode()
    contact = Contact.objects.get(name="许明华")
    shown = client.post(reverse("customers:reveal_contact", args=[contact.pk])).content.decode()
    assert "<html" in shown
    assert "139 1234 0002" in shown
    nobody = Contact.objects.get(name="周会计")
    assert client.post(reverse("customers:reveal_contact", args=[nobody.pk])).status_code == 200
    monkeypatch.setattr(looking, "REVEALS_A_DAY", 3)
    refused = client.post(address)
    assert refused.status_code == 429
    assert "1111" not in refused.content.decode()
    assert Entry.objects.filter(event="customer.phone_revealed").count() == 3
