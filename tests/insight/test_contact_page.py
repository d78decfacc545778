"""The contact table as a page and on paper."""

from __future__ import annotations

import html
import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from loudou.customers import verbs as customers
from loudou.fieldwork import verbs
from loudou.kernel import clock
from tests import make
from tests.cast import Cast
from tests.doors import enter

PAGE = "/analysis/contact-table/"
SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_it_shows_contacts_and_opens_the_no_contact_list(cast: Cast) -> None:
    customer = customers.add_customer(name="宁波甬江机电有限公司", by=cast.chenan)
    seen = make.deal(cast.chenan, customer=customer, title="有人谈过")
    make.deal(cast.chenan, title="没人谈过")
    verbs.log_activity(kind="visit", by=cast.chenan, deal=seen, contact="许明华", result="需求已确认")
    client = enter(Client(), cast.wumin)
    whole = client.get(PAGE)
    text = whole.content.decode()
    values = re.findall(r'<span class="value">(?:<a[^>]*>)?([^<]+)', text)
    assert values == ["2", "1", "1", "1", "—"]
    assert "需求已确认" in text and "没人谈过" in text
    quiet = client.get(PAGE + "?view=quiet").content.decode()
    assert "没人谈过" in quiet and "有人谈过" not in quiet
    none = client.get(PAGE + "?view=quiet&owner=lina").content.decode()
    assert "没人谈过" not in none
    assert client.get(PAGE + "?after=x", headers={"HX-Request": "true"}).status_code == 200
    past = client.get(PAGE + "?as_of=2099-01-01&period=all")
    assert past.status_code == 200


def test_it_can_be_taken_out(cast: Cast) -> None:
    deal = make.deal(cast.chenan, title="有人谈过")
    verbs.log_activity(kind="call", by=cast.chenan, deal=deal, contact="许明华", next_step="送样")
    make.deal(cast.chenan, title="没人谈过")
    client = enter(Client(), cast.wumin)
    for form, start in (("pdf", b"%PDF"), ("xlsx", b"PK")):
        response = client.post(f"/analysis/files/contact_table.{form}")
        assert (response.status_code, response.content[: len(start)]) == (200, start)


@pytest.mark.parametrize("place", ["contact-table", "promotion-table"])
@pytest.mark.parametrize(("asked", "number"), [("", 2), ("period=all", 3), ("period=2026-Q2", 1)])
def test_the_contacts_of_a_line_open_to_exactly_these(
    cast: Cast, place: str, asked: str, number: int
) -> None:
    """Neither those of another period, nor a record of another kind, nor an annulled one."""
    before, during, after = (datetime(2026, month, 15, 10, tzinfo=SHANGHAI) for month in (6, 7, 8))
    with clock.at(before):
        told: dict[str, Any] = {
            "deal": make.deal(cast.chenan, title="两季都谈过"),
            "contact": "许明华",
            "by": cast.chenan,
        }
        verbs.log_activity(kind="call", result="上一季谈过", **told)
    with clock.at(during):
        verbs.log_activity(kind="call", result="这一季谈过", **told)
        verbs.log_activity(kind="email", result="这一季写过", **told)
        verbs.log_activity(kind="other", result="内部讨论", **told)
        slip = verbs.log_activity(kind="call", result="打给了别人", **told)
        verbs.annul_activity(slip, reason="记错", by=cast.wumin)
    with clock.at(after):
        client = enter(Client(), cast.wumin)
        shown = client.get(f"/analysis/{place}/?{asked}").content.decode()
        opened = re.search(r'href="(/activities/[^"]*deal=[^"]*)">(\d+)</a>', shown)
        assert opened is not None
        rows = client.get(html.unescape(opened[1])).content.decode()
    all_told = ("上一季谈过", "这一季谈过", "这一季写过", "内部讨论", "打给了别人")
    assert opened[2] == str(number) == str(len([result for result in all_told if result in rows]))
