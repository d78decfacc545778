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


@pytest.mark.parametrize("place", ["contact-table", "promotion-table"])
def test_where_nothing_stood_the_page_says_what_to_do_next(cast: Cast, place: str) -> None:
    page = f"/analysis/{place}/"

    def empty(asked: str) -> str:
        found = enter(Client(), cast.wumin).get(page + asked).content.decode()
        return found[found.index('class="empty"') :]

    quarter = empty("")
    assert "可以换一个更长的期间" in quarter
    assert 'href="?period=all"' in quarter and 'href="/deals/open/"' in quarter
    chosen = empty("?owner=chenan&period=2026-Q2")
    assert "没有符合筛选条件的商机" in chosen and "/deals/open/" not in chosen
    assert 'href="?period=2026-Q2"' in chosen
    always = empty("?period=all")
    assert "没有符合筛选条件的商机。" in empty("?owner=chenan&period=all")
    assert "还没有商机" in always and "period=all" not in always and 'href="/deals/open/"' in always


def test_where_deals_were_not_contacted_it_does_not_say_there_are_none(cast: Cast) -> None:
    client = enter(Client(), cast.wumin)
    assert "期内漏斗上没有商机" in client.get(PAGE + "?view=quiet").content.decode()
    make.deal(cast.chenan)
    page = client.get(PAGE + "?view=contacted").content.decode()
    empty = page[page.index('class="empty"') :]
    assert "期内没有接触过任何商机" in empty and 'href="?view=quiet"' in empty


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
