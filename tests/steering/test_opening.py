"""Every number of the pages of targets opens to its records and says its formula; what opens adds up to what was clicked."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from loudou.insight.lens import InsightLens
from loudou.insight.queries.achieved.families import BY_FAMILY
from loudou.insight.reports.terms import opened as behind_number
from loudou.kernel import clock
from loudou.kernel.periods import Fiscal
from loudou.people.models import User
from loudou.steering import verbs as steering
from loudou.steering.lens import AchievedLens
from loudou.steering.reports.achieved import Opened, opened
from loudou.targets import verbs
from loudou.targets.models import AT_STAGE, Metric
from loudou.ui import format as f
from tests.cast import Cast
from tests.doors import enter
from tests.insight.test_target_progress import bring, quarter
from tests.make import instant
from tests.opening import Node, closed, numbers, read

__all__ = ["quarter"]
ACHIEVED = (
    "/analysis/targets/?period=2026-Q2",
    "/analysis/targets/?period=2026-04",
    "/analysis/targets/?period=2026-Q2&as_of=2026-05-20",
    "/analysis/targets/?period=2026-Q2&by=product",
    "/targets/pace/?period=2026-Q2&by=owner",
    "/targets/pace/?period=2026-Q2&metric=invoiced",
)
PAGES = (
    *ACHIEVED,
    "/targets/backward/?period=2026-Q2",
    "/targets/backward/?period=2026-Q2&target=9000000&win_rate=30&lead_rate=20&visits_per_opp=3&cycle_days=10",
    "/targets/backward/?period=2026-Q2&unit=CENTER&as_of=2026-05-20",
)


STAGES = ("verify", "develop", "verify")


@pytest.fixture
def world(quarter: Cast, tmp_path: Path) -> Iterator[Cast]:
    """The quarter with targets of what is told, of a single stage, of a rate, and results of the year before."""
    with clock.at(instant("2026-06-10 09:00")):
        bring(
            tmp_path,
            "targets",
            "unit_code,username,metric,period,amount,currency,funnel,stage",
            ",chenan,invoiced,2026-Q2,500000,CNY,,",
            ",chenan,conversion,2026-Q2,0.5,,,",
            ",chenan,new_customers,2026-Q2,4,,,",
            *(f",lina,bookings,2026-{n:02},250000.55,CNY,," for n in (4, 5, 6)),
            "D1,,deals,2026-Q1,10,,b2b,verify",
        )
        bring(
            tmp_path,
            "deals",
            "code,title,funnel,owner_username,amount,currency,created_at,expected_on",
            *(
                f"O{n},在途{n},b2b,{owner},{amount},CNY,2026-04-05T09:00:00+08:00,2026-06-2{n}"
                for n, (owner, amount) in enumerate((("chenan", 123456.78), ("lina", 50000), ("sunqiang", 8)))
            ),
        )
        bring(
            tmp_path,
            "moves",
            "deal_code,at,event,stage,amount,reason,by",
            *(f"O{n},2026-04-05T09:00:00+08:00,enter,{stage},,," for n, stage in enumerate(STAGES)),
        )
        told = [
            verbs.ActualRow("invoiced", date.fromisoformat(day), Decimal(amount), person=person)
            for day, amount, person in (
                ("2026-04-08", "120000.37", quarter.chenan),
                ("2026-05-08", "-20000", quarter.chenan),
                ("2025-05-08", "90000", quarter.chenan),
                ("2026-06-01", "7", quarter.sunqiang),
            )
        ]
        verbs.record_actuals(told, by=None)
        yield quarter


def people_of(cast: Cast) -> tuple[User, ...]:
    return cast.heli, cast.wumin, cast.chenan


@pytest.mark.parametrize("page", PAGES)
def test_every_number_opens_and_says_its_formula(page: str, world: Cast, client: Client) -> None:
    found = 0
    for user in people_of(world):
        enter(client, user)
        client.get(page)
        with CaptureQueriesContext(connection) as queries:
            told = client.get(page).content.decode()
        assert len(queries) <= 20, (page, len(queries))
        assert closed(told) == [], (user, page)
        found += len(list(numbers(read(told))))
    assert found or "product" in page


@pytest.mark.parametrize("page", ACHIEVED)
def test_what_opens_adds_up_to_what_was_clicked(page: str, world: Cast, client: Client) -> None:
    followed = 0
    for user in people_of(world):
        enter(client, user)
        for number in numbers(read(client.get(page).content.decode())):
            for link in number.every():
                href = link.attributes.get("href", "")
                if link.tag != "a" or "/targets/achieved/" not in href:
                    continue
                lens = AchievedLens.read(dict(parse_qsl(urlsplit(href).query)), user)
                assert lens.problems == (), href
                found = opened(lens)
                assert found is not None, href
                whole = found.base if found.base is not None else found.number.value
                assert whole is None or found.listed + found.otherwise == whole
                assert not found.otherwise or lens.as_of, href
                if number.attributes.get("data-label") == "实际":
                    assert link.text in _said(found), (href, link.text)
                    followed += 1
    assert followed or "product" in page


RESULTS = (
    "metric=bookings&period=2026-Q2&unit=D1",
    "metric=deals&period=2026-Q2&owner=chenan&as_of=2026-04-30",
    "metric=invoiced&period=2026-Q2&owner=chenan",
    "metric=conversion&period=2026-Q2&owner=chenan",
    "metric=conversion&period=2026-Q2&unit=D1",
    "metric=quantity&period=2026-Q2&unit=CENTER",
    "metric=new_customers&period=2026-Q2&owner=chenan",
    "metric=visits&period=2026-Q2&unit=CENTER",
    "metric=bookings&period=2026-Q2&family=none",
    "metric=deals&period=2026-Q1&unit=D1&funnel=b2b&stage=verify",
    "metric=bookings&period=2026-Q1&unit=D1&funnel=b2b&stage=verify",
    "metric=new_customers&period=2026-Q1&unit=D1&funnel=b2b&stage=verify",
    "metric=cash&period=2026-Q2",
)


@pytest.mark.parametrize("asked", RESULTS)
def test_the_page_of_a_result_lists_what_adds_up_to_it(asked: str, world: Cast, client: Client) -> None:
    """Each record once, and with as many queries as any page."""
    user = world.heli
    enter(client, user)
    client.get(f"/targets/achieved/?{asked}")
    with CaptureQueriesContext(connection) as queries:
        page = client.get(f"/targets/achieved/?{asked}").content.decode()
    assert len(queries) <= 20, [one["sql"][:170] for one in queries]
    found = opened(AchievedLens.read(dict(parse_qsl(asked)), user))
    assert found is not None
    cells = [one.text for one in read(page).every() if one.attributes.get("data-label") == "计入"]
    assert len(cells) == found.count
    assert (
        sum((Decimal(re.sub("[^-0-9.]", "", one.replace("−", "-"))) for one in cells), Decimal(0))
        == found.listed
    )


def test_a_result_is_read_page_by_page(world: Cast, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loudou.steering.views.opened.SIZE", 2)
    enter(client, world.hezong)
    place = "/targets/achieved/?metric=bookings&period=2026"
    first = client.get(place).content.decode()
    (link,) = set(re.findall(r'href="([^"]*after=[^"]*)"', first))
    more = client.get("/targets/achieved/" + html.unescape(link), headers={"HX-Request": "true"})
    told = more.content.decode()
    deals = [re.findall(r'href="/deals/(\d+)/"', text) for text in (first, told)]
    assert len(deals[0]) == 2 and deals[1] and not set(deals[0]) & set(deals[1])
    assert "<html" not in told and 'hx-swap-oob="beforeend:#achieved-rows"' in told


def test_what_the_books_were_closed_with_is_told_apart(world: Cast, client: Client) -> None:
    """A result that was told after its books were closed counts in the open month; its own month lists it apart."""
    steering.close_month(Fiscal().parse("2026-04"), by=None)
    told = [verbs.ActualRow("invoiced", date(2026, 4, 20), Decimal(500), person=world.lina)]
    verbs.record_actuals(told, by=None)
    for asked, number in (("2026-04", 0), ("2026-05", 500), ("2026-06", 0)):
        found = opened(AchievedLens.read({"metric": "invoiced", "owner": "lina", "period": asked}, None))
        assert found is not None and found.number.value == number, asked
        assert found.listed + found.otherwise == number, asked


def test_whom_one_may_not_see_has_no_page(world: Cast, client: Client) -> None:
    enter(client, world.wumin)
    assert client.get("/targets/achieved/?owner=sunqiang").status_code == 404
    enter(client, world.chenan)
    page = client.get("/targets/achieved/?unit=D1&period=2026-Q2").content.decode()
    assert "陈安" in page  # of a unit somebody sees what is theirs
    assert "未能理解" in client.get("/targets/achieved/?metric=fame").content.decode()


@pytest.mark.parametrize("metric", Metric.values)
def test_what_is_never_counted_so_opens_to_nothing_and_says_why(
    metric: str, world: Cast, client: Client
) -> None:
    """Targets may be set for product families of any metric; of single stages and of families few are counted."""
    enter(client, world.heli)
    asked = ("family=电缆", "stage=verify&funnel=b2b", "stage=verify&funnel=b2b&family=电缆")
    for counted, more in zip((BY_FAMILY, AT_STAGE, ()), asked, strict=True):
        for when in ("period=2026-Q2", "period=2026-Q2&as_of=2026-05-20"):
            answer = client.get(f"/targets/achieved/?metric={metric}&{when}&{more}")
            assert answer.status_code == 200, (metric, more)
            if metric not in counted:
                assert "尚无记录" in answer.content.decode(), (metric, more)


BACK = ("period=2026-Q2", "period=2026-Q2&unit=CENTER&as_of=2026-05-20", "period=2026-Q2&target=9000000")
SUMMED = {"won_deals", "due", "due_beyond"}


@pytest.mark.parametrize("asked", BACK)
def test_what_a_target_takes_opens_to_what_it_is_reckoned_from(
    asked: str, world: Cast, client: Client
) -> None:
    """What was won and is due, by stage and later ones too, adds up; what is needed opens the year that taught it."""
    followed = set()
    for user in people_of(world):
        enter(client, user)
        for number in numbers(read(client.get(f"/targets/backward/?{asked}").content.decode())):
            link = next(one for one in number.every() if one.tag == "a")
            query = dict(parse_qsl(urlsplit(link.attributes["href"]).query))
            needed = any("stat" in one.kinds and "需" in one.text for one in number.above())
            if (
                query.get("what") in SUMMED
                and not needed
                and "缺" not in number.attributes.get("data-label", "")
            ):
                lens = InsightLens.read(query, user)
                assert lens.problems == (), query
                told = behind_number(lens)
                whole, weighted = told.counted(), told.weighted()
                said = {f.number(whole.count), f.money(whole.amount), f.money(weighted)}
                assert link.text in said, (query, link.text, said)
                followed.add(query["what"])
    assert followed == SUMMED


def test_places_open_to_what_one_may_see_of_whom(world: Cast, client: Client) -> None:
    """One's own and, of who leads, those below; of colleagues shares alone are told."""
    for user, theirs in ((world.hezong, True), (world.wumin, True), (world.chenan, False)):
        page = enter(client, user).get("/targets/leaderboard/?unit=D1&period=2026-Q2").content.decode()
        assert "owner=chenan" in page and ("owner=lina" in page) is theirs
        assert (closed(page) == []) is theirs


