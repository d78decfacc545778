"""Every number of the pages of figures opens to its records and says its formula; what opens adds up to what was clicked."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from loudou.insight.explained import EXPLAINED
from loudou.insight.figures.flow import Amounts
from loudou.insight.lens import InsightLens
from loudou.insight.reports.reckoned import Reckoned, reckoned
from loudou.insight.reports.terms import opened, quotient_of
from loudou.insight.terms import ASKABLE, HOW
from loudou.insight.words import COUNTED
from loudou.people.models import User
from loudou.targets.models import Target
from loudou.ui import format as f
from tests.cast import Cast
from tests.doors import enter
from tests.histories import Histories
from tests.insight.test_records import world
from tests.opening import closed, numbers, read

__all__ = ["world"]

PAGES = (
    "funnel/?period=2026-Q1&compare=before",
    "funnel/?view=flow&period=2026-Q1&by=unit",
    "funnel/?view=cohort&period=2026-Q1&compare=before&by=owner",
    "funnel/?view=cohort&period=2026-Q1&as_of=2026-03-20",
    "bottlenecks/?period=2026-Q1",
    "cohorts/",
    "cumulative/?period=2025-Q4",
    "cumulative/?period=2025-Q4&goal=next&as_of=2026-03-20",
    "comparison/?by=owner&period=2026-Q1",
    "win-rate/?period=2026-Q1",
    "win-rate/?period=2026-Q1&by=owner",
    "win-rate/?by=quarter&as_of=2026-03-20",
    "win-rate/?period=2026-Q1&by=product&as_of=2026-03-20",
    "promotion-table/?by=unit&period=2026-Q1",
    "contact-table/?period=2026-Q1",
    "forecast-sheet/?",
    "forecast-sheet/?period=2026-Q1&as_of=2026-02-10",
    "forecast-categories/?by=unit",
    "success-rates/",
    "success-rates/?as_of=2026-03-10",
    "sales-progress/?period=2026-Q1",
    "coverage/?period=2026-Q1&target=90000000",
    "coverage/?period=2026-Q1&as_of=2026-02-10&target=90000000",
    "quota/?period=2026&target=90000000",
    "quota/?period=2026&zone_rates=deck&as_of=2026-02-20&target=90000000",
    "waterfall/?period=2026-Q1",
    "waterfall/?period=2026-Q1&window=2026-Q1&as_of=2026-03-15",
    "anomalies/?period=2026-Q1",
)
# Numbers that open to what they are reckoned from and that are not repeated there: parts of a target.
RECKONED = ("past_yield", "patch", "patch_deck")
BY_PAGE = {
    "coverage": ("due", "won_deals"),
    "sales-progress": ("won_and_due",),
    "success-rates": ("closed_here",),
}


@pytest.mark.parametrize("page", PAGES)
def test_every_number_opens_and_says_its_formula(
    page: str, world: Histories, cast: Cast, client: Client
) -> None:
    found = 0
    for user in (cast.linjing, cast.heli, cast.chenan):
        enter(client, user)
        told = client.get(f"/analysis/{page}").content.decode()
        assert closed(told) == [], (user, page)
        found += len(list(numbers(read(told))))
    assert found


@pytest.mark.parametrize("page", PAGES)
def test_what_opens_adds_up_to_what_was_clicked(
    page: str, world: Histories, cast: Cast, client: Client
) -> None:
    loose = (*RECKONED, *BY_PAGE.get(page.partition("/")[0], ()))
    for user in (cast.linjing, cast.heli, cast.chenan):
        enter(client, user)
        for number in numbers(read(client.get(f"/analysis/{page}").content.decode())):
            for link in number.every():
                query = dict(parse_qsl(urlsplit(link.attributes.get("href", "")).query))
                if link.tag == "a" and "/analysis/records/" in link.attributes["href"]:
                    told = _told(query, user)
                    if " – " not in link.text and link.text != "—":
                        assert query["what"] in loose or link.value in told, (user, query, link.text, told)


def _told(query: dict[str, str], user: User) -> set[str]:
    """How a page may say the number that a link opens to; its deals are looked at one by one."""
    lens = InsightLens.read(query, user)
    assert lens.problems == (), query
    number = opened(lens)
    whole, keys = number.counted(), list(number.deals().values_list("pk", flat=True))
    each = number.of_each(keys)
    assert len(keys) == len(set(keys))
    assert sum(each.values(), Amounts()) == whole, query
    weighted = number.weighted()
    weighed = [] if weighted is None else [weighted]
    assert weighted is None or sum(one.amount for one in number.weights(each).values()) == weighted
    quotient = quotient_of(lens, number)
    shares = [f.percent(quotient.value, places) for places in (0, 1)] if quotient is not None else []
    amounts = [f.money(one, cents=cents) for one in (whole.amount, *weighed) for cents in (False, True)]
    return {f.number(whole.count), *amounts, *shares, *_reckoned(reckoned(lens, number))}


def _reckoned(told: list[Reckoned]) -> Iterator[str]:
    for one in told:
        value = one.value.value
        assert value is not None
        yield from (
            f.number(value, 1),
            f.number(value, 2),
            f.percent(value),
            f.points(value),
            f.money(Decimal(value)),
        )


def test_the_page_of_days_says_the_days_that_were_clicked(
    world: Histories, cast: Cast, client: Client
) -> None:
    enter(client, cast.linjing)
    shown = read(client.get("/analysis/win-rate/?period=2026-Q1").content.decode())
    links = [one for one in shown.every() if "what=won_cycle&" in one.attributes.get("href", "") + "&"]
    assert links
    for link in links:
        listed = read(client.get(link.attributes["href"]).content.decode())
        assert link.text in [one.text for one in listed.every() if "value" in one.kinds], link.attributes


def test_the_page_of_a_rate_says_what_is_divided_by_what(
    world: Histories, cast: Cast, client: Client
) -> None:
    enter(client, cast.linjing)
    asked = {"what": "cohort_rate", "period": "2026-Q1", "funnel": "b2b"}
    lens = InsightLens.read(asked, cast.linjing)
    quotient = quotient_of(lens, opened(lens))
    assert quotient is not None
    page = client.get("/analysis/records/", asked).content.decode()
    values = [
        re.sub("<[^>]*>", "", one).strip() for one in re.findall(r'class="value"[^>]*>(.*?)</span>', page)
    ]
    assert values == [
        f.percent(quotient.value),
        f.number(quotient.top.count),
        f.number(quotient.bottom.count),
    ]
    assert "what=advanced" in html.unescape(page) and str(EXPLAINED["cohort"][0]) in page


def test_the_page_of_a_sum_says_what_it_is_made_of(world: Histories, cast: Cast, client: Client) -> None:
    enter(client, cast.linjing)
    page = read(client.get("/analysis/records/?what=past_begun&period=2026-Q2").content.decode())
    parts = [one for one in page.every() if one.tag == "th" and one.text.startswith("+")]
    assert [one.text[2:] for one in parts] == [
        "2025 年二季度",
        "2025 年三季度",
        "2025 年四季度",
        "2026 年一季度",
    ]
    links = [
        one.attributes["href"]
        for part in parts
        if part.parent
        for one in part.parent.every()
        if one.tag == "a"
    ]
    assert any("period=2026-Q1" in to and "window=2026-Q1" in to and "what=begun" in to for to in links)


def test_whatever_can_be_asked_for_has_a_name_and_a_formula() -> None:
    assert set(ASKABLE) <= set(COUNTED) and set(ASKABLE) == set(HOW)
    assert set(HOW.values()) <= set(EXPLAINED)


def test_a_target_on_a_page_leads_to_the_targets(world: Histories, cast: Cast, client: Client) -> None:
    assert not Target.objects.exists()
    enter(client, cast.heli)
    page = client.get("/analysis/coverage/?period=2026-Q1&target=90000000&unit=CENTER").content.decode()
    assert 'href="/analysis/targets/?unit=CENTER&amp;period=2026-Q1"' in page.replace(
        "&period", "&amp;period"
    ).replace("&amp;amp;", "&amp;")


def test_what_is_opened_asks_no_more_than_any_page(world: Histories, cast: Cast, client: Client) -> None:
    enter(client, cast.heli)
    client.get("/analysis/records/?what=count")
    asked = (
        "optimistic",
        "changed",
        "cohort_rate",
        "base_rate",
        "closed_share",
        "patch",
        "past_yield",
        "slippage",
    )
    for what in asked:
        for known in ({}, {"as_of": "2026-03-20"}):
            query = {"what": what, "period": "2026-Q1", "stage": "verify", "funnel": "b2b", **known}
            with CaptureQueriesContext(connection) as queries:
                assert client.get("/analysis/records/", query).status_code == 200
            assert len(queries) <= 20, (query, len(queries))
