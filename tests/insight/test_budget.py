"""The pages of figures ask the database the same number of questions however many deals there are."""

from __future__ import annotations

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.cast import Cast
from tests.doors import enter
from tests.histories import Histories

MOST = 20
PAGES = (
    "funnel/",
    "funnel/?by=unit&compare=before",
    "funnel/?as_of=2026-02-10&period=2026-Q1",
    "funnel/?view=cohort&compare=before",
    "cumulative/",
    "cumulative/?goal=next&as_of=2026-02-10",
    "promotion-table/?by=owner&period=all",
    "forecast-sheet/?period=all",
    "anomalies/",
    "anomalies/duplicate_customer/",
    "bottlenecks/?as_of=2026-02-10&period=2026-Q1",
    "comparison/",
    "comparison/?by=unit&as_of=2026-02-10&period=2026-Q1",
    "comparison/?by=period&as_of=2026-02-10&period=2026-Q1",
    "win-rate/",
    "win-rate/?by=quarter&as_of=2026-02-10",
    "win-rate/?by=unit&as_of=2026-02-10&period=2026-Q1",
    "win-rate/?by=product",
    "win-rate/?by=competitor&as_of=2026-02-10&period=2026-Q1",
    "contact-table/?period=2026-Q1",
    "contact-table/?as_of=2026-02-10&period=2026-Q1",
    "coverage/?period=2026-Q1",
    "coverage/?as_of=2026-02-10&period=2026-Q1",
    "waterfall/?from=2026-01-01&to=2026-03-01&window=2026-Q1&bucket=start",
    "waterfall/?from=2026-01-01",
    "records/?what=promoted&period=all",
    "records/?what=count&funnel=b2b",
    "records/?what=due&period=2026-Q1&as_of=2026-02-10",
)


def _asked(client: Client) -> dict[str, int]:
    counts = {}
    for page in PAGES:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(f"/analysis/{page}").status_code == 200
        counts[page] = len(queries)
    return counts


def test_ten_times_the_deals_ask_no_more(cast: Cast, client: Client) -> None:
    world = Histories([cast.chenan, cast.lina, cast.sunqiang, cast.zhaomin]).write(15, seed=3)
    enter(client, cast.heli)
    _asked(client)  # what is kept for the length of the process
    few = _asked(client)
    world.write(135, seed=4)
    many = _asked(client)
    assert max(many.values()) <= MOST, many
    assert {page: (few[page], many[page]) for page in PAGES if many[page] != few[page]} == {}
