"""How early forecasts were right (M22): what was handed in 90, 60, 30 and 7 days before the end, told from files and by hand."""

from __future__ import annotations

import html
import re
from decimal import Decimal

import pytest
from django.test import Client

from loudou.forecasts import verbs
from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.kernel.periods import Period
from loudou.pipeline import verbs as pipeline
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.exchange.calling import Calls
from tests.make import day, instant

APRIL = Period(day("2026-04-01"), day("2026-05-01"))
ASKED = {"from": "2026-04-01", "to": "2026-05-01", "owner": "lina"}


@pytest.fixture
def april(cast: Cast) -> object:
    """李娜 tells 700,000 on 20 March, 900,000 on 10 April, 980,000 on 28 April, and wins a million."""
    for when, number in (("2026-03-20", 700_000), ("2026-04-10", 900_000), ("2026-04-28", 980_000)):
        with clock.at(instant(f"{when} 10:00")):
            if when == "2026-04-28":
                deal = make.at_last_stage(cast.lina, amount=1_000_000, expected_on=day("2026-04-29"))
            made = verbs.submit(cast.lina, period=APRIL, submitted=Decimal(number), by=cast.lina)
            if when == "2026-04-10":
                verbs.lock_period(APRIL, by=cast.heli)
            assert made.submitted == number
    with clock.at(instant("2026-04-29 10:00")):
        pipeline.win(deal, by=None)
    with clock.at(instant("2026-05-04 09:00")):
        yield


def rows(**params: str) -> dict[int, tuple[int, str | None]]:
    found = run("forecast-horizons", {**ASKED, **params}, None)["levels"]
    return {one["days_before"]: (one["n"], one["wape"]) for one in found}


def test_each_number_counts_from_its_own_day_on(april: object) -> None:
    assert rows() == {90: (0, None), 60: (0, None), 30: (1, "0.300000"), 7: (1, "0.100000")}


def test_a_period_that_still_runs_tells_nothing_yet(april: object) -> None:
    assert rows(**{"as-of": "2026-04-30T12:00:00+08:00"}) == {}


def test_page_api_and_command_say_the_same(april: object, cast: Cast, client: Client) -> None:
    query = "?from=2026-04-01&to=2026-05-01&owner=lina"
    enter(client, cast.heli)
    page = html.unescape(client.get(f"/forecasts/accuracy/{query}").content.decode())
    [address] = re.findall(r'hx-get="(/forecasts/accuracy/horizons/[^"]*)"', page)
    part = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "30.0%" in part and "10.0%" in part and part.count("—") == 2 and "离期末 30 天" in part
    assert 'aria-labelledby="horizons-head"' in part and 'role="region"' not in part  # its name stands once
    assert client.get(address).headers["Location"] == address.replace("horizons/", "")
    answer = Calls(cast.heli).get(f"/reports/forecast-horizons{query}").json()
    assert answer == run("forecast-horizons", ASKED, cast.heli)


def test_where_nothing_was_told_so_early_it_says_so(cast: Cast, client: Client) -> None:
    enter(client, cast.heli)
    part = client.get("/forecasts/accuracy/horizons/", headers={"HX-Request": "true"}).content.decode()
    assert "没有这么早提交的预测" in part
