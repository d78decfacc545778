"""The pages of field work, as people use them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from loudou.customers import verbs as customers
from loudou.fieldwork import verbs
from loudou.fieldwork.models import Activity
from loudou.kernel import clock
from loudou.people.models import User
from loudou.pipeline.models import Deal
from tests import make
from tests.cast import Cast
from tests.doors import enter


def page(user: User) -> Client:
    return enter(Client(), user)


@pytest.fixture
def deal(cast: Cast) -> Deal:
    customer = customers.add_customer(name="宁波甬江机电有限公司", by=cast.chenan)
    customers.add_contact(customer, name="许明华", by=cast.chenan)
    return make.deal(cast.chenan, customer=customer, title="柔性产线")


@pytest.fixture
def activity(cast: Cast, deal: Deal) -> Activity:
    return verbs.log_activity(
        kind="visit", by=cast.chenan, deal=deal, contact="许明华", result="需求已确认", next_step="送样"
    )


def now() -> str:
    return clock.now().astimezone(clock.now().tzinfo).strftime("%Y-%m-%dT%H:%M")


def test_a_visit_is_recorded_from_the_deal(cast: Cast, deal: Deal) -> None:
    client = page(cast.chenan)
    form = client.get(f"/activities/log/?deal={deal.pk}").content.decode()
    assert "柔性产线" in form and "宁波甬江机电有限公司" in form and "许明华" in form
    sent = {"kind": "visit", "at": "2026-01-05T09:00", "deal": deal.pk, "contact": "许明华", "result": "谈了"}
    late = client.post("/activities/log/", sent)
    assert late.status_code == 422 and "许明华" in late.content.decode()
    sent["at"] = (clock.now() - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    done = client.post("/activities/log/", sent, headers={"HX-Request": "true"})
    assert (done.status_code, done["HX-Redirect"]) == (204, f"/deals/{deal.pk}/")
    assert Activity.objects.get().channel == "web"


@pytest.mark.parametrize("form", ["/activities/log/", "/visits/plan/"])
def test_the_only_person_there_is_filled_in_two_are_offered(cast: Cast, deal: Deal, form: str) -> None:
    client, filled = page(cast.chenan), re.compile(r'<input[^>]*name="contact"[^>]*value="许明华"')
    address = f"{form}?deal={deal.pk}"
    assert filled.search(client.get(address).content.decode())
    assert deal.customer is not None
    customers.add_contact(deal.customer, name="罗建", by=cast.chenan)
    both = client.get(address).content.decode()
    assert not filled.search(both) and '<option value="许明华">' in both and '<option value="罗建">' in both


def test_a_call_without_a_deal_leads_to_its_customer(cast: Cast, deal: Deal) -> None:
    sent = {"kind": "call", "at": "2020-01-01T09:00", "customer": deal.customer_id}
    sent["at"] = (clock.now() - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    response = page(cast.chenan).post("/activities/log/", sent)
    assert (response.status_code, response["Location"]) == (302, f"/customers/{deal.customer_id}/")


def test_nobody_records_about_what_they_may_not_see(cast: Cast, deal: Deal) -> None:
    client = page(cast.maxiao)
    assert "柔性产线" not in client.get(f"/activities/log/?deal={deal.pk}").content.decode()
    sent = {"kind": "call", "at": now(), "deal": deal.pk}
    assert client.post("/activities/log/", sent).status_code == 422


def test_a_record_is_corrected_once_and_stale_twice(cast: Cast, activity: Activity) -> None:
    client = page(cast.chenan)
    at = activity.at.strftime("%Y-%m-%dT%H:%M")
    assert "需求已确认" in client.get(f"/activities/{activity.pk}/edit/").content.decode()
    sent = {"kind": "visit", "at": at, "deal": activity.deal_id, "contact": "韩磊", "result": "改过"}
    sent |= {"customer": activity.customer_id, "version": 1}
    sent["at"] = (clock.now() - timedelta(hours=10)).strftime("%Y-%m-%dT%H:%M")
    assert client.post(f"/activities/{activity.pk}/edit/", sent).status_code == 302
    assert Activity.objects.get().contact == "韩磊"
    assert client.post(f"/activities/{activity.pk}/edit/", {**sent, "contact": "王"}).status_code == 409
    assert "韩磊" in client.get(f"/activities/{activity.pk}/").content.decode()


def test_an_annulled_record_says_by_whom_and_why(cast: Cast, activity: Activity) -> None:
    client = page(cast.wangfang)
    assert client.get(f"/activities/{activity.pk}/annul/").status_code == 200
    assert client.post(f"/activities/{activity.pk}/annul/", {"reason": ""}).status_code == 422
    client.post(f"/activities/{activity.pk}/annul/", {"reason": "客户说没来过", "version": 1})
    shown = client.get(f"/activities/{activity.pk}/").content.decode()
    assert "客户说没来过" in shown and f"/activities/{activity.pk}/edit/" not in shown


def test_the_list_is_filtered_by_its_address(cast: Cast, deal: Deal, activity: Activity) -> None:
    call = verbs.log_activity(kind="call", by=cast.chenan, deal=deal, contact="韩磊")
    bare = verbs.log_activity(kind="visit", by=cast.chenan, deal=deal)
    verbs.annul_activity(call, by=cast.chenan, reason="记错")
    client = page(cast.wumin)

    def shown(query: str) -> set[int]:
        found = client.get(f"/activities/{query}").content.decode()
        return {one.pk for one in (activity, call, bare) if f'id="activity-{one.pk}"' in found}

    everything = {activity.pk, call.pk, bare.pk}
    assert shown("") == shown("?owner=chenan&unit=" + cast.chenan.unit.code) == everything
    assert shown("?activity=call") == shown("?state=annulled") == {call.pk}
    assert shown("?state=invalid") == {bare.pk}
    assert shown("?state=standing") == {activity.pk, bare.pk}
    assert shown(f"?deal={deal.pk}&customer={deal.customer_id}&from=2020-01-01&to=2099-01-01") == everything
    assert shown("?from=2020-01-01&to=2020-02-01") == set()
    nonsense = client.get("/activities/?activity=seance&deal=999999&customer=x").content.decode()
    assert "deal" in nonsense and f'id="activity-{activity.pk}"' in nonsense


def test_an_empty_list_says_what_to_do(cast: Cast) -> None:
    assert "没有记录就等于没有发生" in page(cast.chenan).get("/activities/").content.decode()
    assert "没有符合" in page(cast.chenan).get("/activities/?activity=call").content.decode()


def test_long_lists_go_on_below(cast: Cast, deal: Deal) -> None:
    for number in range(51):
        verbs.log_activity(kind="call", by=cast.chenan, deal=deal, contact=f"人 {number}")
    client = page(cast.chenan)
    more = re.findall(r"after=([^\"&]+)", client.get("/activities/").content.decode())[0]
    rest = client.get(f"/activities/?after={more}", headers={"HX-Request": "true"}).content.decode()
    assert "人 0<" in rest and "<html" not in rest
    panel = client.get(f"/deals/{deal.pk}/activities/").content.decode()
    assert f"/activities/?deal={deal.pk}" in panel


def test_panels_show_what_stands_on_a_deal_and_a_customer(cast: Cast, deal: Deal, activity: Activity) -> None:
    own = verbs.log_activity(kind="call", by=cast.chenan, customer=deal.customer, contact="韩磊")
    mine = page(cast.chenan).get(f"/customers/{deal.customer_id}/activities/").content.decode()
    assert "韩磊" in mine and "需求已确认" in mine and f"/activities/{own.pk}/" in mine
    on_deal = page(cast.wumin).get(f"/deals/{deal.pk}/activities/", headers={"HX-Request": "true"})
    assert "需求已确认" in on_deal.content.decode() and "<html" not in on_deal.content.decode()
    assert page(cast.maxiao).get(f"/deals/{deal.pk}/activities/").status_code == 404
