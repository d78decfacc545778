"""The contact table as a page and on paper."""

from __future__ import annotations

import re

from django.test import Client

from loudou.customers import verbs as customers
from loudou.fieldwork import verbs
from tests import make
from tests.cast import Cast
from tests.doors import enter

PAGE = "/analysis/contact-table/"


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
