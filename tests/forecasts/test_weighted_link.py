"""What the sheet calls weighted opens to a page that says the same: won so far and what is open, weighted."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client

from loudou.kernel import clock
from loudou.pipeline import verbs as deals
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.make import instant

LINK = re.compile(
    r'<a class="plain" href="(/forecasts/behind/\?what=weighted[^"]*)" title="[^"]*">([^<]*)</a>'
)


@pytest.mark.parametrize(("who", "lines"), [("chenan", 1), ("wumin", 2), ("heli", 2)])
def test_the_weighted_column_opens_to_itself(cast: Cast, client: Client, who: str, lines: int) -> None:
    with clock.at(instant("2026-04-13 10:00")):
        for owner, amount in ((cast.chenan, 1_000_000), (cast.lina, 730_001), (cast.sunqiang, 410_003)):
            make.deal(owner, amount=amount, expected_on=make.day("2026-04-30"))
        won = make.at_last_stage(cast.chenan, amount=200_000, expected_on=make.day("2026-04-20"))
        deals.win(won, by=None)
    with clock.at(instant("2026-04-13 10:01")):
        enter(client, getattr(cast, who))
        links = LINK.findall(client.get("/forecasts/?period=2026-04").content.decode())
        assert len(links) >= lines
        for address, shown in links:
            page = client.get(html.unescape(address)).content.decode()
            values = re.findall(r'<span class="value[^"]*"[^>]*>(?:<a[^>]*>)?([^<]*)<', page)
            assert shown.strip() in values, (address, values)
