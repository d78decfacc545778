"""Every number of the forecast sheet opens to what it is made of, which adds up to it, and says its formula."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from loudou.forecasts import verbs
from loudou.forecasts.behind import behind
from loudou.forecasts.lens import NUMBERS, OF_PEOPLE, BehindLens
from loudou.forecasts.models import Submission
from loudou.forecasts.words import HOW, how_of
from loudou.forecasts.words import NUMBERS as NAMES
from loudou.insight.lens import InsightLens
from loudou.insight.reports.terms import opened
from loudou.kernel import clock
from loudou.kernel.numbers import CENT, rounded
from loudou.people import verbs as people
from loudou.people.models import User
from loudou.pipeline import verbs as pipeline
from loudou.pipeline.figures.deliveries import Part
from loudou.targets import verbs as targets
from loudou.ui import format as f
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.forecasts.test_submit import APRIL, hand_in
from tests.make import day, instant
from tests.opening import closed, numbers
from tests.opening import read as tree

_GOAL: dict[str, Any] = {"period": APRIL, "metric": "bookings", "amount": Decimal(3_000_001)}
SHEETS = ("", "?period=2026-04", "?period=2026-Q2")


@pytest.fixture(autouse=True)
def april(cast: Cast) -> Iterator[None]:
    """Numbers of two weeks, some of them missing; wins, deliveries, a deal past its date, one of a person who moved."""
    end = day("2026-04-28")
    with clock.at(instant("2026-04-01 09:00")):
        for owner, amount in ((cast.chenan, 1_000_001), (cast.lina, 730_003), (cast.sunqiang, 410_007)):
            make.deal(owner, amount=amount, expected_on=end)
        make.deal(cast.chenan, amount=660_000, expected_on=day("2026-04-08"))
        make.deal(cast.wumin, amount=90_001, expected_on=end)
        parts = make.deal(cast.zhangwei, amount=100_000, expected_on=day("2026-06-20"))
        some = [Part(day("2026-04-20"), Decimal(20_000)), Part(day("2026-08-20"), Decimal(80_000))]
        pipeline.set_deliveries(parts, parts=some, by=cast.zhangwei)
        out = make.deal(cast.chenan, amount=300_000, expected_on=end)
        pipeline.edit(out, by=cast.chenan, category="omitted", reason="预算未批")
    with clock.at(instant("2026-04-06 10:00")):
        hand_in(cast.lina, 800_000)
        hand_in(cast.chenan, 500_000)
        hand_in(cast.wumin, 2_000_000, reason="两单要到五月")
        hand_in(cast.heli, 2_100_000, reason="照例")
    with clock.at(instant("2026-04-09 10:00")):
        pipeline.win(make.at_last_stage(cast.chenan, amount=200_000, expected_on=end), by=None)
        pipeline.win(make.at_last_stage(cast.sunqiang, amount=50_005, expected_on=end), by=None)
        people.join_unit(
            cast.zhangwei, unit=cast.sunqiang.unit, by=None
        )  # led as before, of another unit now
    with clock.at(instant("2026-04-13 09:00")):
        hand_in(cast.lina, 900_000)
        verbs.judge([out], period=APRIL, by=cast.wumin, verdict="in", reason="批了")
        verbs.judge([out], period=APRIL, by=cast.heli, verdict="in", reason="批了")
        hand_in(cast.chenan, 550_000)
        hand_in(cast.heli, 1_900_000, reason="照例")
        targets.set_target(person=cast.chenan, unit=cast.chenan.unit, **_GOAL, by=cast.hezong)
        targets.set_target(unit=cast.heli.unit, **_GOAL, by=cast.hezong)
    with clock.at(instant("2026-04-13 10:00")):
        yield


def _whose(cast: Cast) -> tuple[User, User, User]:
    return cast.chenan, cast.wumin, cast.heli


@pytest.mark.parametrize("period", SHEETS)
def test_every_number_opens_and_says_its_formula(period: str, cast: Cast, client: Client) -> None:
    for user in _whose(cast):
        enter(client, user)
        page = client.get(f"/forecasts/{period}").content.decode()
        assert closed(page) == [], user
        assert list(numbers(tree(page)))
        for part in ("changes", "errors", "coverage/each"):
            told = client.get(f"/forecasts/{part}/{period}", headers={"HX-Request": "true"}).content.decode()
            assert [one for one in closed(told) if one.startswith("opens nothing")] == []


@pytest.mark.parametrize("period", SHEETS)
def test_what_opens_adds_up_to_what_was_clicked(period: str, cast: Cast, client: Client) -> None:
    asked = set()
    for user in _whose(cast):
        enter(client, user)
        pages = [f"/forecasts/{period}"]
        if user != cast.chenan:
            pages.append(f"/forecasts/deals/{period}")
        for page in pages:
            for number, query in _links(client.get(page).content.decode(), "/forecasts/behind/"):
                assert number in _told(query, user), (user, query, number)
                asked.add(query["what"])
    assert {"base", "closed", "weighted"} <= asked


def test_all_of_them_are_asked_for(cast: Cast, client: Client) -> None:
    asked = set()
    for user in _whose(cast):
        enter(client, user)
        for page in ("/forecasts/", "/forecasts/coverage/"):
            asked |= {query["what"] for _said, query in _links(client.get(page).content.decode())}
    assert asked == set(NUMBERS) - {
        "commit",
        "lax",
        "most_likely",
        "best_case",
    }  # nobody's deals stand so here
    assert set(NAMES) == set(NUMBERS) and {how_of(what) for what in NUMBERS} <= set(HOW)


def test_what_was_handed_in_opens_to_its_submission(cast: Cast, client: Client) -> None:
    """The number, and what the funnel said when it was handed in, which opens to the deals of that instant."""
    for user in _whose(cast):
        enter(client, user)
        for number, to in _leading(client.get("/forecasts/").content.decode(), "/forecasts/"):
            if not to.path.removeprefix("/forecasts/").strip("/").isdigit():
                continue
            row = Submission.objects.get(pk=int(to.path.split("/")[2]))
            kept = (row.submitted, row.adjustment, row.base)
            assert number.lstrip("+") in {f.money(one) for one in kept} | {_at(row)}, number
            page = client.get(to.path).content.decode()
            assert f.money(row.submitted) in page and closed(page) == []
            for said, query in _links(page, "/analysis/records/"):
                lens = InsightLens.read(query, user)
                assert lens.problems == ()
                assert said == f.money(opened(lens).counted().amount, cents=True), (user, query)


def _at(row: Submission) -> str:
    return f.instant(row.submitted_at)


def test_a_target_leads_to_the_targets(cast: Cast, client: Client) -> None:
    for user, whose in ((cast.chenan, "owner=chenan"), (cast.heli, "unit=CENTER")):
        enter(client, user)
        found = _leading(client.get("/forecasts/").content.decode(), "/analysis/targets/")
        assert [said for said, _to in found][:1] == ["¥300万"] and all(
            whose in to.query for _said, to in found
        )


def test_what_is_opened_asks_no_more_than_any_page(cast: Cast, client: Client) -> None:
    enter(client, cast.heli)
    client.get("/forecasts/behind/")
    for what in NUMBERS:
        for whose in ({}, {"owner": "wumin"}, {"owner": "wumin", "own": "1"}):
            with CaptureQueriesContext(connection) as found:
                page = client.get("/forecasts/behind/", {"what": what, **whose})
            assert page.status_code == 200 and len(found) <= 20, (what, whose, len(found))
            assert closed(page.content.decode()) == [], (what, whose)


def test_nobody_opens_the_numbers_of_others(cast: Cast, client: Client) -> None:
    enter(client, cast.chenan)
    assert client.get("/forecasts/behind/", {"owner": "lina"}).status_code == 404
    enter(client, cast.wumin)
    assert client.get("/forecasts/behind/", {"owner": "heli"}).status_code == 404
    page = client.get("/forecasts/behind/", {"owner": "lina", "what": "nothing"}).content.decode()
    assert "what" in page and "notice-bar" in page


def test_deals_that_are_others_now_are_counted_and_not_shown(cast: Cast, client: Client) -> None:
    won = make.at_last_stage(cast.chenan, amount=77_000, expected_on=day("2026-04-28"))
    pipeline.win(won, by=None)
    enter(client, cast.wumin)
    before = client.get("/forecasts/behind/?what=closed").content.decode()
    assert f"/deals/{won.pk}/" in before
    pipeline.hand_over(won, owner=cast.zhaomin, by=None, reason="换人")
    page = client.get("/forecasts/behind/?what=closed").content.decode()
    assert f"/deals/{won.pk}/" not in page and "notice-bar info" in page


def test_a_long_list_goes_on(cast: Cast, client: Client) -> None:
    for number in range(55):
        make.deal(cast.chenan, amount=1_000 + number, expected_on=day("2026-04-28"))
    enter(client, cast.chenan)
    page = tree(client.get("/forecasts/behind/?what=weighted").content.decode())
    [more] = [
        one.attributes["hx-get"]
        for one in page.every()
        if "hx-get" in one.attributes and "after" in one.attributes["hx-get"]
    ]
    rest = client.get(f"/forecasts/behind/{more}", headers={"HX-Request": "true"}).content.decode()
    assert 'hx-swap-oob="beforeend:#behind-rows"' in rest and "¥1,000" in rest


def _leading(page: str, prefix: str) -> list[tuple[str, SplitResult]]:
    """What the links of numbers say that lead there, with their addresses."""
    found = []
    for number in numbers(tree(page)):
        for link in number.every():
            to = urlsplit(link.attributes.get("href", "")) if link.tag == "a" else None
            if to is not None and to.path.startswith(prefix):
                found.append((link.text, to))
    return found


def _links(page: str, prefix: str = "/forecasts/behind/") -> list[tuple[str, dict[str, str]]]:
    return [(said, dict(parse_qsl(to.query))) for said, to in _leading(page, prefix)]


def _told(query: dict[str, str], user: User) -> set[str]:
    """How a page may say the number that a link opens to; its deals are looked at one by one, or its terms."""
    lens = BehindLens.read(query, user)
    assert lens.problems == (), query
    number = behind(lens, user)
    assert number is not None
    if lens.what in OF_PEOPLE:
        whole = sum((term.sign * term.amount for term in number.terms), Decimal(0))
    else:
        keys = list(number.deals().values_list("pk", flat=True))
        each = number.of_each(keys)
        assert len(keys) == len(set(keys)) and set(each) == set(keys)
        whole = sum((one.weighted for one in each.values()), Decimal(0))
    assert rounded(whole, CENT) == rounded(number.number, CENT), query
    said = f.money(whole)
    return {said, f"+{said}"}
