"""Every number of the discipline of visits opens to its visits, which are as many, and says its formula."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from loudou.customers.models import Customer
from loudou.insight.lens import InsightLens
from loudou.insight.queries.visits import COUNTED, records
from loudou.insight.reports.visits import RATES, SUMS, visit_discipline
from loudou.insight.words import VISITS
from loudou.kernel import clock
from loudou.people import verbs as people
from loudou.ui import format as f
from tests.cast import Cast
from tests.doors import enter
from tests.fieldwork.visiting import TUESDAY, executed
from tests.insight.test_visit_discipline import customer, month
from tests.opening import closed, numbers, read

__all__ = ["customer"]

PAGE = "/analysis/visits/?period=2026-04"
NOW = TUESDAY + timedelta(days=11)


@pytest.fixture(autouse=True)
def april(cast: Cast, customer: Customer) -> object:
    """A month of visits of every kind, seen some days later."""
    month(cast, customer)
    with clock.at(NOW):
        yield


def _links(page: str) -> list[tuple[str, dict[str, str]]]:
    found = [link for link in read(page).every() if "/visits/records/" in link.attributes.get("href", "")]
    return [(one.text, dict(parse_qsl(urlsplit(one.attributes["href"]).query))) for one in found]


@pytest.mark.parametrize("as_of", ["", "&as_of=2026-04-14T12:00:00%2B08:00"])
def test_every_number_opens_to_what_was_counted(as_of: str, cast: Cast, client: Client) -> None:
    asked = set()
    for user in (cast.chenan, cast.wumin, cast.heli):
        enter(client, user)
        page = client.get(f"{PAGE}{as_of}").content.decode()
        assert closed(page) == [] and list(numbers(read(page))), user
        for said, query in _links(page):
            what = query.pop("number")
            lens = InsightLens.read(query, user)
            assert lens.problems == ()
            assert said in _told(lens, what), (user, query, what)
            opened = client.get("/analysis/visits/records/", {**query, "number": what})
            assert opened.status_code == 200 and closed(opened.content.decode()) == [], what
            asked.add(what)
    assert as_of or asked == {*RATES, *COUNTED, *SUMS} - {"late", "owed"}  # these two stand in no column


def _told(lens: InsightLens, what: str) -> set[str]:
    """How a page may say a number, which is counted one by one."""

    def count(name: str) -> int:
        if name == "days":
            return visit_discipline(lens).days
        return sum(len(records(one, lens.scope, lens.span)) for one in SUMS.get(name, (name,)))

    if what not in RATES:
        return {str(count(what))}
    top, bottom = (count(name) for name in RATES[what])
    return {f.percent(top / bottom), f.number(top / bottom, 2)}


def test_whatever_is_counted_has_a_name() -> None:
    assert {*RATES, *COUNTED, *SUMS, "days"} == set(VISITS)


def test_what_is_opened_asks_no_more_than_any_page(cast: Cast, client: Client) -> None:
    enter(client, cast.heli)
    client.get(PAGE)
    for what in (*COUNTED, *SUMS, *RATES):
        with CaptureQueriesContext(connection) as found:
            assert client.get("/analysis/visits/records/", {"number": what}).status_code == 200
        assert len(found) <= 20, (what, len(found))


def test_what_is_not_counted_opens_nothing(cast: Cast, client: Client) -> None:
    enter(client, cast.heli)
    assert client.get("/analysis/visits/records/").status_code == 404
    assert client.get("/analysis/visits/records/?number=count").status_code == 404


def test_a_long_list_goes_on(cast: Cast, customer: Customer, client: Client) -> None:
    for _each in range(51):
        executed(cast.chenan, None, customer=customer)
    enter(client, cast.chenan)
    page = client.get("/analysis/visits/records/?period=2026-04&number=kept").content.decode()
    [more] = {to for one in read(page).every() if "after=" in (to := one.attributes.get("hx-get", ""))}
    rest = client.get(f"/analysis/visits/records/{more}", headers={"HX-Request": "true"}).content.decode()
    assert rest.count("<tr") == 4 and 'hx-swap-oob="beforeend:#visit-rows"' in rest


def test_visits_that_one_may_not_see_now_are_counted_and_not_shown(cast: Cast, client: Client) -> None:
    """They were made while the unit stood below the director; since then it stands elsewhere."""
    enter(client, cast.heli)
    asked = "/analysis/visits/records/?period=2026-04&number=kept"
    assert "notice-bar info" not in client.get(asked).content.decode()
    assert cast.chenan.unit is not None
    people.move_unit(cast.chenan.unit, to=cast.unit("SOUTH"), by=None, on=NOW.date() - timedelta(days=2))
    told = client.get(asked).content.decode()
    assert "notice-bar info" in told and "visit-rows" not in told
