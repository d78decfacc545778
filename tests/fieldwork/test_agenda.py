"""The agenda by day, week and team, and as calendar programs read it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client

from loudou.customers import verbs as customers
from loudou.customers.models import Customer
from loudou.fieldwork import verbs
from loudou.fieldwork.figures.icalendar import Happening, calendar
from loudou.fieldwork.models import AgendaFeed
from loudou.kernel import clock
from loudou.people import verbs as people
from loudou.people.queries import organisation
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.fieldwork.visiting import planned


@pytest.fixture
def customer(cast: Cast) -> Customer:
    return customers.add_customer(name="宁波甬江机电有限公司", by=cast.chenan)


@pytest.fixture
def tomorrow(cast: Cast, customer: Customer) -> str:
    """Three things to do tomorrow, and one that was called off."""
    at = clock.now() + timedelta(days=1)
    day = at.astimezone(organisation().zone).date()
    planned(cast.chenan, None, customer=customer, starts_at=at, place="二楼，会议室")
    off = planned(cast.chenan, None, customer=customer, starts_at=at, objectives=["取消的"])
    verbs.cancel_visit(off, by=cast.chenan, reason="客户出差")
    make.deal(cast.chenan, customer=customer, next_step="送样件", next_on=day)
    verbs.log_activity(kind="call", by=cast.chenan, customer=customer, next_step="回电话", next_on=day)
    return str(day)


def test_a_day_shows_visits_first_and_then_what_was_agreed(cast: Cast, tomorrow: str) -> None:
    client = enter(Client(), cast.chenan)
    shown = client.get(f"/agenda/?view=day&day={tomorrow}").content.decode()
    assert "取消的" not in shown
    assert shown.index("确认预算来源") < shown.index("送样件") < shown.index("回电话")
    earlier = client.get("/agenda/?view=day&day=2026-01-05").content.decode()
    assert "送样件" not in earlier and "day=2026-01-04" in earlier and "day=2026-01-06" in earlier


def test_a_week_begins_on_monday_and_a_team_is_seen_by_its_manager(cast: Cast, tomorrow: str) -> None:
    boss = enter(Client(), cast.wumin)
    week = boss.get(f"/agenda/?day={tomorrow}&unit={cast.chenan.unit.code}").content.decode()
    assert week.count('class="panel') >= 7 and "送样件" in week and "陈安" in week
    assert "送样件" in boss.get(f"/agenda/?day={tomorrow}&owner=chenan").content.decode()
    assert "送样件" not in boss.get(f"/agenda/?day={tomorrow}").content.decode()
    other = enter(Client(), cast.maxiao)
    assert "送样件" not in other.get(f"/agenda/?day={tomorrow}&owner=chenan").content.decode()
    assert "day" in other.get("/agenda/?day=soon&view=year").content.decode()
    assert other.get("/agenda/?day=0001-01-01").status_code == 200


def test_the_feed_opens_to_its_secret_until_that_is_renewed(cast: Cast, tomorrow: str) -> None:
    client, nobody = enter(Client(), cast.chenan), Client()
    page = client.post("/agenda/feed/", {"open": "1"}).content.decode()
    address = page.split(f'value="{settings.SITE_ADDRESS}')[1].split('"')[0]
    answer = nobody.get(address)
    text = answer.content.decode()
    assert answer["Content-Type"].startswith("text/calendar") and text.startswith("BEGIN:VCALENDAR\r\n")
    assert "送样件" in text and "LOCATION:二楼，会议室" in text and "取消的" not in text
    assert nobody.post(address).status_code == 405
    assert address not in client.get("/agenda/feed/").content.decode()
    renewed = verbs.open_feed(by=cast.chenan)
    assert nobody.get(address).status_code == 404
    assert nobody.get(f"/agenda/{renewed}.ics").status_code == 200
    client.post("/agenda/feed/", {"close": "1"})
    assert nobody.get(f"/agenda/{renewed}.ics").status_code == 404
    verbs.close_feed(by=cast.chenan)
    assert not AgendaFeed.objects.exists()


def test_an_address_that_opens_without_signing_in_takes_the_password(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.chenan)  # signed in long ago
    assert client.post("/agenda/feed/", {"open": "1"}).status_code == 403
    assert not AgendaFeed.objects.exists()
    host = {"HTTP_HOST": "localhost"}
    page = enter(client, cast.chenan).post("/agenda/feed/", {"open": "1"}, **host).content.decode()
    assert f'value="{settings.SITE_ADDRESS}/agenda/' in page  # never what the request calls us


def test_who_left_has_no_feed(cast: Cast) -> None:
    secret = verbs.open_feed(by=cast.zhaomin)
    people.deactivate(cast.zhaomin, by=None)
    assert Client().get(f"/agenda/{secret}.ics").status_code == 404


def test_lines_are_folded_between_characters_and_signs_escaped() -> None:
    at = datetime(2026, 4, 14, 2, tzinfo=UTC)
    happening = Happening(
        "visit-1@loudou", "宁波甬江机电有限公司：" + "确认预算来源与批复时间" * 3, at, about="a,b;c\\d\ne"
    )
    made = calendar("陈安", [happening, Happening("step-2@loudou", "送样件", at.date())], stamp=at)
    lines = made.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    whole = made.replace(b"\r\n ", b"").decode()
    assert "SUMMARY:宁波甬江机电有限公司：" + "确认预算来源与批复时间" * 3 in whole
    assert "DTSTART:20260414T020000Z\r\nDTEND:20260414T030000Z" in whole
    assert "DESCRIPTION:a\\,b\\;c\\\\d\\ne" in whole and "DTSTART;VALUE=DATE:20260414" in whole


def test_the_first_page_fetches_the_visits_of_today(cast: Cast, customer: Customer) -> None:
    client = enter(Client(), cast.chenan)
    assert "/agenda/today/" in client.get("/").content.decode()
    assert "今天没有拜访" in client.get("/agenda/today/").content.decode()
    with clock.at(clock.now().replace(hour=1)):
        planned(cast.chenan, None, customer=customer, starts_at=clock.now() + timedelta(minutes=30))
        part = client.get("/agenda/today/", headers={"HX-Request": "true"}).content.decode()
    assert "宁波甬江机电有限公司" in part and "确认预算来源" in part and "<html" not in part
