"""The register of calls and the form that is filled in while somebody is on the line."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from loudou.customers import verbs as customers
from loudou.customers.models import Customer
from loudou.fieldwork import verbs
from loudou.fieldwork.models import PhoneCall
from loudou.kernel import clock
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.tasks.models import Task
from tests import make
from tests.cast import Cast
from tests.doors import enter


def page(user: User) -> Client:
    return enter(Client(), user)


@pytest.fixture
def customer(cast: Cast) -> Customer:
    made = customers.add_customer(name="宁波甬江机电有限公司", phone="0574 8765 4321", by=cast.chenan)
    customers.add_contact(made, name="许明华", phone="138 1234 5678", by=cast.chenan)
    return made


def sent(**more: str) -> dict[str, str]:
    at = clock.now().astimezone(organisation().zone).strftime("%Y-%m-%dT%H:%M")
    return {"at": at, "matter": "要报价", "reply": "已报", **more}


def test_a_caller_is_offered_while_one_types_and_kept_when_chosen(cast: Cast, customer: Customer) -> None:
    client, who = page(cast.chenan), customer.contacts.get()
    assert "许明华" not in client.get("/calls/callers/?caller_text=2345678").content.decode()
    for typed in ("1381234", "13812345678"):  # a number is found from its beginning
        offered = client.get(f"/calls/callers/?caller_text={typed}").content.decode()
        assert f'data-value="contact-{who.pk}"' in offered and "138 1234 5678" in offered
    response = client.post("/calls/take/", sent(caller=f"contact-{who.pk}", caller_text="许明华"))
    made = PhoneCall.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"/calls/{made.pk}/")
    assert (made.name, made.phone, made.customer) == ("许明华", "+8613812345678", customer)
    assert (made.channel, made.taker) == ("web", cast.chenan)


@pytest.mark.parametrize(
    ("chosen", "kept"),
    [
        ({"caller_text": "138-1234-5678"}, ("许明华", "+8613812345678", True)),
        ({"caller_text": "138-1234-5678", "name": "他同事"}, ("他同事", "+8613812345678", True)),
        ({"caller_text": "057487654321"}, ("", "+8657487654321", True)),
        ({"caller_text": "139 0000 1111"}, ("", "+8613900001111", False)),
        ({"caller_text": "一位先生"}, ("一位先生", "", False)),
        ({"caller": "contact-0", "caller_text": "一位先生"}, ("一位先生", "", False)),
    ],
)
def test_without_a_choice_what_was_typed_is_a_number_or_a_name(
    cast: Cast, customer: Customer, chosen: dict[str, str], kept: tuple[str, str, bool]
) -> None:
    assert page(cast.chenan).post("/calls/take/", sent(**chosen)).status_code == 302
    made = PhoneCall.objects.get()
    assert (made.name, made.phone, made.customer == customer) == kept


def test_customers_and_colleagues_can_be_chosen_too(cast: Cast, customer: Customer) -> None:
    client = page(cast.chenan)
    client.post("/calls/take/", sent(caller=f"customer-{customer.pk}", caller_text=customer.name))
    client.post("/calls/take/", sent(caller=f"colleague-{cast.lina.pk}", caller_text="李娜"))
    late, first = PhoneCall.objects.order_by("-pk")
    assert (first.customer, first.phone, late.colleague) == (customer, "+8657487654321", cast.lina)
    assert str(first).startswith(first.code)


def test_what_is_missing_is_asked_for_and_nothing_typed_is_lost(cast: Cast, customer: Customer) -> None:
    client = page(cast.chenan)
    again = client.post("/calls/take/", sent(caller_text="一位先生", reply="", minutes="x"))
    shown = again.content.decode()
    assert again.status_code == 422 and 'value="一位先生"' in shown and "要报价" in shown
    nobody = client.post("/calls/take/", sent(caller_text="一位先生", reply=""))
    assert nobody.status_code == 422 and not PhoneCall.objects.exists()


def test_what_was_typed_to_look_somebody_up_comes_back_with_a_refusal(cast: Cast, customer: Customer) -> None:
    deal = make.deal(cast.chenan, customer=customer)
    typed = {"owner_text": "不在名单里的人", "deal": str(deal.pk), "deal_text": deal.title}
    again = page(cast.chenan).post("/calls/take/", sent(caller_text="一位先生", **typed))
    shown = again.content.decode()
    assert again.status_code == 422 and 'value="不在名单里的人"' in shown
    assert f'name="deal" value="{deal.pk}"' in shown and f'value="{deal.title}"' in shown


def test_who_follows_up_is_known_by_a_typed_name_and_an_unknown_one_is_not_lost(
    cast: Cast, customer: Customer
) -> None:
    client = page(cast.chenan)
    said = sent(caller_text="一位先生", reply="", deal_text="码垛机器人", owner_text="李娜")
    refused = client.post("/calls/take/", said)
    assert refused.status_code == 422 and not PhoneCall.objects.exists()
    assert "请从列表中选择“码垛机器人”。" in refused.content.decode()
    stranger = client.post("/calls/take/", {**said, "deal_text": "", "owner_text": "查无此人"})
    assert stranger.status_code == 422
    assert client.post("/calls/take/", {**said, "deal_text": ""}).status_code == 302
    assert PhoneCall.objects.get().owner == cast.lina


def test_it_opens_with_the_customer_or_the_number_that_rings(cast: Cast, customer: Customer) -> None:
    client = page(cast.chenan)
    assert (
        f'value="customer-{customer.pk}"'
        in client.get(f"/calls/take/?customer={customer.pk}").content.decode()
    )
    assert 'value="13812345678"' in client.get("/calls/take/?number=13812345678").content.decode()


def test_the_register_shows_numbers_masked_to_who_may_not_read_them(cast: Cast, customer: Customer) -> None:
    made = verbs.take_call(
        by=cast.chenan, customer=customer, name="许明华", phone="13812345678", matter="要报价", reply="已报"
    )
    mine, desk = (page(user).get("/calls/").content.decode() for user in (cast.chenan, cast.wangfang))
    assert "138 1234 5678" in mine and "138****5678" in desk and "138 1234 5678" not in desk
    assert "138****5678" in page(cast.wangfang).get(f"/calls/{made.pk}/").content.decode()
    assert made.activity_id is not None
    assert f"/calls/{made.pk}/" in page(cast.chenan).get(f"/activities/{made.activity_id}/").content.decode()


def test_the_register_pages_and_says_when_nothing_matches(cast: Cast) -> None:
    client = page(cast.chenan)
    assert "/calls/take/" in client.get("/calls/").content.decode()
    for number in range(53):
        verbs.take_call(by=cast.chenan, name=f"来电{number}", matter="问价", reply="已答")
    first = client.get("/calls/").content.decode()
    more = first.split('hx-get="/calls/?')[-1].split('"')[0].replace("&amp;", "&")
    rest = client.get(f"/calls/?{more}", headers={"HX-Request": "true"}).content.decode()
    assert first.count("data-walk") + rest.count("data-walk") == 53
    assert "data-walk" not in client.get("/calls/?q=没有这个人").content.decode()
    assert "data-walk" not in client.get("/calls/?state=waiting&caller=colleague").content.decode()


def test_a_card_leaves_on_record_and_an_annulled_record_says_why(cast: Cast) -> None:
    client = page(cast.chenan)
    due = organisation().today + timedelta(days=1)
    made = verbs.take_call(by=cast.chenan, name="王工", matter="投诉", owner=cast.chenan, due_on=due)
    card = client.post(f"/calls/{made.pk}/card/")
    assert card.content.startswith(b"%PDF") and made.code in card["Content-Disposition"]
    assert client.get(f"/calls/{made.pk}/annul/").status_code == 200
    assert client.post(f"/calls/{made.pk}/annul/", {"reason": ""}).status_code == 422
    assert client.post(f"/calls/{made.pk}/annul/", {"reason": "记错了", "version": 8}).status_code == 409
    assert client.post(f"/calls/{made.pk}/annul/", {"reason": "记错了"}).status_code == 302
    shown = client.get(f"/calls/{made.pk}/").content.decode()
    assert "记错了" in shown and f"/calls/{made.pk}/annul/" not in shown
    assert "带出了" in shown


def test_a_task_leads_to_the_call_it_came_from_only_who_may_see_it(cast: Cast) -> None:
    call = verbs.take_call(by=cast.wangfang, phone="0574 1234 5678", matter="要目录", owner=cast.chenan)
    link, task = f'href="/calls/{call.pk}/"', Task.objects.get()
    places = (f"/tasks/{task.pk}/", "/tasks/?owner=chenan", "/tasks/all/?owner=chenan")
    for place in places:
        assert link in page(cast.chenan).get(place).content.decode(), place
        shown = page(cast.wumin).get(place).content.decode()
        assert "电话" in shown and link not in shown, place
    assert page(cast.wumin).get(f"/calls/{call.pk}/").status_code == 404
