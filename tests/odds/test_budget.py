"""Pages that weigh deals ask the database no more than twenty questions where what was learned counts."""

from __future__ import annotations

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from loudou.kernel import clock
from loudou.pipeline.models import Funnel
from tests.cast import Cast
from tests.doors import enter
from tests.make import instant
from tests.odds.test_counting import counting, d2  # noqa: F401 - fixtures

MOST = 20
PAGES = (
    "/targets/backward/",
    "/targets/backward/?unit=SALES1&period=2026-Q2",
    "/targets/backward/?period=2026-Q2&as_of=2026-04-20",
    "/forecasts/",
    "/forecasts/deals/",
    "/forecasts/outlook/",
    "/analysis/forecast-sheet/?period=2026-Q2",
    "/analysis/forecast-sheet/?period=2026-Q2&as_of=2026-04-20",
    "/analysis/forecast-categories/?period=2026-Q2",
    "/analysis/sales-progress/?period=2026-Q2",
    "/analysis/coverage/?period=2026-Q2",
    "/analysis/records/?what=due&period=2026-Q2",
    "/analysis/success-rates/",
    "/analysis/quota/",
)


def test_no_page_asks_more(counting: Funnel, cast: Cast) -> None:  # noqa: F811
    found = {}
    for who in ("linjing", "heli", "wumin", "hezong"):
        client = Client()
        with clock.at(instant("2026-05-20 10:00")):
            enter(client, cast.everybody[who])
            for page in PAGES:
                client.get(page)
                with CaptureQueriesContext(connection) as queries:
                    assert client.get(page).status_code in (200, 302, 403), page
                found[who, page] = len(queries)
    assert {key: n for key, n in found.items() if n > MOST} == {}
