"""The delivery plan on a deal's page: what stands there, and how it is set, refused and overtaken."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from loudou.people.queries import organisation
from loudou.pipeline import verbs
from loudou.pipeline.figures.deliveries import Part
from loudou.pipeline.models import Deal
from loudou.pipeline.queries.deliveries import planned
from tests import make
from tests.cast import Cast


@pytest.fixture
def deal(cast: Cast) -> Deal:
    return make.deal(cast.chenan, amount=100_000)


def told(*parts: tuple[int, str], reason: str = "") -> dict[str, Any]:
    """What the dialog sends: days from now, and amounts."""
    today = organisation().today
    data: dict[str, Any] = {
        "deliveries-TOTAL_FORMS": len(parts) + 1,
        "deliveries-INITIAL_FORMS": 0,
        "reason": reason,
    }
    for place, (days, amount) in enumerate(parts):
        data[f"deliveries-{place}-due_on"] = f"{today + timedelta(days=days)}"
        data[f"deliveries-{place}-amount"] = amount
    return data


def at(name: str, deal: Deal) -> str:
    return reverse(f"pipeline:{name}", args=[deal.pk])


def signed_in(user: object) -> Client:
    client = Client(headers={"HX-Request": "true"})
    client.force_login(user)  # type: ignore[arg-type]
    return client


def test_without_a_plan_the_page_says_so(deal: Deal, cast: Cast) -> None:
    page = signed_in(cast.chenan).get(at("deal", deal)).content.decode()
    assert "交付计划" in page and "全部金额按预期订单日期计入" in page


def test_it_is_set_from_its_dialog_and_stands_on_the_page(deal: Deal, cast: Cast) -> None:
    client = signed_in(cast.chenan)
    assert 'name="deliveries-1-due_on"' in client.get(at("set_deliveries", deal)).content.decode()
    done = client.post(
        at("set_deliveries", deal), {**told((30, "40,000"), (90, "60000")), "version": deal.version}
    )
    assert done.status_code == 204, done.content.decode()[:2000]
    deal.refresh_from_db()
    assert [part.amount for part in planned(deal)] == [40_000, 60_000]
    page = client.get(at("deal", deal)).content.decode()
    assert "分 2 批计入" in page and "无：全部金额" not in page


def test_without_scripts_one_comes_back_to_the_page(deal: Deal, cast: Cast) -> None:
    client = Client()
    client.force_login(cast.chenan)
    form = client.get(at("set_deliveries", deal)).content.decode()
    assert "<h1" in form and 'method="post"' in form
    done = client.post(at("set_deliveries", deal), told((30, "40000"), (90, "60000")))
    assert (done.status_code, done["Location"]) == (302, at("deal", deal))


def test_a_row_taken_out_goes_and_a_change_asks_why(deal: Deal, cast: Cast) -> None:
    client = signed_in(cast.chenan)
    client.post(at("set_deliveries", deal), told((30, "40000"), (90, "60000")))
    without = told((30, "40000"), (60, "1"), (90, "60000")) | {"deliveries-1-DELETE": "on"}
    kept = client.post(at("set_deliveries", deal), without)
    assert kept.status_code == 204, kept.content.decode()  # as it was
    changed = told((30, "50000"), (90, "50000"))
    refused = client.post(at("set_deliveries", deal), changed)
    assert refused.status_code == 422 and "50000" in refused.content.decode()
    assert client.post(at("set_deliveries", deal), changed | {"reason": "首批提前"}).status_code == 204
    taken = client.post(at("set_deliveries", deal), told(reason="一次交付"))
    assert taken.status_code == 204
    deal.refresh_from_db()
    assert planned(deal) == []


@pytest.mark.parametrize(
    ("parts", "word"),
    [
        (((30, "40000"), (60, "59999")), "两者必须相等"),
        (((30, "100000"),), "至少分两批"),
        (((30, "40000"), (60, "")), "每批交付都要填写此项"),
        (((36_500, "40000"), (60, "60000")), "1990 到 2100"),
    ],
)
def test_a_refusal_keeps_what_was_typed(
    deal: Deal, cast: Cast, parts: tuple[tuple[int, str], ...], word: str
) -> None:
    response = signed_in(cast.chenan).post(at("set_deliveries", deal), told(*parts))
    text = response.content.decode()
    assert response.status_code == 422
    assert word in text and parts[0][1] in text


def test_who_comes_second_sees_both_plans(deal: Deal, cast: Cast) -> None:
    today, seen = organisation().today, deal.version
    halves = [Part(today + timedelta(days=days), Decimal(50_000)) for days in (30, 60)]
    verbs.set_deliveries(deal, parts=halves, by=cast.chenan)
    sent = told((30, "40000"), (90, "60000"), reason="改") | {"version": seen}
    response = signed_in(cast.wumin).post(at("set_deliveries", deal), sent)
    text = response.content.decode()
    assert response.status_code == 409
    assert "50,000.00" in text and "60,000.00" in text and "交付计划" in text


def test_a_plan_costs_the_page_one_query(deal: Deal, cast: Cast) -> None:
    client = signed_in(cast.chenan)
    client.get(at("deal", deal))
    with CaptureQueriesContext(connection) as before:
        client.get(at("deal", deal))
    client.post(at("set_deliveries", deal), told((30, "40000"), (90, "60000")))
    with CaptureQueriesContext(connection) as after:
        client.get(at("deal", deal))
    assert len(before) < 20 and len(after) == len(before) + 1


def test_a_closed_deal_shows_its_plan_and_no_way_to_change_it(deal: Deal, cast: Cast) -> None:
    client = signed_in(cast.chenan)
    client.post(at("set_deliveries", deal), told((30, "40000"), (90, "60000")))
    verbs.lose(deal, by=None, code=make.reason())
    page = client.get(at("deal", deal)).content.decode()
    assert "40,000" in page
    assert at("set_deliveries", deal) not in page
    assert client.post(at("set_deliveries", deal), told(reason="丢单")).status_code == 422
