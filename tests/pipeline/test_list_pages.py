"""The list of deals over HTTP: its filters, columns and choices, and what is done to many deals at once."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from loudou.customers.models import Customer
from loudou.people.models import User
from loudou.pipeline import verbs
from loudou.pipeline.models import Deal
from tests import make
from tests.cast import Cast
from tests.markup import tight


@pytest.fixture
def deal(cast: Cast, customer: Customer) -> Deal:
    return make.deal(cast.chenan, customer=customer)


def _as(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _at(name: str, *args: Any) -> str:
    return reverse(f"pipeline:{name}", args=args)


def test_the_list_narrows_by_its_address_and_says_what_it_left_out(deal: Deal, cast: Cast) -> None:
    other = make.deal(cast.lina, title="冷镦线视觉分选", amount=900_000)
    client = _as(cast.wumin)
    for query, found, missing in (
        ("?owner=chenan", deal, other),
        ("?min=500000", other, deal),
        ("?q=冷镦", other, deal),
        (f"?customer={deal.customer_id}", deal, other),
    ):
        text = client.get(_at("list") + query).content.decode()
        assert found.title in text, query
        assert f">{missing.title}<" not in text, query
    assert "notice-bar" in client.get(_at("list") + "?min=viel").content.decode()
    one_letter = client.get(_at("list") + "?q=冷&min=viel").content.decode()
    assert "未能理解，已忽略：min, 搜索词（至少两个字）" in one_letter
    empty = client.get(_at("list") + "?min=99999999").content.decode()
    assert _at("list") in empty
    assert "deal-form" not in empty


def test_the_success_rate_of_a_won_deal_is_whole_and_of_a_lost_one_none(deal: Deal, cast: Cast) -> None:
    won = verbs.win(make.at_last_stage(cast.chenan), by=cast.linjing).deal
    lost = verbs.lose(make.deal(cast.chenan), by=None, code=make.reason(), review="报价比对手高两成")
    client = _as(cast.wumin)
    shown = {}
    for outcome, one in (("open", deal), ("won", won), ("lost", lost)):
        text = client.get(_at("list") + f"?outcome={outcome}&columns=chance").content.decode()
        assert _at("deal", one.pk) in text
        shown[outcome] = re.findall(r'data-part="probability"[^>]*>([^<]*)<', tight(text))
    assert shown == {"open": ["10%"], "won": ["100%"], "lost": ["—"]}


def test_filters_and_columns_become_an_address(cast: Cast) -> None:
    client = _as(cast.chenan)
    sent: dict[str, Any] = {"go": "1", "page": "pipeline:board", "min": "5", "flags": ["overdue", "pushed"]}
    filtered = client.get(_at("filter"), sent)
    assert filtered["Location"].startswith(_at("board"))
    assert "min=5" in filtered["Location"]
    assert "flag=overdue%2Cpushed" in filtered["Location"]
    wanted: dict[str, Any] = {"go": "1", "column": ["amount", "stage"]}
    chosen = client.get(_at("columns"), wanted)
    assert chosen["Location"] == _at("list") + "?columns=stage%2Camount"


def test_choices_keep_what_is_filtered(deal: Deal, cast: Cast) -> None:
    client = _as(cast.heli)
    assert "owner=chenan" in client.get(_at("choices", "owner") + "?min=5").content.decode()
    assert "min=5" in client.get(_at("choices", "unit") + "?min=5").content.decode()
    assert client.get(_at("choices", "colour")).status_code == 404


def test_acts_on_many_are_told_deal_by_deal(deal: Deal, cast: Cast) -> None:
    closed = make.deal(cast.chenan, title="已输商机")
    verbs.lose(closed, by=cast.chenan, code=make.reason(), review="报价高三成，客户看重价格")
    client = _as(cast.wumin)
    both = {"deal": [deal.pk, closed.pk], "back": "?owner=chenan"}
    asked = client.post(_at("bulk"), {**both, "act": "hand_over"})
    assert asked.status_code == 200
    assert client.post(_at("bulk"), {**both, "act": "hand_over", "sure": "1"}).status_code == 422
    sure = {"sure": "1", "owner": cast.lina.pk, "reason": "陈安去支援华南"}
    done = client.post(_at("bulk"), {**both, "act": "hand_over", **sure})
    assert done["Location"] == _at("list") + "?owner=chenan"
    deal.refresh_from_db()
    assert deal.owner == cast.lina
    plan = {"act": "plan", "sure": "1", "next_step": "回访", "next_on": "2040-01-05"}
    assert client.post(_at("bulk"), {**both, **plan, "back": "//evil.example"})["Location"] == _at("list")
    assert client.post(_at("bulk"), {**both, "act": "follow", "sure": "1"}).status_code == 302
    assert client.post(_at("bulk"), {**both, "act": "burn"}).status_code == 400


def test_date_and_category_of_many_are_changed_with_one_reason(deal: Deal, cast: Cast) -> None:
    other = make.deal(cast.chenan, title="二号线")
    client = _as(cast.chenan)
    both = {"deal": [deal.pk, other.pk], "sure": "1"}
    listed = client.get(_at("list")).content.decode()
    assert 'value="date"' in listed and 'value="category"' in listed
    put_off = {"act": "date", "expected_on": "2040-01-05"}
    assert client.post(_at("bulk"), {**both, **put_off}).status_code == 422
    assert client.post(_at("bulk"), {**both, **put_off, "reason": "客户预算推迟"}).status_code == 302
    category = {"act": "category", "category": "commit", "reason": "合同已在走签"}
    assert client.post(_at("bulk"), {**both, **category}).status_code == 302
    for changed in Deal.objects.filter(pk__in=[deal.pk, other.pk]):
        assert (changed.expected_on, changed.category) == (date(2040, 1, 5), "commit")
        told = changed.moves.get(kind="category")
        assert (told.by, told.reason) == (cast.chenan, "合同已在走签")