def test_an_amount_in_tens_of_thousands_tells_its_last_digit(world: Cast, client: Client) -> None:
    page = enter(client, world.hezong).get("/analysis/targets/?period=2026-04&owner=lina").content.decode()
    assert 'title="¥250,000.55"' in page and ">¥25万<" in page


def test_costs_open_to_their_rows(world: Cast, client: Client) -> None:
    """Each number of a control card opens to lines and costs that add up to it; a ratio to what was invoiced."""
    made = steering.set_budget(unit=world.unit("D1"), period=Fiscal().parse("2026"), by=world.heli)
    for month in (4, 5):
        steering.set_line(
            made, category="travel", month=date(2026, month, 1), amount=Decimal(10_000), by=world.heli
        )
        for state, amount in (("approved", "1200.10"), ("committed", "300.05"), ("approved", "-50")):
            told = steering.CostRow(
                made.unit, "travel", date(2026, month, 9), Decimal(amount), state, f"{state} {month}"
            )
            steering.spend(made, told, by=world.heli)
    found = 0
    for user in (world.heli, world.wumin):
        enter(client, user)
        for place in ("/budgets/?period=2026-Q2", "/budgets/?period=2026-04", f"/budgets/{made.pk}/"):
            client.get(place)
            with CaptureQueriesContext(connection) as queries:
                page = client.get(place).content.decode()
            assert len(queries) <= 20 and closed(page) == [], place
            for number in numbers(read(page)):
                (href,) = {one.attributes["href"] for one in number.every() if one.tag == "a"}
                if "/card/" in href:
                    card = read(client.get(href).content.decode())
                    assert number.text.split(" ")[0] in _card(card), (href, number.text)
                    found += 1
    assert found > 20


def _card(page: Node) -> set[str]:
    """What the rows of an opened card come to, as pages say it."""
    rows = [
        (one.attributes["data-label"], Decimal(re.sub("[^-0-9.]", "", one.text.replace("−", "-"))))
        for one in page.every()
        if "data-set" in one.attributes
    ]
    spent, planned = (sum(n for label, n in rows if label == name) for name in ("金额", "预算"))
    share = Decimal(spent) / planned if planned else None
    return {*map(f.money, (spent, planned, planned - spent)), f.percent(share)}


def _said(found: Opened) -> set[str]:
    """How a page may say a result."""
    value = found.value.value
    return {f.money(value), f.number(value), f.percent(value), f.number(value, 1)}
